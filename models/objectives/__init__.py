"""Training objectives: one file for each, and one line in the table of names."""

from __future__ import annotations

from typing import Any

from models.objectives.adversarial import ADVERSARIAL, Adversarial
from models.objectives.cross_lipschitz import CROSS_LIPSCHITZ
from models.objectives.ibp import CROWN_IBP, IBP_ROBUST
from models.objectives.kw import KW_ROBUST
from models.objectives.mmr import MMR_ADVERSARIAL, MMR_DECISION, MMR_MEAN, MMR_NEAREST
from models.objectives.mtl_ibp import MTL_IBP
from models.objectives.objective import Objective, Progress, Terms
from models.objectives.plain import PLAIN, Plain
from models.objectives.record import ObjectiveRecord
from models.objectives.relu_stability import RELU_STABILITY
from models.objectives.sabr import SABR_ROBUST
from models.objectives.tight import TIGHT_D, TIGHT_R

OBJECTIVES: dict[str, ObjectiveRecord] = {
    "plain": PLAIN,
    "adversarial": ADVERSARIAL,
    "mmr": MMR_NEAREST,
    "kmmr": MMR_MEAN,
    "mmr-dD": MMR_DECISION,
    "mmr-at": MMR_ADVERSARIAL,
    "kw": KW_ROBUST,
    "ibp": IBP_ROBUST,
    "crown-ibp": CROWN_IBP,
    "sabr": SABR_ROBUST,
    "mtl-ibp": MTL_IBP,
    "tight-d": TIGHT_D,
    "tight-r": TIGHT_R,
    "relu-stability": RELU_STABILITY,
    "cross-lipschitz": CROSS_LIPSCHITZ,
}

__all__ = ["OBJECTIVES", "Adversarial", "Objective", "Plain", "Progress", "Terms", "make_objective"]


def make_objective(objective: str | Objective, **options: Any) -> Objective:
    """An objective by name with its options, or one ready-made.

    Raises
    ------
    ValueError
        If the name or an option does not exist, listing those that do; or if an option is out of range or of a wrong
        type.
    """
    if not isinstance(objective, str):
        if options:
            raise ValueError(f"give options {sorted(options)} to the objective itself, it is ready-made")
        return objective
    if objective not in OBJECTIVES:
        raise ValueError(f"objective must be one of {', '.join(OBJECTIVES)}, got {objective!r}")
    supported = list(OBJECTIVES[objective].defaults)
    if unknown := sorted(options.keys() - set(supported)):
        raise ValueError(f"objective {objective!r} has options {supported}, got {unknown}")
    try:
        return OBJECTIVES[objective].run(**options)
    except TypeError as error:  # an option of a wrong type
        raise ValueError(f"objective {objective!r} cannot have the options {str(options)[:200]}") from error
