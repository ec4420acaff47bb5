"""Model cards: description, training and measured errors of a network."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Card:
    """The content of the JSON file that accompanies a network.

    title : one line for the pages
    command : the command that trains the network again
    dataset : its name, with the parameters of `DATASETS[name](size, noise, seed, classes)` for points of the plane, or
        the `size` of the training part for images
    widths : from inputs to classes; of a convolutional network the units of each layer
    parameters : the number of trained parameters
    training : objective and its options, epochs, batch size, learning rate and its drop, seed
    clean_error : share of the points that the network gets wrong: the test set's for images, else the data set's own
    robustness : on some of these points, `points` in number, in the norm `p` (a number, or "inf") at `eps`, inside
        `box`: pgd_error, certified_error and the other `models.training.measures.QUANTITIES`
    seconds : the duration of training
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
    """The value with infinities and NaN as strings, as JSON has no numbers for them."""
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
        If the file is no model card.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Card(**{**fields, "widths": tuple(fields["widths"])})
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path.name} is no model card") from error
