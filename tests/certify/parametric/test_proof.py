"""certify.prove_over_plane: a class on a whole rectangle of two parameters"""

from __future__ import annotations

import math
import time
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from certify import blend, brightness_contrast, prove_over_plane, proved_by_bounds, shift
from certify.parametric import tuning
from certify.parametric.family import Family
from certify.parametric.proof import PlaneProof
from models.data.images import load_images
from models.gallery import load_shipped
from tests.slow import others_slow
from tests.strategies import mlp

WINDOW = (0.5, 1.5, -0.4, 0.4)


def linear(weight: list[list[float]], bias: list[float]) -> nn.Sequential:
    layer = nn.Linear(len(weight[0]), len(weight), dtype=torch.float64)
    layer.weight.data, layer.bias.data = torch.tensor(weight).double(), torch.tensor(bias).double()
    return nn.Sequential(layer).eval().requires_grad_(False)


def exact_scores(network: nn.Sequential, inputs: list[Fraction]) -> list[Fraction]:
    """A forward pass in fractions, layer by layer."""
    values = inputs
    for layer in network:
        if isinstance(layer, nn.Linear):
            rows, bias = layer.weight.tolist(), layer.bias.tolist()
            values = [sum((Fraction(w) * v for w, v in zip(row, values)), Fraction(b)) for row, b in zip(rows, bias)]
        else:
            values = [max(value, Fraction(0)) for value in values]
    return values


def clipped(x: list[float], s: Fraction, t: Fraction) -> list[Fraction]:
    """s x + t within [0, 1], pixel by pixel."""
    return [min(max(s * Fraction(value) + t, Fraction(0)), Fraction(1)) for value in x]


def sampled(network: nn.Sequential, family: Family, rectangle: tuple[float, ...], count: int = 100_000) -> np.ndarray:
    """(count, 3) random parameters of the rectangle, and the classes of their inputs by the module's own pass."""
    s0, s1, t0, t1 = rectangle
    places = np.random.default_rng(1).uniform([s0, t0], [s1, t1], (count, 2))
    classes = [network(torch.from_numpy(family.inputs(part))).argmax(1).numpy() for part in np.array_split(places, 20)]
    return np.column_stack([places, np.concatenate(classes)])


def lost_exactly(network: nn.Sequential, x: list[float], proof: PlaneProof) -> bool:
    """Whether the counterexample is one by a forward pass in fractions, inside the rectangle."""
    assert proof.counterexample is not None
    s, t = proof.counterexample.exact_parameters
    s0, s1, t0, t1 = proof.rectangle
    scores = exact_scores(network, clipped(x, s, t))
    other = scores[proof.counterexample.label]
    return (
        s0 <= s <= s1
        and t0 <= t <= t1
        and scores[proof.label] <= other == max(score for k, score in enumerate(scores) if k != proof.label)
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_verdict_agrees_with_samples_and_with_fractions(seed: int):
    network, x = mlp([4, 12, 12, 3], seed), np.random.default_rng(seed).uniform(size=4)
    family = brightness_contrast(x)
    proof, samples = prove_over_plane(network, family, WINDOW), sampled(network, family, WINDOW)
    kept = samples[:, 2] == proof.label
    assert proof.status in ("proved", "broken") and proof.reason == "" and proof.unseen == 0
    assert proof.status == "broken" or kept.all()
    assert proof.status == "proved" or lost_exactly(network, x.tolist(), proof)
    assert abs(kept.mean() - proof.share) < 5 * math.sqrt(max(proof.share * (1 - proof.share), 1e-9) / len(kept)) + 1e-4
    assert proof.around_original is not None
    s0, s1, t0, t1 = proof.around_original
    inside = (samples[:, 0] >= s0) & (samples[:, 0] <= s1) & (samples[:, 1] >= t0) & (samples[:, 1] <= t1)
    assert kept[inside].all()


@pytest.mark.parametrize("seed", range(6))
def test_regions_alone_say_the_same_as_bounds_and_regions(seed: int, monkeypatch: pytest.MonkeyPatch):
    network, x = mlp([4, 10, 10, 3], seed + 50), np.random.default_rng(seed).uniform(size=4)
    family = brightness_contrast(x)
    usual = prove_over_plane(network, family, WINDOW)
    monkeypatch.setattr(tuning, "LEVELS_OF_SMALL", 5)
    divided = prove_over_plane(network, family, WINDOW)
    monkeypatch.setattr(tuning, "LEVELS_OF_SMALL", 0)
    regions = prove_over_plane(network, family, WINDOW)
    for other in (divided, regions):
        assert (other.status, other.label) == (usual.status, usual.label)
        assert other.share == pytest.approx(usual.share, abs=1e-9)
        assert other.radius == pytest.approx(usual.radius, abs=1e-9)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 4), min_size=2, max_size=3), st.sampled_from([1, 2, 4]))
