"""The search behind a proof over a plane: tiles that bounds prove, and the regions of the others."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import numpy as np
import torch

from certify.bounds.methods import METHODS
from certify.bounds.proof import proved_margins
from certify.exact.plane_proof import covers, parts_and_area
from certify.parametric import tuning
from certify.parametric.composition import Coordinates, composed
from certify.parametric.family import Family, Parameters
from certify.parametric.rectangle import Rectangle, Tile, map_coordinates
from certify.parametric.witness import SETTLED_AT_MOST, affordable, settled, surely_lost
from certify.perturbation.perturbation import perturbation_sets
from certify.perturbation.rounding import proves_positive
from certify.regions.witnesses import Witnesses
from geometry.computation.cancellation import check_cancelled
from geometry.computation.memory import NoRoomError
from geometry.network.network import Network
from geometry.norms import Array
from geometry.regions.enumerate_in_memory import regions_in_memory
from geometry.regions.region_map import RegionMap, Window
from geometry.regions.subdivision import TooManyRegionsError

Reason = Literal["", "time", "regions", "rounding", "memory"]
METHOD = "crown"
AT_ONCE = 32  # tiles that are bounded at the same time: a limit of memory, and of time between two checks
PER_MAP = 50_000  # regions of one tile: with more, it is divided; a limit of memory
LARGE = 1000  # units from which a network's regions are too many for a map of a large part of the rectangle
DEEPEST = 40  # divisions of the rectangle: a tile is then far smaller than a digit of the parameters


class Search:
    """Decides tiles of the rectangle, one after the other; whatever is found stays when it is cancelled.

    open : tiles that are not decided
    left : (6, 2) convex polygons where the class is lost, or not proved; corners may repeat
    lost_at : parameters at which it is lost, if some are found: near the original ones
    held, by_bounds : the shares of the rectangle on which the class is proved, and on which bounds decide it
    """

    def __init__(self, network: Network, family: Family, whole: Rectangle, label: int, max_regions: int) -> None:
        self.family, self.whole, self.label = family, whole, label
        self.open, self.left = [Tile()], list[Array]()
        self.lost_at: Parameters | None = None
        self.held, self.by_bounds, self.regions = 0.0, 0.0, 0
        self.reason: Reason = ""
        self._distance = np.inf  # of `lost_at`
        self._network, self._max_regions = network, max_regions
        original = np.array(family.original)
        self._anchor = original if whole.contains(map(Fraction, family.original)) else whole.centre
        self._bounded = composed(network, family, _centred(whole))
        self._plain = composed(network, family)
        self._witnesses = Witnesses(self._plain)
        self._large = sum(self._plain.widths) >= LARGE

    @property
    def unseen(self) -> float:
        """The share of the rectangle that open tiles have."""
        return sum(tile.share(self.whole.halves) for tile in self.open)

    def nearest(self, point: Array) -> float:
        """A lower bound on the distance of all that is not proved, as in `Rectangle.distances`."""
        corners = [_corners(tile.window(self.whole)) for tile in self.open]
        groups = [np.array(corners).reshape(-1, 4, 2), np.array(self.left).reshape(-1, 6, 2)]
        return min(float(self.whole.distances(group, point).min(initial=np.inf)) for group in groups)

    def run(self) -> None:
        """Decide every tile, unless there are too many regions or too little memory: then `reason` says so."""
        self._bound(list(self.open))
        for _ in range(tuning.LEVELS if self._large else tuning.LEVELS_OF_SMALL):
            self._divide(list(self.open))
            self._bound(list(self.open))
        self.open.sort(key=self._far)
        while self.open and not self.reason:
            self._enumerate(self.open[0])

    def _bound(self, tiles: list[Tile]) -> None:
        """Decide those of the open tiles on which bounds prove one class."""
        for begin in range(0, len(tiles), AT_ONCE):
            check_cancelled()
            some = tiles[begin : begin + AT_ONCE]
            classes, proved = self._one_class(some)
            lost = [tile for tile, one, sure in zip(some, classes, proved) if sure and one != self.label]
            parts = np.array([_corners(tile.window(self.whole)) for tile in lost]).reshape(-1, 4, 2)
            self._witnessed(parts)
            self._add_left(parts)
            decided = [tile for tile, sure in zip(some, proved) if sure]
            self.by_bounds += sum(tile.share(self.whole.halves) for tile in decided)
            self.held += sum(tile.share(self.whole.halves) for tile in decided if tile not in lost)
            self.open = [tile for tile in self.open if tile not in decided]

    @torch.no_grad()
    def _one_class(self, tiles: list[Tile]) -> tuple[list[int], list[bool]]:
        """The class at each tile's middle, and whether bounds prove it on the whole tile."""
        middles = torch.from_numpy(np.array([tile.middle(self.whole.halves) for tile in tiles]))
        reach = torch.tensor([tile.reach(self.whole) for tile in tiles], dtype=torch.float64)
        classes = self._bounded.scores(middles).argmax(1)
        ball = perturbation_sets(middles, reach, np.inf, None)
        least = proved_margins(self._bounded, ball, classes, METHODS[METHOD].run)
        return classes.tolist(), proves_positive(least).all(1).tolist()

    def _add_left(self, parts: Array) -> None:
        """Add convex polygons (m, k, 2), k at most 6, on which the class is lost or not proved."""
        last = np.repeat(parts[:, -1:], 6 - parts.shape[1], axis=1)
        self.left += list(np.concatenate([parts, last], axis=1))

    def _witnessed(self, parts: Array) -> bool:
        """Whether float64 proves the class lost somewhere in convex polygons (m, k, 2); `lost_at` is then known."""
        found = surely_lost(self._witnesses, self.label, parts, self.whole, self._anchor) if len(parts) else None
        if found is not None:
            self._note((Fraction(found[0]), Fraction(found[1])))
        return found is not None

    def _note(self, place: Parameters) -> None:
        point = np.array([[[float(place[0]), float(place[1])]]])
        distance = float(self.whole.distances(point, self._anchor)[0])
        if self.lost_at is None or distance < self._distance:
            self._distance, self.lost_at = distance, place

    def _divide(self, tiles: list[Tile]) -> None:
        halves = self.whole.halves
        self.open = [child for tile in tiles for child in tile.children(halves)]

    def _far(self, tile: Tile) -> float:
        return float(self.whole.distances(_corners(tile.window(self.whole))[None], self._anchor)[0])

    def _enumerate(self, tile: Tile) -> None:
        """Decide an open tile by its regions, or divide it if it has too many."""
        most = min(PER_MAP, self._max_regions - self.regions)
        if most < 1:
            self.reason = "regions"
            return
        try:
            regions, coordinates = self._map(tile, most)
        except NoRoomError:
            self.reason = "memory"
            return
        except TooManyRegionsError:
            if most < PER_MAP or tile.level >= DEEPEST or not self.whole.halves.any():
                self.reason = "regions"
                return
            self.open.remove(tile)
            children = tile.children(self.whole.halves)
            self.open[:0] = children
            self._bound(children)
            return
        self.regions += len(regions)
        self._judge(tile, regions, coordinates)

    def _map(self, tile: Tile, most: int) -> tuple[RegionMap, Coordinates]:
        """The regions on a tile; the window is larger by a margin where rounding leaves gaps at its border."""
        regions, coordinates = self._regions(tile.window(self.whole), most, margin=False)
        if not covers(regions):
            regions, coordinates = self._regions(tile.window(self.whole), most, margin=True)
        return regions, coordinates

    def _regions(self, window: Window, most: int, *, margin: bool) -> tuple[RegionMap, Coordinates]:
        coordinates, own = map_coordinates(window, margin=margin)
        usual = coordinates == Coordinates()
        network = self._plain if usual else composed(self._network, self.family, coordinates)
        return regions_in_memory(network, own, max_regions=most, shrink=False, merge=False), coordinates

    def _judge(self, tile: Tile, regions: RegionMap, coordinates: Coordinates) -> None:
        """Add what the tile's regions say. Nothing is changed before all of it is known."""
        window, share = tile.window(self.whole), tile.share(self.whole.halves)
        if covers(regions, map_coordinates(window, margin=False)[1]):
            parts, owners, area = parts_and_area(regions, self.label)
            s0, s1, t0, t1 = regions.window
            held, places = min(area / ((s1 - s0) * (t1 - t0)), 1.0), coordinates.parameters(parts)
        else:
            owners, held, places = np.zeros(0, np.int64), 0.0, _corners(window)[None]
        different = np.unique(owners)
        known = self._witnessed(places)
        if not known and 0 < len(different) <= SETTLED_AT_MOST and affordable(regions.network):
            holds, lost = settled(regions, different.tolist(), self.label, coordinates, self.whole)
            places = places[~np.isin(owners, list(holds))]
            if lost is not None:
                self._note(lost)
        self.open.remove(tile)
        self.held += held * share
        self._add_left(places)


def _centred(whole: Rectangle) -> Coordinates:
    """Coordinates in which the rectangle goes from -1 to 1, but for rounding: see `Tile.reach`."""
    (s, t), (a, b) = whole.centre.tolist(), whole.halves.tolist()
    return Coordinates((s, t), (a, b))


def _corners(window: Window) -> Array:
    """(4, 2) counter-clockwise."""
    s0, s1, t0, t1 = window
    return np.array([[s0, t0], [s1, t0], [s1, t1], [s0, t1]])
