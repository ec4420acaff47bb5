"""The rungs of the ladder: what each method is, and what it says of one point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from certify.attacks import METHODS as ATTACKS
from certify.methods import METHODS
from geometry.network import Network
from geometry.norms import Array, Norm

Kind = Literal["lower", "upper", "exact"]

LARGEST = {"alpha-crown": 2_000_000, "linear-region": 200_000, "lp": 200_000}  # units times inputs: beyond, minutes


@dataclass(frozen=True)
class Step:
    """What a name on the ladder stands for."""

    kind: Kind
    line: str


STEPS: dict[str, Step] = {  # cheapest first
    "simplex": Step("lower", "Within this linear region: how far no unit switches and the class stays."),
    "decision-boundary": Step("lower", "How far a two-layer network's decision boundary must stay, by its weights."),
    "interval": Step("lower", "Every unit's range from the ranges below it, as if units were independent."),
    "crown-interval": Step("lower", "CROWN's lines between interval bounds: quick and often tighter than intervals."),
    "fast-lin": Step("lower", "Each unstable unit between two parallel lines, traced back to the input; KW's dual."),
    "crown": Step("lower", "As Fast-Lin, with the lower line that leaves less area."),
    "fgsm": Step("upper", "One step along the gradient's signs, with the smallest step that changes the class."),
    "deepfool": Step("upper", "Steps onto the nearest decision hyperplane of the current linear region."),
    "pgd": Step("upper", "Many gradient steps inside the ball, with the smallest ball that lets the class change."),
    "alpha-crown": Step("lower", "CROWN with every unstable unit's lower line chosen to prove the most."),
    "cw": Step("upper", "Carlini and Wagner: distance and margin minimised together."),
    "linear-region": Step("upper", "The nearest point of another class in one linear region, then in its neighbours."),
    "lp": Step("lower", "The best that any lines through a unit's convex hull can prove, by linear programming."),
    "exact": Step("exact", "The minimal perturbation itself, enclosed from both sides: regions, branch and bound."),
}


@dataclass(frozen=True, eq=False)
class Rung:
    """What one method says of a point's minimal perturbation: lower <= min ||delta||_p <= upper.

    A "lower" bound is proved and has upper = infinity unless it is tight; an "upper" one is an attack's and has
    lower = 0; "exact" rungs have both, and come several times as they narrow, the last one with `final`. `witness`
    (*input_shape) float64 is a point of another class that attains `upper`. `tight`: this rung is the minimal
    perturbation itself, to 1e-5, and shows it: a lower bound by a witness at its own radius (Tight's test; Theorem
    3.1), the exact method by its bounds' meeting. `seconds` are this method's own so far; `line` says what it is.
    """

    name: str
    kind: Kind
    lower: float
    upper: float
    seconds: float
    line: str
    witness: Array | None = None
    tight: bool = False
    final: bool = True

    @property
    def value(self) -> float:
        """The bound: of an exact rung the proved, lower one."""
        return self.upper if self.kind == "upper" else self.lower


def applicable(network: Network, p: Norm) -> tuple[str, ...]:
    """The names of STEPS that make sense for this norm and network, cheapest first."""
    fits = {
        "decision-boundary": p == 2 and len(network.hidden) == 1,
        **{name: p in method.norms for name, method in METHODS.items()},
        **{name: p in method.norms for name, method in ATTACKS.items()},
    }
    return tuple(name for name in STEPS if fits.get(name, True))


def affordable(network: Network, p: Norm) -> tuple[str, ...]:
    """Those of them that do not take minutes on a network of this size."""
    size = network.input_units * sum(network.widths)
    return tuple(name for name in applicable(network, p) if size <= LARGEST.get(name, math.inf))
