"""d_B of max-pooling ends where another input wins: by torch's winners, fractions, random rays and the picture."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from certify.bounds.certificates.neighbouring_regions import neighbouring_regions
from certify.perturbation.points import checked_points
from geometry.distances.distances import distances, nearest_boundary_points
from geometry.distances.pieces import FinerBatch
from geometry.distances.simplex_certificate import simplex_certificate
from geometry.network.network import as_network
from geometry.network.unit_gradients import unit_gradients
from geometry.plane import Plane
from geometry.regions.enumerate import enumerate_regions
from geometry.regions.region import region_at
from tests.graphs import pooled_networks
from tests.oracles import box_distance
from tests.strategies import Case, boxes, norms, points, random_directions, seeds

POOLS = [nn.MaxPool2d(2), nn.MaxPool2d(2, 1), nn.MaxPool2d(3, 2, 1), nn.MaxPool2d((1, 3), 1)]


class Pooled(nn.Module):
    """A convolution, a ReLU or none, max-pooling once or twice, and two linear layers with a ReLU between them."""

    def __init__(self, pool: nn.MaxPool2d, rectified: bool, twice: bool) -> None:
        super().__init__()
        self.conv, self.pool, self.rectified = nn.Conv2d(1, 2, 2), pool, rectified
        self.again = nn.MaxPool2d(2, 1) if twice else nn.Identity()
        self.first, self.last = nn.LazyLinear(3), nn.Linear(3, 3)
        self.forward(torch.zeros(1, 1, 5, 5))

    def forward(self, x: Tensor) -> Tensor:
        values = self.conv(x)
        values = self.again(self.pool(torch.relu(values) if self.rectified else values))
        return self.last(torch.relu(self.first(values.flatten(1))))

    def branches(self, x: Tensor) -> np.ndarray:
        """(n, outputs of the pools and ReLUs) which input of each window is the largest, and which ReLU is on.

        With a ReLU before the pooling, windows in which none is on have no largest. This is about the last pooling: of
        units that are pooled twice, the first pooling compares pre-activations.
        """
        values, first = nn.functional.max_pool2d(
            self.conv(x), self.pool.kernel_size, self.pool.stride, self.pool.padding, return_indices=True
        )
        winners = [first]
        if isinstance(self.again, nn.MaxPool2d):
            values, second = nn.functional.max_pool2d(values, self.again.kernel_size, 1, return_indices=True)
            winners.append(second)
        if self.rectified:
            winners[-1] = torch.where(values > 0, winners[-1], -1)
            values = torch.relu(values)
        on = (self.first(values.flatten(1)) > 0).long()
        return torch.cat([*(each.flatten(1) for each in winners), on], 1).numpy()


@st.composite
def pooled(draw: st.DrawFn, twice: bool | None = None, integers: bool = False) -> Case:
    torch.manual_seed(draw(seeds))
    again = draw(st.booleans()) if twice is None else twice
    network = Pooled(draw(st.sampled_from(POOLS)), draw(st.booleans()), again)
    network = network.double().eval().requires_grad_(False)
    if integers:
        for parameter in network.parameters():
            parameter.copy_(torch.randint(-1, 2, parameter.shape))
    return Case(network, (1, 5, 5))


def windows(pool: nn.MaxPool2d, channels: int, size: int) -> list[list[int]]:
    """Of every output, which numbers of an image (channels, size, size) its window holds."""
    numbers = torch.arange(channels * size * size, dtype=torch.float64).reshape(1, channels, size, size)
    found = []
    for k in range(channels * size * size):  # an input belongs to the windows whose largest it is, if it alone is large
        image = torch.zeros_like(numbers)
        image.view(-1)[k] = 1
        found.append((pool(image).flatten() > 0).numpy())
    return [np.flatnonzero(column).tolist() for column in np.array(found).T]


def winners_by_fractions(network: Pooled, x: np.ndarray) -> tuple[list[list[Fraction]], list[Fraction]]:
    """Rows (m, d) and values (m,) at x of every half-space {row >= 0} of the region of winners, without rounding."""
    weight, bias = network.conv.weight[:, 0].tolist(), network.conv.bias.tolist()
    flat = [Fraction(value) for value in x.ravel().tolist()]
    candidates = []
    for channel in range(2):
        for i in range(4):
            for j in range(4):
                row = [Fraction(0)] * 25
                for a in range(2):
                    for b in range(2):
                        row[(i + a) * 5 + j + b] = Fraction(weight[channel][a][b])
                candidates.append((row, Fraction(bias[channel])))

    def at(function: tuple[list[Fraction], Fraction]) -> Fraction:
        return sum((w * value for w, value in zip(function[0], flat)), function[1])

    def combined(one: tuple, other: tuple, factor: Fraction) -> tuple[list[Fraction], Fraction]:
        return [a + factor * b for a, b in zip(one[0], other[0])], one[1] + factor * other[1]

    zero, halfspaces, pooled = ([Fraction(0)] * 25, Fraction(0)), [], []
    for window in windows(network.pool, 2, 4):
        inside = [candidates[k] for k in window]
        best = max(inside, key=at)
        if network.rectified and at(best) <= 0:
            halfspaces += [combined(zero, one, Fraction(-1)) for one in inside]
            pooled.append(zero)
            continue
        halfspaces += [combined(best, one, Fraction(-1)) for one in inside if one is not best]
        halfspaces += [best] if network.rectified else []
        pooled.append(best)
    for row, constant in zip(network.first.weight.tolist(), network.first.bias.tolist()):
        function = ([Fraction(0)] * 25, Fraction(constant))
        for w, one in zip(row, pooled):
            function = combined(function, one, Fraction(w))
        halfspaces.append(function if at(function) > 0 else combined(zero, function, Fraction(-1)))
    return [row for row, _ in halfspaces], [at(function) for function in halfspaces]


@given(st.one_of(pooled(twice=False), pooled(twice=False, integers=True)), seeds, st.sampled_from([1, math.inf]))
@settings(deadline=None, max_examples=25)
def test_d_B_is_the_distance_to_where_another_input_wins_in_fractions(case: Case, seed: int, p: float) -> None:
    x = np.random.default_rng(seed).uniform(-1, 1, (1, *case.input_shape))
    rows, heights = winners_by_fractions(case.network, x[0])
    lengths = [max(map(abs, row)) if p == 1 else sum(map(abs, row)) for row in rows]
    nearest = min((height / length for height, length in zip(heights, lengths) if length), default=None)
    found, proved = distances(case.network, x, p), simplex_certificate(case.network, x, p)
    assert found.d_B[0] == (math.inf if nearest is None else pytest.approx(float(nearest), rel=1e-9, abs=1e-13))
    if nearest is not None and found.d_B[0] < found.d_D[0] * (1 - 1e-9):
        assert Fraction(float(proved[0])) <= nearest  # a proof: never above
        assert proved[0] >= found.d_B[0] * (1 - 1e-6)


@given(pooled(), seeds, norms())
@settings(deadline=None, max_examples=25)
def test_no_input_wins_nearer_than_d_B_and_another_wins_just_behind_it(case: Case, seed: int, p: float) -> None:
    x = np.random.default_rng(seed).uniform(-1, 1, (1, *case.input_shape))
    found = distances(case.network, x, p)
    own = case.network.branches(torch.from_numpy(x))
    steps = random_directions(case.input_shape, p, 300, seed % 1000) * found.d_B[0]
    assert (case.network.branches(torch.from_numpy(x + (1 - 1e-9) * steps)) == own).all()
    behind = x + (1 + 1e-6) * (nearest_boundary_points(case.network, x, p, found)[0] - x)
    assert (case.network.branches(torch.from_numpy(behind)) != own).any()


@given(st.one_of(pooled(), pooled_networks()), seeds)
@settings(deadline=None, max_examples=20)
def test_a_region_is_that_of_the_picture(case: Case, seed: int) -> None:
    plane = Plane.through(*np.random.default_rng(seed).uniform(-1, 1, (3, *case.input_shape)))
    window = (-0.5, 0.5, -0.5, 0.5)
    regions = enumerate_regions(case.network, window, plane)
    region = region_at(case.network, plane.origin)
    own = int(regions.locate(np.zeros((1, 2)))[0])
    if len(as_network(case.network, case.input_shape).tournaments) == 1:  # else inputs may be equal, winner or not
        assert (regions.pattern(own) == region.pattern).all()
    corners, drawn = region.polygon(plane, window), regions.polygon(own)
    for one, other in ((corners, drawn), (drawn, corners)):  # equal sets: each corner lies in the other polygon
        edges = np.roll(other, -1, axis=0) - other
        outwards = np.column_stack([edges[:, 1], -edges[:, 0]]) / np.linalg.norm(edges, axis=1)[:, None]
        assert (((one[:, None] - other) * outwards).sum(2) <= 1e-9).all()


@given(st.one_of(pooled(), pooled_networks()), seeds)
@settings(deadline=None, max_examples=20)
def test_along_a_ray_the_picture_leaves_the_region_no_nearer_than_d_B(case: Case, seed: int) -> None:
    plane = Plane.through(*np.random.default_rng(seed).uniform(-1, 1, (3, *case.input_shape)))
    regions = enumerate_regions(case.network, (-1, 1, -1, 1), plane)
    d_B = distances(case.network, plane.origin[None], 2).d_B[0]
    angles = np.linspace(0, 2 * math.pi, 64, endpoint=False)
    rays = np.column_stack([np.cos(angles), np.sin(angles)])
    own = regions.locate(np.zeros((1, 2)))
    assert (regions.locate((1 - 1e-9) * min(d_B, 1) * rays) == own).all()


@given(st.data(), st.one_of(pooled(), pooled_networks()), norms())
@settings(deadline=None, max_examples=15)
def test_in_a_box_d_B_is_that_of_a_general_solver(data: st.DataObject, case: Case, p: float) -> None:
    x = data.draw(points(case.input_shape))
    lo, hi = data.draw(boxes(x))
    found = distances(case.network, x, p, box=(lo, hi))
    normals, offsets = region_at(case.network, x[0]).halfspaces()
    flat = x.ravel()
    near = np.argsort(np.abs(normals @ flat + offsets) / np.maximum(np.abs(normals).sum(1), 1e-12))[:12]
    limits = lo.ravel(), hi.ravel()
    expected = [box_distance(normals[k], offsets[k], flat, p, *limits) for k in near if np.abs(normals[k]).max() > 1e-9]
    assert found.d_B[0] <= min(expected, default=math.inf) * (1 + 1e-5) + 1e-7
    assert simplex_certificate(case.network, x, p, (lo, hi))[0] <= min(found.d_B[0], found.d_D[0])


@given(pooled(), seeds, norms())
@settings(deadline=None, max_examples=15)
def test_regions_of_winners_are_no_smaller_than_those_of_the_tournament(case: Case, seed: int, p: float) -> None:
    x = np.random.default_rng(seed).uniform(-1, 1, (2, *case.input_shape))
    rows = unit_gradients(as_network(case.network, case.input_shape))
    finer = FinerBatch(rows, torch.from_numpy(x.reshape(2, -1)), p, None).nearest_units()[0]
    assert (distances(case.network, x, p).d_B >= finer * (1 - 1e-12)).all()
    network = as_network(case.network, case.input_shape)
    labels = network.scores(torch.from_numpy(x)).argmax(1).numpy()
    bounds = neighbouring_regions(checked_points(network, x, labels, p, None))
    assert all(bound.radius >= one for bound, one in zip(bounds, simplex_certificate(network, x, p)))


def test_where_an_image_is_of_one_grey_d_B_is_not_zero() -> None:
    """All inputs of a window are equal there. Behind ReLUs that are off it does not matter which is the largest."""
    torch.manual_seed(0)
    network = Pooled(nn.MaxPool2d(2), rectified=True, twice=False).double().eval().requires_grad_(False)
    network.conv.bias.fill_(-0.5)
    found = distances(network, np.zeros((1, 1, 5, 5)), math.inf)
    reach = network.conv.weight.abs().sum((1, 2, 3))
    first = network.first.bias.abs()  # of constant units, without a hyperplane
    assert first.min() > 0 and found.d_B[0] == pytest.approx(float((0.5 / reach).min()))
    assert simplex_certificate(network, np.zeros((1, 1, 5, 5)), math.inf)[0] > 0


@given(pooled(), seeds)
@settings(deadline=None, max_examples=15)
def test_a_region_holds_the_points_with_the_same_winners(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, case.input_shape)
    near = x + rng.uniform(-1, 1, (200, *case.input_shape)) * rng.choice([0.01, 0.1, 0.5], (200, 1, 1, 1))
    same = (case.network.branches(torch.from_numpy(near)) == case.network.branches(torch.from_numpy(x[None]))).all(1)
    region = region_at(case.network, x)
    assert (region.contains(near) == same).all()
    normals, offsets = region.halfspaces()
    assert ((near.reshape(200, -1) @ normals.T + offsets >= -1e-12).all(1) == same).all()
