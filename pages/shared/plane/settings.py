"""How the network of the plane is trained: the objective with its options, and the learning rate."""

from __future__ import annotations

import math
from typing import Any

from figures.regions.overlays import Window
from geometry.norms import NORMS_BY_NAME, Norm
from models import OBJECTIVES
from pages.shared import link
from pages.shared.plane.state import LEARNING_RATE, PLANE, PlaneState, Settings
from pages.shared.view_options import NormState

MOST_EPS = 0.5


def settings_now(window: Window) -> tuple[Settings, dict[str, str | None]]:
    """The settings as chosen, or as the link has them, for data in this window; and their part of the link."""
    objective = link.start(PlaneState.objective.key, "objective", link.one_of(*OBJECTIVES), "plain")
    lr = link.start(PlaneState.lr.key, "lr", link.number(1e-5, 1), LEARNING_RATE)
    eps = link.start(PlaneState.objective_eps.key, "objective-eps", link.number(1e-4, MOST_EPS), None)
    p = NORMS_BY_NAME[link.start(NormState.norm.key, "p", link.one_of(*NORMS_BY_NAME), "2")]
    defaults = OBJECTIVES[objective].defaults
    options: dict[str, Any] = {key: value for key, value in usual_options(window).items() if key in defaults}
    if "eps" in defaults:
        options["eps"] = default_eps(window) if eps is None else eps
    if "p" in defaults:
        options["p"] = _norm(objective, p)
    parts = {
        "objective": link.unless(objective, "plain"),
        "lr": link.unless(lr, LEARNING_RATE, lambda value: f"{value:.6g}"),
        "objective-eps": None if PLANE.objective_eps is None else f"{PLANE.objective_eps:.6g}",
    }
    return Settings(objective, lr, tuple(sorted(options.items()))), parts


def has_eps(objective: str) -> bool:
    """Whether an objective is about a ball of radius eps."""
    return "eps" in OBJECTIVES[objective].defaults


def default_eps(window: Window) -> float:
    """A sixtieth of the window, which is visible."""
    s0, s1, _, _ = window
    return float(f"{(s1 - s0) / 60:.1g}")


def usual_options(window: Window) -> dict[str, Any]:
    """MMR's options for points of the plane: half of the units are pushed far away, which is visible."""
    s0, s1, _, _ = window
    far = float(f"{(s1 - s0) / 2.8:.1g}")
    return {"gamma_B": far, "gamma_D": far / 10, "k_B": (0.5, 0.02)}


def _norm(objective: str, p: Norm) -> Norm:
    return p if p in OBJECTIVES[objective].norms else math.inf
