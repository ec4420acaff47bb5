"""What is known of each objective, in one record: how it is made, what it is, which numbers people change.

The train command, checkpoints, the benchmarks and the Train page read these records. A new objective is one file with
its record, and one line in `models.objectives.OBJECTIVES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from geometry.norms import NORMS, Norm
from models.objectives.objective import Objective


@dataclass(frozen=True)
class Option:
    """A number of an objective that can be changed while it trains: a field of the objective, and a slider.

    name : in links
    label, says : of the slider, as Markdown
    field : of the objective
    share : whether it lies between 0 and 1
    reach : of the slider, in defaults
    may_vanish : whether 0 is allowed
    falls_to : where a schedule ends whose beginning is chosen; the field then holds both
    """

    name: str
    label: str
    field: str
    says: str
    share: bool = False
    reach: float = 10.0
    may_vanish: bool = True
    falls_to: float | None = None


LAMBDA = Option("lam", "λ", "lam", "Weight of the regularizer.")


@dataclass(frozen=True, kw_only=True)
class ObjectiveRecord:
    """One objective.

    run : the class, a frozen dataclass whose fields are the options
    title : what people call it
    line : what it asks of the network, in one sentence; d_B and d_D are formulas
    norms : the norms p it knows
    options : those that are sliders, in their order
    """

    run: type[Objective]
    title: str
    line: str
    norms: tuple[Norm, ...] = NORMS
    options: tuple[Option, ...] = ()

    @property
    def defaults(self) -> Mapping[str, Any]:
        """All its options, with their usual values."""
        return {field.name: field.default for field in fields(self.run)}  # type: ignore[arg-type]