def test_small_integer_networks_are_decided_as_fractions_decide_them(seed: int, pixels: list[int], scale: int):
    random = np.random.default_rng(seed)
    x, widths = [pixel / 4 for pixel in pixels], [len(pixels), 3, 2]
    network = mlp(widths, 0)
    for layer in network:
        if isinstance(layer, nn.Linear):
            layer.weight.data = torch.from_numpy(random.integers(-2, 3, layer.weight.shape)).double()
            layer.bias.data = torch.from_numpy(random.integers(-2, 3, layer.bias.shape)).double() / scale
    proof = prove_over_plane(network, brightness_contrast(x), (0.5, 1.5, -0.5, 0.5))
    assert proof.status != "undecided"
    grid = [Fraction(k, 8) for k in range(9)]
    lost = []
    for s in grid:
        for t in grid:
            scores = exact_scores(network, clipped(x, s + Fraction(1, 2), t - Fraction(1, 2)))
            lost.append(scores[proof.label] <= max(v for k, v in enumerate(scores) if k != proof.label))
    assert proof.status == "broken" or not any(lost)
    assert proof.status == "proved" or lost_exactly(network, x, proof)


def test_a_linear_classifiers_boundary_is_where_the_formula_says():
    network = linear([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.25])  # f_0 - f_1 = s (0.75 - 0.25) - 0.25: lost for s <= 0.5
    proof = prove_over_plane(network, brightness_contrast([0.75, 0.25]), (0.25, 1.25, -0.05, 0.05))
    assert proof.status == "broken" and proof.counterexample is not None
    assert proof.counterexample.label == 1 and proof.counterexample.parameters[0] <= 0.5
    assert proof.share == pytest.approx(0.75, abs=1e-9)
    assert proof.around_original == pytest.approx((0.5, 1.25, -0.05, 0.05), abs=1e-9)
    assert proof.around_original[0] > 0.5
    assert prove_over_plane(network, brightness_contrast([0.75, 0.25]), proof.around_original).status == "proved"


def test_a_boundary_that_ends_in_a_corner_of_the_rectangle_breaks_the_proof_there():
    network = linear([[1.0, 0.0], [0.0, 0.0]], [0.0, 0.0])  # f_0 - f_1 = clip(s + t)
    touching = prove_over_plane(network, _one(), (0.5, 1.0, -0.5, 0.0))
    assert touching.status == "broken" and touching.counterexample is not None
    assert touching.counterexample.parameters == (0.5, -0.5)
    assert touching.counterexample.margin == 0 and touching.counterexample.exact
    beside = prove_over_plane(network, _one(), (math.nextafter(0.5, 1), 1.0, -0.5, 0.0))
    assert beside.status == "proved" and beside.share == 1


def _one() -> Family:
    """(s + t, 0), clipped."""
    first, box = np.array([1.0, 0.0]), brightness_contrast([1.0, 0.0]).box
    return Family(np.zeros(2), first, first, box, ("s", "t"), (1.0, 0.0))


def test_equal_scores_everywhere_are_no_proof():
    network = linear([[1.0, 1.0], [1.0, 1.0]], [0.0, 0.0])
    proof = prove_over_plane(network, brightness_contrast([0.75, 0.25]), WINDOW)
    assert proof.status == "broken" and proof.share == 0 and proof.radius == 0


