"""The trade-off of clean against certified error over trained networks: which of them no other one dominates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.files.cards import Card, read_card


@dataclass(frozen=True)
class Trained:
    """A trained network with the errors on its card."""

    name: str  # of its file, without the ending
    path: Path
    card: Card
    clean: float
    attacked: float  # after PGD: the robust error is at least this
    certified: float  # not proved: it is at most this

    @property
    def measured(self) -> tuple[Any, ...]:
        """On which data, points, ball and box the errors were measured: networks with other ones do not compare."""
        robust = self.card.robustness or {}
        box = robust.get("box")
        return (
            self.card.dataset.get("name"), robust.get("eps"), str(robust.get("p")), robust.get("points"),
            None if box is None else tuple(box),
        )  # fmt: skip


def read_trained(folder: Path) -> tuple[Trained, ...]:
    """The networks of a folder whose cards hold robust errors, by name. Other files are left out.

    Raises
    ------
    ValueError
        If a card is none.
    """
    read = [_trained(path) for path in sorted(folder.glob("*.safetensors")) if path.with_suffix(".json").is_file()]
    return tuple(network for network in read if network is not None)


def check_comparable(networks: Sequence[Trained], folder: Path) -> None:
    """A ValueError unless there are networks and all cards' errors were measured in the same way."""
    if not networks:
        raise ValueError(f"{folder} has no networks with robust errors on their cards; train some with --eps")
    ways = {network.measured for network in networks}
    if len(ways) > 1:
        raise ValueError(
            f"the networks in {folder} were measured in {len(ways)} ways (data, ε, norm, points, box): "
            f"{', '.join(map(str, sorted(ways, key=str)))}; keep those of one way in a folder"
        )


def _trained(path: Path) -> Trained | None:
    card = read_card(path.with_suffix(".json"))
    robust = card.robustness or {}
    if "certified_error" not in robust:
        return None
    errors = float(card.clean_error), float(robust.get("pgd_error", card.clean_error)), float(robust["certified_error"])
    return Trained(path.stem, path, card, *errors)


def on_front(errors: Sequence[tuple[float, float]]) -> list[bool]:
    """Which pairs of errors no other pair dominates: is at most as large in both, and smaller in one."""
    return [
        not any(a <= clean and b <= certified and (a, b) != (clean, certified) for a, b in errors)
        for clean, certified in errors
    ]
