"""Whether a network keeps its class on a whole rectangle of two parameters: exactly, or where it does not."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import torch
from torch import nn

from certify.parametric.composition import composed
from certify.parametric.family import Family
from certify.parametric.rectangle import Rectangle, as_rectangle
from certify.parametric.search import Reason, Search
from certify.parametric.witness import Counterexample, counterexample
from geometry.computation.cancellation import Cancelled, CancelScope
from geometry.network.network import Network, as_network
from geometry.network.rounding import doubled
from geometry.regions.region_map import Window

Status = Literal["proved", "broken", "undecided"]
MAX_REGIONS = 1_000_000  # enumerated in all by default: a limit of time


@dataclass(frozen=True, eq=False)
class PlaneProof:
    """What is decided of one class on a rectangle of parameters.

    status : "proved": f_label > f_s for every other class s, at all parameters of the rectangle, for the float64
        network in real arithmetic; "broken": not so at the `counterexample`; "undecided", with the `reason`
    share : of the rectangle's area, where the class is proved: 1 if it is on all of it. Of a segment, its length's
    unseen : the share that was not examined before the time or the number of regions was over
    by_bounds : the share on which linear bounds decide the class, without any region
    regions : enumerated on the rest
    radius : how much of the rectangle is proved around the original parameters (s*, t*), from 0 to 1: the largest known
        r such that the class holds wherever |s - s*| <= r H_s and |t - t*| <= r H_t in the rectangle. H is proportional
        to its sides, and 1 the least r that reaches all of it. None if the original parameters lie outside
    around_original : this part of the rectangle, its sides rounded inwards
    """

    status: Status
    reason: Reason
    label: int
    rectangle: Window
    names: tuple[str, str]
    original: tuple[float, float]
    counterexample: Counterexample | None
    share: float
    unseen: float
    by_bounds: float
    regions: int
    radius: float | None
    around_original: Window | None
    seconds: float


def prove_over_plane(
    network: nn.Module | Network,
    family: Family,
    rectangle: Iterable[float],
    *,
    label: int | None = None,
    max_regions: int = MAX_REGIONS,
    time_limit: float = math.inf,
    cancelled: Cancelled | None = None,
) -> PlaneProof:
    """Decide whether the class of a family's inputs is the same for all parameters of a rectangle.

    The family is a piecewise-linear map of two parameters, a clip being units like others. So the network after it is
    an ordinary one with two inputs. Linear bounds decide parts of the rectangle; on each other part all linear
    regions are enumerated, where every difference of two scores is affine. What float64 leaves open is decided in exact
    arithmetic if that takes seconds, and otherwise undecided. Where two scores are equal, the class is lost.

    Parameters
    ----------
    network : torch module or Network for the family's inputs
    rectangle : (s0, s1, t0, t1), s0 <= s1 and t0 <= t1: a segment or a point, too
    label : the class; by default the network's own at the original parameters
    max_regions : enumerated at most
    time_limit : seconds
    cancelled : called now and then; if it returns True, the result so far is returned, with the reason "time"

    Raises
    ------
    ValueError
        If the rectangle, the label, max_regions or the time limit is none, or the network does not take the inputs.
    UnsupportedLayerError
        If the network holds a layer whose geometry is unknown.
    """
    started, whole = time.perf_counter(), as_rectangle(rectangle)
    if max_regions < 1:
        raise ValueError(f"max_regions must be at least 1, got {max_regions}")
    if not time_limit >= 0:
        raise ValueError(f"time_limit must be a number of seconds, got {time_limit}")
    double = doubled(as_network(network, family.input_shape))
    chosen = _label(double, family, label)
    search = Search(double, family, whole, chosen, max_regions)
    with CancelScope(cancelled, started + time_limit, partial=True):
        search.run()
    return _result(double, family, whole, search, time.perf_counter() - started)


def class_at_original(network: nn.Module | Network, family: Family) -> int:
    """The network's class at the original parameters, of equal scores the first."""
    return _label(doubled(as_network(network, family.input_shape)), family, None)


@torch.no_grad()
def _label(network: Network, family: Family, label: int | None) -> int:
    if label is None:
        original = torch.tensor([family.original], dtype=torch.float64)
        return int(composed(network, family).scores(original)[0].argmax())
    if isinstance(label, bool) or int(label) != label or not 0 <= label < network.classes:
        raise ValueError(f"label must be a class in 0..{network.classes - 1}, got {label!r}")
    return int(label)


def _result(network: Network, family: Family, whole: Rectangle, search: Search, seconds: float) -> PlaneProof:
    found = None
    if search.lost_at is not None:
        found = counterexample(network, family, search.label, search.lost_at)
    clear = not search.open and not search.left
    original = np.array(family.original)
    radius, around = None, None
    if whole.contains(map(Fraction, family.original)):
        farthest = whole.farthest(original)
        distance = farthest if clear else min(search.nearest(original), farthest)
        around = whole.around(original, distance).window
        radius = float(clear) if farthest == 0 else distance / farthest
    reason: Reason = search.reason
    if not reason and not clear:
        reason = "time" if search.open else "rounding"
    status: Status = "broken" if found is not None else "proved" if clear else "undecided"
    return PlaneProof(
        status=status,
        reason=reason if status == "undecided" or search.open else "",
        label=search.label,
        rectangle=whole.window,
        names=family.names,
        original=family.original,
        counterexample=found,
        share=1.0 if status == "proved" else min(search.held, math.nextafter(1.0, 0.0)),
        unseen=search.unseen,
        by_bounds=search.by_bounds,
        regions=search.regions,
        radius=radius,
        around_original=around,
        seconds=seconds,
    )