def test_a_tie_inside_at_parameters_that_are_no_floats_is_decided():
    network = linear([[3.0], [0.0]], [-1.0, 0.0])  # clip(3 s - 1) > 0 but for s = 1/3, where it touches
    deep = nn.Sequential(
        nn.Linear(1, 2, dtype=torch.float64), nn.ReLU(), nn.Linear(2, 2, dtype=torch.float64)
    ).requires_grad_(False)
    deep[0].weight.data, deep[0].bias.data = torch.tensor([[3.0], [-3.0]]).double(), torch.tensor([-1.0, 1.0]).double()
    deep[2].weight.data, deep[2].bias.data = torch.tensor([[1.0, 1.0], [0.0, 0.0]]).double(), torch.zeros(2).double()
    family = shift([0.5], [1.0], [0.0])
    proof = prove_over_plane(deep, family, (-0.4, 0.4, -1.0, 1.0))
    assert proof.status == "broken" and proof.counterexample is not None  # |3 x - 1| = 0 at x = 1/3
    assert Fraction(1, 2) + proof.counterexample.exact_parameters[0] == Fraction(1, 3)
    assert proof.counterexample.margin == 0
    assert prove_over_plane(network, family, (0.0, 0.4, -1.0, 1.0)).status == "proved"


@pytest.mark.parametrize("point", [(1.0, 0.0), (0.5, -0.25), (0.75, 1 / 3)])
def test_a_point_is_decided_as_its_input_is(point: tuple[float, float]):
    x = [0.75, 0.25, 0.5]
    for seed in range(4):
        network = mlp([3, 8, 3], seed)
        proof = prove_over_plane(network, brightness_contrast(x), (point[0], point[0], point[1], point[1]))
        scores = exact_scores(network, clipped(x, Fraction(point[0]), Fraction(point[1])))
        holds = all(scores[proof.label] > score for k, score in enumerate(scores) if k != proof.label)
        assert proof.status == ("proved" if holds else "broken")
        assert proof.counterexample is None or proof.counterexample.parameters == point


def test_a_segment_is_decided_by_its_own_length():
    network = linear([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.25])
    family = brightness_contrast([0.75, 0.25])
    assert prove_over_plane(network, family, (1.0, 1.0, -0.05, 0.05)).status == "proved"
    proof = prove_over_plane(network, family, (0.25, 1.25, 0.0, 0.0))
    assert proof.status == "broken" and proof.share == pytest.approx(0.75, abs=1e-9)
    assert proof.counterexample is not None and proof.counterexample.parameters[1] == 0
    assert proof.around_original == pytest.approx((0.5, 1.25, 0.0, 0.0), abs=1e-9)


def test_rectangles_too_thin_for_a_map_of_their_own_coordinates_are_decided():
    network, family = linear([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.25]), brightness_contrast([0.75, 0.25])
    above = math.nextafter(0.5, 1)
    assert prove_over_plane(network, family, (0.5, above, -0.01, 0.01)).status == "broken"
    assert prove_over_plane(network, family, (above, math.nextafter(above, 1), -0.01, 0.01)).status == "proved"
    assert prove_over_plane(network, family, (above, 1.0, 0.0, 5e-324)).status == "proved"


def test_a_constant_image_has_one_parameter_in_two():
    network, family = mlp([3, 8, 8, 3], 5), brightness_contrast([0.5, 0.5, 0.5])
    proof, samples = (
        prove_over_plane(network, family, (0.0, 2.0, -0.5, 0.5)),
        sampled(network, family, (0, 2, -0.5, 0.5)),
    )
    assert proof.status == ("proved" if (samples[:, 2] == proof.label).all() else "broken")
    assert proof.share == pytest.approx((samples[:, 2] == proof.label).mean(), abs=0.01)


