"""Checks of the sentences about one unit in the tour of Polytope."""

from __future__ import annotations

import math

import numpy as np
import torch

from certify import bounds
from certify.bounds.methods.fast_lin import fast_lin
from geometry.plane import Plane
from pages.polytope.unit import _reached
from pages.teaching.steps import Sentence, Step
from tests.oracles import preactivation_rows
from tests.tour_claims.polytope import ROUNDING, sets
from tests.tour_claims.scene import Check, of, within


def _unit(step: Step, sentence: Sentence | None = None) -> tuple[int, float, float]:
    here, unit = of(step), int(step.link["unit"]) - 1
    pairs = bounds(here.network, here.pin[None], here.eps, here.p, step.link["by"])[:-1]
    lower, upper = (torch.cat([pair[side].reshape(-1) for pair in pairs]).numpy() for side in (0, 1))
    return unit, float(lower[unit]), float(upper[unit])


def _is_unstable(step: Step, sentence: Sentence) -> None:
    unit, low, high = _unit(step)
    assert sentence.values["unit"] == unit + 1
    assert low < 0 < high
    here = of(step)
    z = preactivation_rows(here.module, within(here.pin, here.eps, here.p))[:, unit]
    assert z.min() < 0 < z.max()  # not by its bounds only


def _areas(step: Step, _: Sentence) -> None:
    _unit_number, low, high = _unit(step)
    lines = fast_lin(torch.tensor([low], dtype=torch.float64), torch.tensor([high], dtype=torch.float64), 0.0)
    assert math.isclose(float(lines.lower), high / (high - low)) and math.isclose(
        float(lines.upper), high / (high - low)
    )
    triangle = high * -low / 2  # between 0, z and the chord
    parallelogram = float(lines.intercept) * (high - low)  # between two lines of one slope
    assert math.isclose(parallelogram, 2 * triangle, rel_tol=1e-9)


def _dots(step: Step, _: Sentence) -> None:
    """What is drawn as dots are pre-activations of inputs in the ball; their activation is max(0, z)."""
    unit, low, high = _unit(step)
    here, found = of(step), sets(step)

    class Asked:
        plane, network = Plane.identity(), here.network

    values = _reached(Asked(), found, unit)  # type: ignore[arg-type]
    z = preactivation_rows(here.module, within(here.pin, here.eps, here.p))[:, unit]
    assert len(values) > 10
    assert (
        low - ROUNDING <= values.min() <= z.min() + ROUNDING and z.max() - ROUNDING <= values.max() <= high + ROUNDING
    )


def _alone(step: Step, _: Sentence) -> None:
    """No input brings two unstable units to the ends of their ranges together."""
    here = of(step)
    z = preactivation_rows(here.module, within(here.pin, here.eps, here.p))[:, : here.network.widths[0]]
    ((lower, upper), *_rest) = bounds(here.network, here.pin[None], here.eps, here.p, "crown")
    some = np.flatnonzero(((lower[0] < 0) & (upper[0] > 0)).numpy())
    assert len(some) > 1
    top = upper[0].numpy()[some]
    together = (z[:, some][:, :, None] + z[:, some][:, None, :]).max(axis=0)
    assert (together < 0.9 * (top[:, None] + top[None, :])).any()


CHECKS: dict[str, Check] = {
    "the unit shown is unstable": _is_unstable,
    "the areas of Fast-Lin and the LP": _areas,
    "dots lie on the graph": _dots,
    "units are bounded on their own": _alone,
}
