"""Workloads of the tuned constants in `geometry`, for `benchmarks.tuning`."""

from __future__ import annotations

import math
from functools import partial

import torch

from benchmarks import regions
from benchmarks.tuned import Run, Workload, random_cnn, random_network, shipped, uniform
from geometry import Plane, distances, enumerate_regions
from geometry.network.affine import Dense, evaluate
from geometry.regions.evaluation.running_errors import Errors, carried
from geometry.regions.raster import grid_points, sample

SQUARE = (-1.0, 1.0, -1.0, 1.0)


def few_points(*counts: int) -> Run:
    weight = random_network(784, 1024, 1024, 10).layers[1].affine
    batches = [torch.rand(count, 1024).double() for count in counts]

    def run() -> None:
        for batch in batches:
            evaluate(weight, batch)

    return run


def few_images() -> Run:
    affines = [layer.affine for layer in random_cnn(torch.float32).layers[:2]]
    batches = [torch.rand(count, math.prod(affine.in_shape)) for affine in affines for count in (1, 2, 4, 8)]

    def run() -> None:
        for affine, batch in zip([affine for affine in affines for _ in range(4)], batches):
            affine.linear(batch)

    return run


def nearest_hyperplanes() -> Run:
    network, x = random_network(784, 256, 256, 10), uniform(16, 784)

    def run() -> None:
        distances(network, x, 2)
        distances(network, x, math.inf, box=(0, 1))

    return run


def _nothing(_: object) -> None:
    pass


def enumeration(*works: regions.Workload) -> Run:
    def run() -> None:
        for work in works:
            enumerate_regions(work.network, work.window, work.plane)

    return run


def one_layer() -> Run:
    return enumeration(regions.random_slice(regions.default(lambda: regions.mlp(784, 1024, 10))))


def two_layers() -> Run:
    return enumeration(regions.random_slice(regions.default(lambda: regions.mlp(784, 512, 256, 10))))


def six_layers() -> Run:
    return enumeration(regions.on_inputs(regions.default(lambda: regions.mlp(2, *[64] * 6, 2))))


def aircraft() -> Run:
    return enumeration(regions.aircraft())


def in_windows(*widths: int) -> Run:
    """From few regions to many."""
    network = regions.gaussian(regions.mlp(*widths))
    windows = [(-side, side, -side, side) for side in (0.25, 0.5, 1.0, 2.0)]
    return enumeration(*(regions.Workload(network, window, Plane.identity()) for window in windows))


def shallow_and_deep() -> Run:
    wide = (-3.0, 3.0, -3.0, 3.0)
    networks = (regions.mlp(2, *[w] * depth, 2) for w, depth in ((80, 2), (150, 2), (100, 3), (64, 6)))
    works = [regions.Workload(regions.default(lambda n=n: n), wide, Plane.identity()) for n in networks]  # type: ignore[misc]
    return enumeration(*works)


def singular_values() -> Run:
    weight = random_network(784, 1024, 1024, 10).layers[1].affine.bias.new_tensor(uniform(1024, 1024) - 0.5)

    def run() -> float:
        affine = Dense(weight, weight[0], (1024,), (1024,))  # a new one, whose norms are in no cache
        entering = Errors(torch.full((1, 1024), 1e9).double(), torch.ones(1).double())
        return float(carried(affine, entering, torch.zeros(1, 1024).double()).length)

    return run


def areas() -> Run:
    work = regions.on_inputs(regions.default(lambda: regions.mlp(2, *[64] * 6, 2)))
    return lambda: _nothing(enumerate_regions(work.network, work.window, work.plane).areas())


def raster() -> Run:
    points = grid_points(SQUARE, 100, 100)
    networks = [shipped("mnist-fc1-linf-mmr")[0], shipped("mnist-cnn-linf-mmr-at")[0]]
    planes = [Plane.through(*uniform(3, *network.input_shape)) for network in networks]

    def run() -> None:
        for network, plane in zip(networks, planes):
            sample(network, plane, points)

    return run


GEOMETRY: dict[str, Workload] = {
    "geometry.network.FEW_FROM": Workload(
        "1024 units at 4 to 20 points", partial(few_points, 4, 6, 8, 10, 14, 20), (2, 6, 24, 100)
    ),
    "geometry.network.FEW_TO": Workload(
        "1024 units at 12 to 200 points", partial(few_points, 14, 20, 30, 50, 80, 200), (12, 32, 128, 256)
    ),
    "geometry.network.UNFOLDED": Workload("convolutions of 1 to 8 images", few_images, (1, 4096, 1 << 17, 1 << 30)),
    "geometry.distances.FIRST_CANDIDATES": Workload("16 points of 784-256-256-10", nearest_hyperplanes),
    "geometry.regions.CHUNK_VALUES": Workload("regions of 784-1024-10", one_layer),
    "geometry.regions.TILE": Workload("regions of 784-512-256-10", two_layers),
    "geometry.regions.TILED_WORK": Workload("2-80-80-2 to 2-[64]x6-2", shallow_and_deep, (0, 2500, 40_000, 10**9), 3),
    "geometry.regions.TILED_TOTAL": Workload(
        "2-150-150-2 in four windows", partial(in_windows, 2, 150, 150, 2), (1.0, 2e7, 2e9, 1e15)
    ),
    "geometry.regions.NORM_ROWS": Workload("the norm of a matrix of 1024 rows", singular_values),
    "geometry.regions.BLURRED": Workload("regions of 2-[64]x6-2", six_layers, (2.0**-22, 2.0**-19, 2.0**-15, 2.0**-12)),
    "geometry.regions.CELLS_PER_ROW": Workload("regions of ACAS Xu", aircraft, (4, 8, 32, 128)),
    "geometry.regions.MANY_AREAS": Workload("areas of regions of 2-[64]x6-2", areas, (20, 2000, 20_000), 2),
    "geometry.regions.VALUES_AT_ONCE": Workload("a raster of two networks", raster),
}
