"""Model cards: what a shipped or trained network is, how it was made, and how it does."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Card:
    """What stands in the JSON file beside a network.

    title : one line for people
    command : what makes this file again
    dataset : name and parameters, as `DATASETS[name](size, noise, seed, classes)` takes them
    widths : from inputs to classes
    parameters : how many numbers were trained
    training : objective and its options, epochs, batch size, learning rate, seed
    clean_error : share of the data set's points that the network gets wrong
    """

    title: str
    command: str
    dataset: dict[str, Any]
    widths: tuple[int, ...]
    parameters: int
    training: dict[str, Any]
    clean_error: float

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"


def read_card(path: Path) -> Card:
    """The card in a JSON file.

    Raises
    ------
    ValueError
        If the file is no card.
    """
    try:
        fields = json.loads(path.read_text())
        return Card(**{**fields, "widths": tuple(fields["widths"])})
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path.name} is no model card") from error
