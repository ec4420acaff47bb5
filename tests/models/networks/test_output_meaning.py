"""Bands of a number are classes: their areas, distances and certificates are those of the number's level sets."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

from certify import certified_radius
from geometry import Plane, as_network, distances, enumerate_regions
from geometry.regions.class_areas import class_areas
from models.networks.output_meaning import MOST_LEVELS, OutputMeaning

LEVELS = (-0.3, -0.05, 0.2)


def regression(outputs: int = 1, seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return (
        nn.Sequential(nn.Linear(2, 12), nn.ReLU(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, outputs))
        .eval()
        .requires_grad_(False)
    )


@pytest.mark.parametrize("output", [0, 2])
def test_the_class_is_the_band_of_the_output_and_a_margin_its_distance_to_a_level(output: int) -> None:
    network = regression(3).double()
    x = torch.rand(20_000, 2, dtype=torch.float64) * 6 - 3
    f = network(x)[:, output]
    levels = tuple(torch.quantile(f, torch.tensor([0.2, 0.5, 0.7], dtype=torch.float64)).tolist())
    bands = as_network(OutputMeaning("number", output, levels).applied(network, 3), (2,)).to(torch.float64)
    scores = bands.scores(x)
    band = (f[:, None] >= torch.tensor(levels, dtype=torch.float64)).sum(1)
    assert sorted(set(band.tolist())) == [0, 1, 2, 3]
    assert (scores.argmax(1) == band).all()
    for j, level in enumerate(levels):
        torch.testing.assert_close(scores[:, j + 1] - scores[:, j], f - level, rtol=0, atol=1e-13)


def test_areas_of_the_bands_are_those_where_the_number_lies_in_them() -> None:
    network, window = regression().double(), (-3, 3, -3, 3)
    regions = enumerate_regions(OutputMeaning("number", 0, LEVELS).applied(network, 1), window)
    fine = torch.linspace(-3, 3, 1501, dtype=torch.float64)
    grid = torch.cartesian_prod(fine, fine)
    band = np.searchsorted(LEVELS, network(grid)[:, 0].numpy())
    areas = class_areas(regions)
    np.testing.assert_allclose(areas / areas.sum(), np.bincount(band, minlength=4) / len(band), atol=2e-3)


def test_d_D_is_the_distance_to_the_nearest_level_set() -> None:
    """On one affine piece, f = 3 s + 4 t: the gradient has length 5."""
    network = nn.Sequential(nn.Linear(2, 1).double()).eval()
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[3.0, 4.0]]))
        network[0].bias.zero_()
    classes = OutputMeaning("number", 0, (-1.0, 0.5)).applied(network, 1)
    found = distances(classes, np.array([[0.0, 0.0], [1.0, 1.0]]), 2).d_D
    np.testing.assert_allclose(found, [0.5 / 5, 6.5 / 5], rtol=1e-12)


def test_a_certificate_of_a_tolerance_holds_and_an_attack_breaks_it_beyond_the_exact_radius() -> None:
    network, x, tolerance = regression(seed=3).double(), np.array([[0.4, -0.2]]), 0.05
    f = float(network(torch.from_numpy(x)))
    within = as_network(OutputMeaning("number", 0, (f - tolerance, f + tolerance)).applied(network, 1), (2,))
    radius = float(certified_radius(within, x, math.inf, "crown"))
    assert radius > 0.001
    inside = torch.from_numpy(x) + radius * (2 * torch.rand(50_000, 2, dtype=torch.float64) - 1)
    assert float((network(inside) - f).abs().max()) <= tolerance
    outside = torch.from_numpy(x) + 20 * radius * (2 * torch.rand(50_000, 2, dtype=torch.float64) - 1)
    assert float((network(outside) - f).abs().max()) > tolerance


def test_the_least_output_wins_exactly() -> None:
    network = regression(4)
    x = torch.rand(1000, 2)
    turned = OutputMeaning("least").applied(network, 4)
    assert torch.equal(turned(x), -network(x))
    assert torch.equal(as_network(turned, (2,)).scores(x).argmax(1), network(x).argmin(1))


def test_levels_are_kept_to_the_last_bit_of_their_sum() -> None:
    levels = (0.1, 0.7, 1.3, 1e6)
    network = nn.Sequential(nn.Linear(1, 1).double()).eval()
    with torch.no_grad():
        network[0].weight.fill_(1)
        network[0].bias.zero_()
    last = OutputMeaning("number", 0, levels).applied(network, 1)[-1]
    sums = [Fraction(-float(value)) for value in last.bias]
    for j, level in enumerate(levels):
        exact = sum(map(Fraction, levels[: j + 1]))
        assert abs(sums[j + 1] - sums[j] - Fraction(level)) <= Fraction(1, 2**52) * exact


@pytest.mark.parametrize(
    ("meaning", "outputs", "said"),
    [
        (OutputMeaning("least"), 1, "none is the least"),
        (OutputMeaning("number", 3, (0.0,)), 3, "outputs 0 to 2, not 3"),
        (OutputMeaning("number", 0, ()), 1, "got 0"),
        (OutputMeaning("number", 0, tuple(range(MOST_LEVELS + 1))), 1, f"1 to {MOST_LEVELS} levels, got 13"),
        (OutputMeaning("number", 0, (0.0, math.inf)), 1, "finite numbers, got 0, inf"),
        (OutputMeaning("number", 0, (0.0, math.nan)), 1, "finite numbers"),
        (OutputMeaning("number", 0, (-1e17, 0.25)), 1, "differ too much in size"),
        (OutputMeaning("number", 0, (1e308, 1.5e308)), 1, "beyond float64"),
        (OutputMeaning("number", 0, (1.0, 1.0)), 1, "increase from each to the next, got 1, 1"),
    ],
)
def test_what_means_nothing_is_refused(meaning: OutputMeaning, outputs: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        meaning.applied(regression(outputs), outputs)


def test_bands_have_names() -> None:
    assert OutputMeaning("number", 0, (-0.5, 2.0)).class_names == ("f ≤ −0.5", "−0.5 < f ≤ 2", "f > 2")
    assert OutputMeaning("number", 0, (-0.0,)).class_names == ("f ≤ 0", "f > 0")
    close = OutputMeaning("number", 0, (1.0000001, 1.0000002)).class_names
    assert close == ("f ≤ 1.0000001", "1.0000001 < f ≤ 1.0000002", "f > 1.0000002")
    assert OutputMeaning("least").class_names == OutputMeaning().class_names == ()


def test_level_sets_on_a_plane_of_many_inputs_are_exact() -> None:
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(9, 16), nn.ReLU(), nn.Linear(16, 1)).eval().double()
    plane = Plane.through(*np.random.default_rng(0).normal(size=(3, 9)))
    regions = enumerate_regions(OutputMeaning("number", 0, (0.0,)).applied(network, 1), (-2, 2, -2, 2), plane)
    signs = enumerate_regions(network, (-2, 2, -2, 2), plane)
    np.testing.assert_allclose(class_areas(regions), class_areas(signs), rtol=1e-9)


def test_at_a_level_the_lower_band_is_named() -> None:
    network = nn.Sequential(nn.Linear(1, 1).double()).eval().requires_grad_(False)
    network[0].weight.fill_(1)
    network[0].bias.zero_()
    meaning = OutputMeaning("number", 0, (0.25, 1.0))
    at = (
        as_network(meaning.applied(network, 1), (1,))
        .scores(torch.tensor([[0.25], [1.0]], dtype=torch.float64))
        .argmax(1)
    )
    assert [meaning.class_names[int(k)] for k in at] == ["f ≤ 0.25", "0.25 < f ≤ 1"]
