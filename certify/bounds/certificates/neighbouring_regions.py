"""The bound of neighbouring regions (Croce et al. 2019, A.2): the search continues behind the nearest faces.

Theorem 3.1 ends at the nearest face of the point's own region. A.2 goes on behind it. Let S be the regions searched so
far, each by its activation pattern s, and s^u the pattern that differs from s in unit u alone. Let d(s, u) be the
distance of x from the hyperplane of unit u on the piece of s, in all of space, or inside the box. Let

    key(home) = 0,   key(s^u) = min over searched s of max(key(s), d(s, u)),
    r = the least key of a pattern that was not searched,
    c = the least distance of x from a point in a region of S at which another class has the larger logit.

The next region to be searched is the one with the least key.

*Theorem.* Every x' with ||x' - x|| < r lies in a region of S. Hence min(r, c) is a lower bound of the minimal
perturbation. If c <= r, it is the minimal perturbation.

*Proof*, by induction over S. Suppose that x' lies in none. The segment from x to x' leaves the union of S, which is
closed, at a point y in the region of some s, and goes on in that of a pattern t. Each unit u in which s and t differ
changes its sign at y, so it is 0 there, and d(s, u) <= ||y - x||. On the piece of s^u all units have the same values at
y: so y lies in the region of s^u, too. If this s^u is in S, it takes the place of s, and differs from t in one unit
less. As t is not in S, there is in the end an s in S and a unit u with s^u not in S: r <= max(key(s), d(s, u)).
Searched keys do not decrease, so key(s) is at most the key of the last searched region. Points nearer than that were in
the union before it, by induction, so it is at most ||y - x||. Hence r <= ||y - x|| <= ||x' - x||.

With one region min(r, c) is Theorem 3.1's min(d_B, d_D), and it grows with each region. Only the `neighbours` + 1
nearest faces of each region are needed: at least one of them leads to no other searched region, and its key is no
larger than those left out.

For c, a decision hyperplane counts where its region is: within the halfspaces of the region's nearest faces, and of all
units that x lies behind. The nearest point of these comes from a program whose multipliers prove the distance
(`certify.optimization.nearest_point`). It is solved where the distance of the hyperplane alone is smaller than r.

Max-pooling: the regions searched are those of its tournament, in which comparisons without effect keep their sign, too.
The bound of the point's own region of winners alone may be better: then it counts.

Rounding: distances are rounded down (`geometry.distances.pieces`), which the proof permits. The first pattern is that
of x without rounding. Where this costs too much, nothing is proved.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import torch
from torch import Tensor

from certify.bounds.certificates.class_in_region import ClassInRegion
from certify.perturbation.points import Points
from certify.records import Certificate, Style
from geometry.computation.cancellation import check_cancelled
from geometry.distances.batches import batch_of, chunks, suitable_cores
from geometry.distances.nearest_hyperplanes import Indices
from geometry.distances.pieces import FinerBatch, PieceBatch, exact_pieces
from geometry.distances.simplex_certificate import simplex_certificate
from geometry.norms import Array

ATTAINED = 1e-6  # relative difference of a point's distance from the proved one, up to which it attains the bound
NEIGHBOURS = 5  # regions searched besides the point's own, as in the paper

Name = frozenset[int]  # of a region: the units in which its pattern differs from that of the point's own region


@dataclass(frozen=True, eq=False)
class ImprovedBound:
    """No perturbation shorter than `radius` changes the class. `nearest` (input_units,) attains it, if there is one."""

    radius: float
    nearest: Array | None = None


@torch.no_grad()
def neighbouring_regions(points: Points, neighbours: int = NEIGHBOURS) -> list[ImprovedBound]:
    """For each point the bound of its own region and of at most `neighbours` others, about the predicted class.

    The points search together, each its own regions.
    """
    whole = batch_of(FinerBatch, points.exact, points.images, points.p, points.box)
    with suitable_cores(whole):
        bounds = [bound for at in chunks(whole) for bound in _Searches(whole.chosen(at), neighbours).bounds()]
    if not whole.rows.network.tournaments:
        return bounds
    own = simplex_certificate(points.exact, points.images, points.p, points.box)
    return [bound if bound.radius >= radius else ImprovedBound(float(radius)) for bound, radius in zip(bounds, own)]


@dataclass(eq=False)
class _Lost:
    """How near another class may have the larger logit in a region, by some of the region's `faces`.

    At first `distance` is that of the region and of the decision hyperplane; once solved, that of their common points.
    """

    distance: float
    name: Name
    other: int
    faces: Indices
    solved: bool = False
    nearest: Array | None = None


def _open(lost: _Lost) -> bool:
    """Whether the distance may grow: it is that of the region's key, or of a hyperplane, and no point's."""
    return not lost.solved and lost.distance < math.inf


@dataclass(eq=False)
class _Search:
    """The search from one point: regions to be searched by their keys, and where the class is lost in searched ones."""

    heap: list[tuple[float, int, Name]] = field(default_factory=list)
    searched: set[Name] = field(default_factory=set)
    lost: list[_Lost] = field(default_factory=list)
    arrivals: count[int] = field(default_factory=count)

    def push(self, key: float, name: Name) -> None:
        if name not in self.searched:
            heapq.heappush(self.heap, (key, next(self.arrivals), name))

    def pop(self) -> tuple[float, Name]:
        key, _, name = heapq.heappop(self.heap)
        self.searched.add(name)
        return key, name

    @property
    def reach(self) -> float:
        """The least key of a region that was not searched."""
        while self.heap and self.heap[0][2] in self.searched:
            heapq.heappop(self.heap)
        return self.heap[0][0] if self.heap else math.inf

    @property
    def nearest_lost(self) -> _Lost | None:
        return min(self.lost, key=lambda one: one.distance, default=None)


class _Searches:
    """The searches from the points of a batch."""

    def __init__(self, home: FinerBatch, neighbours: int) -> None:
        self.home, self.neighbours = home, neighbours
        home.settled()
        self.first_faces = home.nearest_first_faces(neighbours + 1)
        self.own, self.known = exact_pieces(home)
        self.cutoff = np.full(len(home.x), np.inf)  # distances beyond which nothing matters
        self.searches = [_Search() for _ in self.cutoff]

    def bounds(self) -> list[ImprovedBound]:
        unfinished = np.flatnonzero(self.known)
        for i in unfinished.tolist():
            self.searches[i].push(0.0, frozenset())
        for _ in range(1 + self.neighbours):
            check_cancelled()
            self._search(unfinished)
            unfinished = np.array([i for i in unfinished.tolist() if self._unfinished(i)], np.int64)
        return [self._bound(i) for i in range(len(self.searches))]

    def _search(self, at: Indices) -> None:
        """Search the next region of each of the points `at`."""
        if len(at) == 0:
            return
        keys, names = zip(*(self.searches[i].pop() for i in at.tolist()))
        batch = self._pieces(at, names)
        batch.settled()
        distances, units = batch.nearest_faces(self.neighbours + 1)
        behind, farthest = batch.behind()
        for j, i in enumerate(at.tolist()):
            if not names[j]:
                self.cutoff[i] = distances[j, -1]
            for distance, unit in zip(distances[j].tolist(), units[j].tolist()):
                if unit >= 0:
                    self.searches[i].push(max(keys[j], distance), names[j] ^ {unit})
        decided, others, lengths = batch.decisions(self.home.classes[at], self.cutoff[at])
        for j, other, length in zip(decided.tolist(), others.tolist(), lengths.tolist()):
            faces = np.union1d(units[j][units[j] >= 0], np.flatnonzero(behind[j]))
            distance = max(keys[j], float(farthest[j]), length)
            self.searches[at[j]].lost.append(_Lost(distance, names[j], other, faces))

    def _pieces(self, at: Indices, names: Sequence[Name]) -> PieceBatch:
        """The pieces of these regions, one for each of the points `at`."""
        chosen = torch.from_numpy(at)
        patterns = torch.cat([on[chosen] for on in self.own], 1) if self.own else torch.zeros(len(at), 0).bool()
        for j, name in enumerate(names):
            flipped = torch.tensor(sorted(name), dtype=torch.int64)
            patterns[j, flipped] = ~patterns[j, flipped]
        piece = list(patterns.split(list(self.home.rows.network.widths), 1)) if self.own else []
        distances, units = self.first_faces
        home, first_faces = self.home, (distances[at], units[at])
        return PieceBatch(home.rows, home.x[chosen], home.p, home.box, piece, first_faces)

    def _unfinished(self, i: int) -> bool:
        """Whether more regions can improve the bound of point i."""
        search, regions = self.searches[i], dict[Name, ClassInRegion]()
        while (lost := search.nearest_lost) is not None and _open(lost) and lost.distance <= search.reach:
            if lost.name not in regions:
                regions[lost.name] = ClassInRegion(self._pieces(np.array([i]), [lost.name]), lost.faces)
            near = regions[lost.name](int(self.home.classes[i]), lost.other, float(self.cutoff[i]))
            lost.distance, lost.solved = max(lost.distance, near.lower), True
            if near.point is not None and self._attains(near.point, lost.distance):
                lost.nearest = self.home.x[i].numpy() + near.point
        return search.reach < (math.inf if lost is None else lost.distance)

    def _attains(self, step: Array, distance: float) -> bool:
        """Whether the step has this length. About an empty set, a program proves 1e12 or so, and has no step."""
        return bool(np.isclose(np.linalg.norm(step, self.home.p), distance, rtol=ATTAINED, atol=0))

    def _bound(self, i: int) -> ImprovedBound:
        if not self.known[i]:
            return ImprovedBound(0.0)
        search = self.searches[i]
        lost, reach = search.nearest_lost, search.reach
        radius = reach if lost is None else min(reach, lost.distance)
        radius = float(self.home.chosen(np.array([i])).infinite_beyond(np.array([radius]))[0])
        return ImprovedBound(radius, lost.nearest if lost is not None and lost.distance <= reach else None)


def _radii(points: Points) -> Tensor:
    return torch.tensor([bound.radius for bound in neighbouring_regions(points)], dtype=torch.float64)


def _witness(points: Points) -> Array | None:
    nearest = neighbouring_regions(points)[0].nearest
    return None if nearest is None else nearest.reshape(points.shape[1:])


NEIGHBOURING_REGIONS = Certificate(
    run=_radii,
    title="Neighbouring regions",
    line="As Simplex, and on through the regions behind the five nearest faces.",
    place=15,
    cost=lambda work: 8 * (10 * work.fixed + work.inputs * work.forward / 100),
    style=Style("#98BB5F", "5px,3px,1px,3px", "hexagon-open"),
    witness=_witness,
)
