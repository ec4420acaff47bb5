"""The record of an objective: its class, its title, its norms and the options that have a slider.

The train command, checkpoints, the benchmarks and the Train page read these records. A new objective is one file with
its record, and one line in `models.objectives.OBJECTIVES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from geometry.norms import NORMS, Norm
from models.objectives.objective import Objective


@dataclass(frozen=True)
class Option:
    """An option of an objective that a slider changes, also during training.

    name : in links
    label, says : the slider's label and its help, as Markdown
    field : the objective's field
    share : whether it lies between 0 and 1
    reach : the slider's largest value, as a multiple of the default
    may_vanish : whether 0 is allowed
    falls_to : the end of a schedule, of which the slider sets the beginning; the field then holds both
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
    title : for the pages
    line : what it minimises, in one sentence; d_B and d_D are formulas
    norms : the supported norms p
    options : those that have sliders, in the sliders' order
    term_titles : titles of its terms on charts, where they differ from the terms' names
    """

    run: type[Objective]
    title: str
    line: str
    norms: tuple[Norm, ...] = NORMS
    options: tuple[Option, ...] = ()
    term_titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The default value of each option."""
        return {option.name: option.default for option in fields(self.run)}  # type: ignore[arg-type]
