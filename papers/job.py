"""What a row is measured with: its settings, its network and its points, and where progress goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.data.images import Part
from papers.data import Labelled, labelled
from papers.settings import Settings
from papers.sources import Opened

Progress = Callable[[str, int, int], None]  # what is being done, how many of how many


def silent(what: str, done: int, total: int) -> None:
    """No progress."""


@dataclass(frozen=True)
class Job:
    """One row's measurement.

    points, seconds : as asked for, else the paper's
    opened : the row's network; None if it needs none
    progress : called often while it runs
    """

    settings: Settings
    points: int = 0
    seconds: float = 0.0
    opened: Opened | None = None
    progress: Progress = silent

    @property
    def network(self) -> Opened:
        """The row's network.

        Raises
        ------
        ValueError
            If it has none.
        """
        if self.opened is None:
            raise ValueError("this row has no network")
        return self.opened

    def first(self, dataset: str, part: Part = "test") -> Labelled:
        """As many of the first points of a part as asked for."""
        return labelled(dataset, part).first(self.points)