@pytest.mark.parametrize(("window", "pixel"), [((0.0, 1.0, 5.0, 9.0), 1.0), ((0.0, 1.0, -9.0, -5.0), 0.0)])
def test_where_everything_is_clipped_one_input_decides(window: tuple[float, ...], pixel: float):
    network, x = mlp([4, 8, 3], 3), [0.1, 0.9, 0.4, 0.6]
    there = int(network(torch.full((1, 4), pixel, dtype=torch.float64)).argmax())
    for label in range(3):
        proof = prove_over_plane(network, brightness_contrast(x), window, label=label)
        assert proof.status == ("proved" if label == there else "broken") and proof.share == float(label == there)
        assert proof.radius is None and proof.around_original is None  # the original is not in this rectangle


def test_blends_go_from_one_input_to_the_others():
    network, (x, y, z) = mlp([4, 12, 3], 11), np.random.default_rng(4).uniform(size=(3, 4))
    family = blend(x, y, z)
    np.testing.assert_allclose(family.inputs([[0, 0], [1, 0], [0, 1]]), [x, y, z], atol=1e-15)
    samples = sampled(network, family, (0, 1, 0, 1))
    proof = prove_over_plane(network, family, (0, 1, 0, 1))
    assert proof.status == ("proved" if (samples[:, 2] == proof.label).all() else "broken")
    assert proof.share == pytest.approx((samples[:, 2] == proof.label).mean(), abs=0.01)


def test_max_pooling_behind_a_clip_is_decided():
    torch.manual_seed(2)
    network = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 3)
    ).double().eval().requires_grad_(False)  # fmt: skip
    for seed in range(4):
        family = brightness_contrast(np.random.default_rng(seed).uniform(size=(1, 6, 6)))
        proof = prove_over_plane(network, family, (0.0, 2.0, -1.0, 1.0))
        samples = sampled(network, family, (0.0, 2.0, -1.0, 1.0), 20_000)
        assert proof.status == ("proved" if (samples[:, 2] == proof.label).all() else "broken")
        assert proof.share == pytest.approx((samples[:, 2] == proof.label).mean(), abs=0.02)


def test_one_logit_is_a_class_by_its_sign():
    network = linear([[1.0, -1.0]], [-0.25])  # f = s / 2 - 1 / 4
    proof = prove_over_plane(network, brightness_contrast([0.75, 0.25]), (0.25, 1.25, -0.05, 0.05))
    assert proof.label == 1 and proof.status == "broken" and proof.share == pytest.approx(0.75, abs=1e-9)
    assert proof.counterexample is not None and proof.counterexample.label == 0 and proof.counterexample.exact


def test_too_many_regions_leave_it_undecided_with_what_is_known(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tuning, "LEVELS_OF_SMALL", 1)
    network, family = mlp([4, 40, 40, 3], 1), brightness_contrast([0.1, 0.4, 0.6, 0.9])
    full = prove_over_plane(network, family, (0.0, 2.0, -1.0, 1.0))
    few = prove_over_plane(network, family, (0.0, 2.0, -1.0, 1.0), max_regions=3)
    assert few.reason == "regions" and 0 < few.unseen <= 1 and few.share <= full.share + 1e-12
    assert few.status in ("undecided", "broken") and few.radius <= full.radius


def test_no_time_leaves_it_undecided():
    network, family = mlp([4, 12, 3], 1), brightness_contrast([0.1, 0.4, 0.6, 0.9])
    for options in ({"time_limit": 0.0}, {"cancelled": lambda: True}):
        proof = prove_over_plane(network, family, WINDOW, **options)
        assert (proof.status, proof.reason, proof.share, proof.unseen, proof.radius) == ("undecided", "time", 0, 1, 0)


