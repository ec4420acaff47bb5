"""The minimal perturbation of a two-dimensional input, from all linear regions around it at once.

On the plane the regions within the upper bound are enumerated faster than they can be searched one by one. The
segment from x to the nearest adversarial point ends in a region in which some f_label - f_s is positive before it and
zero at it: so it ends on one of the chords on which a region's margins vanish.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from certify.bracket import Bracket
from certify.cells import Cells
from certify.regions import Regions
from geometry.enumerate import enumerate_regions
from geometry.norms import Array, Norm
from geometry.region_map import RegionMap

MAX_REGIONS = 200_000
ROUNDING = 1e-9  # relative, of a distance on the map
FIRST_ZOOM = 1 / 16  # the first window's radius, relative to the upper bound: often a small one decides
FIRST_RADIUS, FARTHEST = 1.0, 1e6  # without an upper bound: the first and the last, relative to 1 + |x|
LEVEL = 1e-12  # of the largest logit: classes so near to each other at a vertex are level there
GROWTH = 4  # of the radius, from window to window


def plane_search(bracket: Bracket, cells: Cells) -> None:
    """Narrow the bracket of a 2-D input, as far as MAX_REGIONS regions around x and FARTHEST reach."""
    scale = 1 + float(np.abs(bracket.x).max())
    radius = bracket.upper * FIRST_ZOOM if math.isfinite(bracket.upper) else FIRST_RADIUS * scale
    while not bracket.settled and not bracket.stopped:
        radius = min(radius, bracket.upper * (1 + ROUNDING), FARTHEST * scale)
        window = _window(bracket, radius)
        if window is None:
            return
        regions = enumerate_regions(bracket.network, window, max_regions=MAX_REGIONS)
        chords, owners = decision_chords(regions, bracket.label)
        distances = segment_distances(chords, bracket.x, bracket.p) * (1 - ROUNDING)
        around = Regions(bracket, cells)
        for i in np.argsort(distances)[:3]:
            if distances[i] < bracket.upper:
                around.decide(cells.cell(regions.pattern(int(owners[i]))))
        bracket.raise_lower(min(distances.min(initial=math.inf), _reached(bracket, regions, radius)))
        if regions.truncated or radius >= min(bracket.upper, FARTHEST * scale):
            return
        radius *= GROWTH


def decision_chords(regions: RegionMap, label: int) -> tuple[Array, NDArray[np.int64]]:
    """Where f_label = f_s inside each region, for every s: segments (m, 2, 2) and the region of each (m,).

    Also the edge behind which the two are equal in all of a region, though rounding may say they are not quite.
    """
    margins = regions.vertex_logits[:, [label]] - np.delete(regions.vertex_logits, label, axis=1)
    margins[np.abs(margins) <= LEVEL * np.abs(regions.vertex_logits).max(initial=0)] = 0
    here = regions.ring
    there = np.roll(here, -1)
    there[regions.starts[1:] - 1] = here[regions.starts[:-1]]
    positive = margins > 0
    edge, other = np.nonzero(positive[here] != positive[there])
    owner = np.repeat(np.arange(len(regions)), np.diff(regions.starts))[edge]
    order = np.lexsort((edge, other, owner))  # the two crossings of a region's ring with one f_label = f_s
    edge, other, owner = edge[order], other[order], owner[order]
    begin, end = margins[here[edge], other], margins[there[edge], other]
    start, stop = regions.vertices[here[edge]], regions.vertices[there[edge]]
    points = start + (begin / (begin - end))[:, None] * (stop - start)
    paired = np.flatnonzero((owner[:-1] == owner[1:]) & (other[:-1] == other[1:]))
    return np.stack([points[paired], points[paired + 1]], axis=1), owner[paired]


def segment_distances(segments: Array, x: Array, p: Norm) -> Array:
    """(m, 2, 2) -> (m,) l_p distances from x to segments of the plane.

    The distance along a segment is convex, and least at an end, at the foot point (l2) or where the larger coordinate
    of the difference changes (l1, l-infinity): one of few candidates.
    """
    start, along = segments[:, 0] - x, segments[:, 1] - segments[:, 0]
    (a, b), (da, db) = start.T, along.T
    with np.errstate(divide="ignore", invalid="ignore"):
        if p == 2:
            turns = np.stack([-(a * da + b * db) / (da * da + db * db)])
        else:
            turns = np.stack([-a / da, -b / db, (b - a) / (da - db), -(a + b) / (da + db)])
    ends = np.broadcast_to([[0.0], [1.0]], (2, len(segments)))
    shares = np.clip(np.nan_to_num(np.concatenate([ends, turns])), 0, 1)
    found: Array = np.linalg.norm(start + shares[:, :, None] * along, ord=p, axis=2).min(axis=0)
    return found


def _window(bracket: Bracket, radius: float) -> tuple[float, float, float, float] | None:
    """The square of this radius around x, inside the box; None if it is infinite or without area."""
    low, high = np.maximum(bracket.low, bracket.x - radius), np.minimum(bracket.high, bracket.x + radius)
    if not (
        np.isfinite(low).all() and np.isfinite(high).all() and (high - low > 1e-9 * np.abs([low, high]).max()).all()
    ):
        return None
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def _reached(bracket: Bracket, regions: RegionMap, radius: float) -> float:
    """Up to which distance from x the map shows all legal inputs."""
    s0, s1, t0, t1 = regions.window
    gaps = np.array([bracket.x - [s0, t0], [s1, t1] - bracket.x])
    walls = np.array([bracket.low, bracket.high])
    gaps[walls == [[s0, t0], [s1, t1]]] = math.inf  # nothing legal beyond
    return float(np.maximum(gaps, 0).min()) if regions.truncated else float(max(radius, gaps.min()))
