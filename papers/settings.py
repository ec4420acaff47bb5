"""What a run of an experiment is asked for, beside the experiment and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

RUNS = Path("runs") / "papers"  # results, and networks that were trained for them


@dataclass(frozen=True)
class Settings:
    """The options of `python -m papers run`.

    points : measure so many points; None: as many as the paper
    epochs : train so long; None: take the gallery's network, or train as long as the recipe says
    seconds : time limit of an exact search on one point; None: the paper's
    seed : of initial weights, batches and random draws
    device : what trains: "auto", "cpu", "cuda"
    network : measure the network in this file in place of the rows' own
    folder : where networks are written that the run trains
    """

    points: int | None = None
    epochs: int | None = None
    seconds: float | None = None
    seed: int = 0
    device: str = "auto"
    network: Path | None = None
    folder: Path = RUNS / "networks"

    def __post_init__(self) -> None:
        for name, value in (("points", self.points), ("epochs", self.epochs)):
            if value is not None and value < 1:
                raise ValueError(f"{name} must be 1 or above, got {value}")
        if self.seconds is not None and not 0 <= self.seconds < 1e9:
            raise ValueError(f"seconds must be 0 or above and finite, got {self.seconds}")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed must be a whole number from 0 and below 2^31, got {self.seed}")
