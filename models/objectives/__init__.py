"""What training minimises: one file for each objective, one line for it in the table of names."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from models.objectives.adversarial import Adversarial
from models.objectives.cross_lipschitz import CrossLipschitz
from models.objectives.ibp import IBP, CrownIBP
from models.objectives.kw import KW
from models.objectives.mmr import KMMR, MMR, MMRAdversarial, MMRDecision
from models.objectives.objective import Objective, Progress, Terms
from models.objectives.plain import Plain
from models.objectives.relu_stability import ReluStability
from models.objectives.tight import TightD, TightR

OBJECTIVES: dict[str, type[Objective]] = {
    "plain": Plain,
    "adversarial": Adversarial,
    "mmr": MMR,
    "kmmr": KMMR,
    "mmr-dD": MMRDecision,
    "mmr-at": MMRAdversarial,
    "kw": KW,
    "ibp": IBP,
    "crown-ibp": CrownIBP,
    "tight-d": TightD,
    "tight-r": TightR,
    "relu-stability": ReluStability,
    "cross-lipschitz": CrossLipschitz,
}

__all__ = ["OBJECTIVES", "Adversarial", "Objective", "Plain", "Progress", "Terms", "make_objective"]


def make_objective(objective: str | Objective, **options: Any) -> Objective:
    """An objective by name with its options, or one ready-made.

    Raises
    ------
    ValueError
        Naming what exists, if the name or an option does not; or an option that is out of range or of another type.
    """
    if not isinstance(objective, str):
        if options:
            raise ValueError(f"give options {sorted(options)} to the objective itself, it is ready-made")
        return objective
    if objective not in OBJECTIVES:
        raise ValueError(f"objective must be one of {', '.join(OBJECTIVES)}, got {objective!r}")
    known = [field.name for field in fields(OBJECTIVES[objective])]  # type: ignore[arg-type]
    if unknown := sorted(options.keys() - set(known)):
        raise ValueError(f"objective {objective!r} has options {known}, got {unknown}")
    try:
        return OBJECTIVES[objective](**options)
    except TypeError as error:  # an option of another type than the objective computes with
        raise ValueError(f"objective {objective!r} cannot have the options {str(options)[:200]}") from error