class Countdown:
    """False so many times, then True."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_a_run_that_is_cancelled_says_only_what_is_true():
    network, family = mlp([4, 60, 60, 3], 1), brightness_contrast([0.1, 0.4, 0.6, 0.9])
    full = prove_over_plane(network, family, (0.0, 2.0, -1.0, 1.0))
    for calls in (1, 3, 10, 40, 100):
        over = Countdown(calls)
        some = prove_over_plane(network, family, (0.0, 2.0, -1.0, 1.0), cancelled=over)
        assert some.share <= full.share + 1e-12 and some.radius <= full.radius + 1e-12
        assert some.status == full.status or some.status == "undecided"


@pytest.mark.parametrize("seed", range(5))
def test_bounds_prove_no_more_than_the_exact_rung(seed: int):
    network, x = mlp([4, 12, 12, 3], seed), np.random.default_rng(seed).uniform(size=4)
    family, rectangle = brightness_contrast(x), (0.25, 1.5, -0.4, 0.2)
    proof, rungs = prove_over_plane(network, family, rectangle), proved_by_bounds(network, family, rectangle)
    assert list(rungs) == ["interval", "fast-lin", "crown"]
    assert all(0 <= radius <= proof.radius * (1 + 1e-6) for radius in rungs.values())


@pytest.mark.parametrize(
    "name",
    others_slow(["mnist-fc1-linf-plain", "mnist-fc1-linf-mmr", "mnist-cnn-linf-kw"], quick=["mnist-fc1-linf-mmr"]),
)
def test_shipped_networks_agree_with_a_grid_of_forward_passes(name: str):
    shipped, digits = load_shipped(name), load_images("mnist-5k")
    module = shipped.network.double().requires_grad_(False)
    for index in (7, 21):
        family = brightness_contrast(digits.x[index].astype(np.float64).reshape(shipped.input_shape))
        rectangle = (0.7, 1.3, -0.2, 0.2)
        proof = prove_over_plane(module, family, rectangle)
        s, t = np.meshgrid(np.linspace(0.7, 1.3, 25), np.linspace(-0.2, 0.2, 25))
        images = family.inputs(np.column_stack([s.ravel(), t.ravel()]))
        classes = module(torch.from_numpy(images)).argmax(1).numpy()
        assert proof.status in ("proved", "broken")
        assert proof.status == "broken" or (classes == proof.label).all()
        if proof.counterexample is not None:
            image = torch.from_numpy(proof.counterexample.image[None])
            assert int(module(image).argmax()) == proof.counterexample.label and proof.counterexample.exact


@pytest.mark.parametrize(
    ("rectangle", "words"),
    [
        ((1, 0, 0, 1), "s0 <= s1 and t0 <= t1, got"),
        ((0, 1, 0), "four numbers"),
        ((0, math.nan, 0, 1), "nan"),
        ((0, math.inf, 0, 1), "inf"),
    ],
)
def test_what_is_no_rectangle_is_refused_with_its_values(rectangle: tuple[float, ...], words: str):
    with pytest.raises(ValueError, match=words):
        prove_over_plane(mlp([2, 3, 2], 0), brightness_contrast([0.5, 0.25]), rectangle)


def test_bad_input_is_refused_with_its_values():
    network, family = mlp([2, 3, 2], 0), brightness_contrast([0.5, 0.25])
    with pytest.raises(ValueError, match=r"0\.\.1, got 2"):
        prove_over_plane(network, family, WINDOW, label=2)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        prove_over_plane(network, family, WINDOW, max_regions=0)
    with pytest.raises(ValueError, match="got nan"):
        prove_over_plane(network, family, WINDOW, time_limit=math.nan)
    with pytest.raises(ValueError, match=r"1\.5"):
        brightness_contrast([0.5, 1.5])
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        blend([0.5, 0.25], [0.5, 0.25], [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="finite box"):
        shift([0.5], [1.0], [1.0], (0.0, math.inf))
    with pytest.raises(ValueError, match="outside the rectangle"):
        proved_by_bounds(network, family, (2.0, 3.0, 0.0, 1.0))


def test_a_time_limit_is_kept():
    shipped, digit = load_shipped("mnist-cnn-linf-plain"), load_images("mnist-5k").x[7].astype(np.float64)
    started = time.perf_counter()
    proof = prove_over_plane(shipped.network, brightness_contrast(digit), (0.0, 3.0, -1.0, 1.0), time_limit=0.2)
    assert proof.reason == "time" and proof.unseen > 0
    assert proof.seconds <= time.perf_counter() - started
