"""Model cards: what a shipped or trained network is, how it was made, and how it does."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Card:
    """What stands in the JSON file beside a network.

    title : one line for people
    command : what makes this file again
    dataset : its name, with the parameters that `DATASETS[name](size, noise, seed, classes)` takes for points of the
        plane, or with the `size` of the part that was trained on for images
    widths : from inputs to classes; of a convolutional network the units of each layer
    parameters : how many numbers were trained
    training : objective and its options, epochs, batch size, learning rate and its drop, seed
    clean_error : share of the points that the network gets wrong: the test set's for images, else the data set's own
    robustness : on some of these points, `points` in number, in the norm `p` (a number, or "inf") at `eps`, inside
        `box`: pgd_error, certified_error and the other `models.training.measures.QUANTITIES`
    seconds : how long training took
    """

    title: str
    command: str
    dataset: dict[str, Any]
    widths: tuple[int, ...]
    parameters: int
    training: dict[str, Any]
    clean_error: float
    robustness: dict[str, Any] | None = None
    seconds: float | None = None

    def to_json(self) -> str:
        return json.dumps(_strict(asdict(self)), indent=2) + "\n"


def _strict(value: Any) -> Any:
    """The value without what JSON has no number for."""
    if isinstance(value, dict):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def read_card(path: Path) -> Card:
    """The card in a JSON file.

    Raises
    ------
    ValueError
        If the file is no card.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Card(**{**fields, "widths": tuple(fields["widths"])})
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path.name} is no model card") from error
