"""MMR: its distances are those of `geometry.distances`, its sums those of the paper, its gradients true."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from geometry import distances
from models.networks.builders import mlp
from models.objectives import Adversarial, Progress, make_objective
from models.objectives.affine_pieces import pieces_at
from models.objectives.hinge_distances import decision_hinges, near_units, region_hinges
from models.objectives.mmr import KMMR, MMR, MMRAdversarial, MMRDecision
from tests.oracles import affine_pieces
from tests.strategies import Case, batch_norm, networks, norms, points, seeds
from tests.strategies import mlp as random_mlp

END = Progress(1.0, 1.0)
DUAL = {1: math.inf, 2: 2, math.inf: 1}
SEED = torch.Generator()


def uniform(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.rand(*shape, dtype=dtype, generator=torch.Generator().manual_seed(0))


def training(case: Case) -> nn.Sequential:
    return case.network.requires_grad_(True).train()


def labels(n: int, classes: int, seed: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, classes, n))


def classes_of(case: Case) -> int:
    return case.network(torch.zeros(1, *case.input_shape, dtype=torch.float64)).shape[1]


def all_distances(network: nn.Sequential, x: np.ndarray, y: int, p: float) -> tuple[np.ndarray, np.ndarray]:
    """Of one point to all region boundaries, and signed to all decision hyperplanes of class y, by jacobians."""
    V, a = affine_pieces(network.eval(), x)
    rows, heights = np.concatenate(V[:-1]), np.concatenate([W @ x.ravel() + b for W, b in zip(V[:-1], a[:-1])])
    logits = V[-1] @ x.ravel() + a[-1]
    others = np.arange(len(logits)) != y

    def divided(heights: np.ndarray, rows: np.ndarray) -> np.ndarray:
        lengths = np.linalg.norm(rows, ord=DUAL[p], axis=1)
        return np.divide(heights, lengths, out=np.full(len(rows), np.inf), where=lengths > 1e-12)

    return divided(np.abs(heights), rows), divided((logits[y] - logits)[others], (V[-1][y] - V[-1])[others])


@settings(deadline=None, max_examples=40)
@given(st.data(), norms(), st.sampled_from([0.05, 0.5, 100.0]))
def test_mmr_sees_the_distances_that_geometry_computes(data: st.DataObject, p: float, gamma: float) -> None:
    case = data.draw(networks())
    x, y = data.draw(points(case.input_shape, 5)), labels(5, classes_of(case), 0)
    found = distances(case.network, x, p, labels=y)
    pieces = pieces_at(training(case), torch.from_numpy(x))
    regions = region_hinges(pieces, 1, gamma, p).detach()
    decisions = decision_hinges(pieces, y, 1, gamma, p).detach()
    np.testing.assert_allclose(regions, np.maximum(0, 1 - found.d_B / gamma), rtol=1e-7, atol=1e-9)
    real = (found.signed_d_D != 0) & (found.signed_d_D != -np.inf)  # else two classes may lack a hyperplane between
    expected = np.maximum(0, 1 - found.signed_d_D / gamma)
    np.testing.assert_allclose(decisions[real], expected[real], rtol=1e-7, atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.data(), norms(), st.integers(1, 12), st.sampled_from([0.1, 1.0, 100.0]))
def test_kmmr_adds_up_the_k_nearest(data: st.DataObject, p: float, k: int, gamma: float) -> None:
    case = data.draw(networks())
    x, y = data.draw(points(case.input_shape, 3)), labels(3, classes_of(case), 1)
    pieces = pieces_at(case.network, torch.from_numpy(x))
    regions, decisions = region_hinges(pieces, k, gamma, p), decision_hinges(pieces, y, k, gamma, p)
    for i in range(3):
        d_B, d_D = all_distances(case.network, x[i], int(y[i]), p)
        by_hand = [sum(max(0.0, 1 - d / gamma) for d in sorted(found)[:k]) for found in (d_B, d_D)]
        np.testing.assert_allclose([regions[i], decisions[i]], by_hand, rtol=1e-7, atol=1e-9)


def check_gradients(objective: MMR, network: nn.Sequential, x: Tensor, y: Tensor) -> None:
    """Along random directions in the space of weights, by central differences."""

    def loss() -> Tensor:
        return torch.stack(list(objective(network, x, y, END, SEED).values())).sum()

    parameters = list(network.parameters())
    slopes = torch.autograd.grad(loss(), parameters)
    random = torch.Generator().manual_seed(0)
    for _ in range(6):
        directions = [torch.randn(weight.shape, generator=random, dtype=weight.dtype) for weight in parameters]
        expected = sum(float((slope * direction).sum()) for slope, direction in zip(slopes, directions))
        with torch.no_grad():
            moved = []
            for step in (1e-7, -2e-7, 1e-7):
                for weight, direction in zip(parameters, directions):
                    weight += step * direction
                moved.append(float(loss()))
        assert (moved[0] - moved[1]) / 2e-7 == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("p", [1, 2, math.inf])
@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_gradients_of_an_mlp_are_those_of_finite_differences(p: float, slope: float) -> None:
    network = random_mlp((3, 9, 8, 7, 4), seed=3, slope=slope).requires_grad_(True)
    x = uniform(5, 3, dtype=torch.float64)
    check_gradients(KMMR(p=p, gamma_B=0.5, gamma_D=2.0, k_B=(0.5, 0.5)), network, x, labels(5, 4, 0))


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_gradients_of_a_convolutional_network_are_those_of_finite_differences(p: float) -> None:
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Conv2d(1, 3, 3, 2, 1), batch_norm(nn.BatchNorm2d(3)), nn.ReLU()]
    layers += [nn.AvgPool2d(2, 1, 1), nn.Conv2d(3, 4, 3, 1, 1), nn.LeakyReLU(0.1), nn.Flatten()]
    network = nn.Sequential(*layers, nn.Linear(100, 6), nn.ReLU(), nn.Linear(6, 3)).double().eval()
    x = uniform(3, 1, 8, 8, dtype=torch.float64)
    check_gradients(KMMR(p=p, gamma_B=0.3, gamma_D=1.0, k_B=(0.4, 0.4)), network, x, labels(3, 3, 0))


@settings(deadline=None, max_examples=20)
@given(norms(), st.integers(1, 40), st.sampled_from([0.02, 0.2, 5.0]))
def test_the_units_found_near_are_the_nearest_and_no_farther_than_gamma(p: float, k: int, gamma: float) -> None:
    network = random_mlp((4, 20, 15, 10, 2), seed=k)
    x = np.random.default_rng(0).random((5, 4))
    near = near_units(pieces_at(network, torch.from_numpy(x)), k, gamma, p).numpy()
    for point, found in zip(x, near):
        d_B = all_distances(network, point, 0, p)[0]
        assert (found == (d_B < min(gamma, np.append(np.sort(d_B), np.inf)[k]))).all()


class TestSchedules:
    """λ from λ/10 in the first tenth, k_B from 10 % to 2 % of the units."""

    network = mlp((2, 100, 3)).double()
    x = uniform(6, 2, dtype=torch.float64)
    y = labels(6, 3, 0)

    def terms(self, objective: KMMR, epoch: float) -> dict[str, float]:
        terms = objective(self.network, self.x, self.y, Progress(epoch, 100.0), SEED)
        return {name: float(term.detach()) for name, term in terms.items()}

    @pytest.mark.parametrize(("epoch", "share"), [(0, 0.1), (5, 0.55), (10, 1.0), (60, 1.0), (100, 1.0)])
    def test_weight(self, epoch: float, share: float) -> None:
        constant = {"k_B": (0.1, 0.1), "gamma_B": 3.0, "gamma_D": 3.0}
        now, full = self.terms(KMMR(lam=2.0, **constant), epoch), self.terms(KMMR(lam=2.0, ramp=0.0, **constant), epoch)
        assert now["regions"] == pytest.approx(share * full["regions"])
        assert now["decision"] == pytest.approx(share * full["decision"])
        assert now["cross entropy"] == full["cross entropy"]

    @pytest.mark.parametrize(("epoch", "k"), [(0, 10), (50, 6), (100, 2)])
    def test_count(self, epoch: float, k: int) -> None:
        found = self.terms(KMMR(p=2, lam=1.0, ramp=0.0, gamma_B=3.0), epoch)["regions"]
        nearest = [np.sort(all_distances(self.network, x.numpy(), 0, 2)[0])[:k] for x in self.x]
        assert found == pytest.approx(np.maximum(0, 1 - np.array(nearest) / 3).mean())

    def test_the_papers_counts_on_1024_units(self) -> None:
        assert [KMMR().counts(1024, 10, Progress(epoch, 100.0))[0] for epoch in (1, 100)] == [101, 20]

    def test_the_true_class_counts_as_one_that_adds_nothing(self) -> None:
        found = self.terms(KMMR(p=2, lam=1.0, ramp=0.0, gamma_D=3.0), 50)["decision"]
        others = [all_distances(self.network, x.numpy(), int(y), 2)[1] for x, y in zip(self.x, self.y)]
        assert found == pytest.approx(np.maximum(0, 1 - np.array(others) / 3).sum(1).mean() / 3)


def test_mmr_is_kmmr_with_one_of_each() -> None:
    network, x, y = mlp((2, 30, 3)), uniform(8, 2), labels(8, 3, 0)
    single = KMMR(gamma_B=1.0, gamma_D=1.0, k_B=(0.001, 0.001), k_D=1)
    assert MMR(gamma_B=1.0, gamma_D=1.0)(network, x, y, END, SEED) == single(network, x, y, END, SEED)


def test_mmr_dD_is_kmmr_without_the_regions() -> None:
    network, x, y = mlp((2, 30, 3)), uniform(8, 2), labels(8, 3, 0)
    whole, part = KMMR()(network, x, y, END, SEED), MMRDecision()(network, x, y, END, SEED)
    assert part == {name: term for name, term in whole.items() if name != "regions"}


def test_mmr_at_regularizes_the_attacked_half_too() -> None:
    network, x, y = mlp((2, 30, 3)), uniform(8, 2), labels(8, 3, 0)
    moved = Adversarial(eps=0.2).attack(network, x[:4], y[:4], torch.Generator().manual_seed(0))
    points = torch.cat([moved, x[4:]])
    terms = MMRAdversarial(eps=0.2)(network, x, y, END, torch.Generator().manual_seed(0))
    kmmr = KMMR()(network, points, y, END, SEED)
    torch.testing.assert_close(terms["clean"] + terms["adversarial"], kmmr["cross entropy"])
    torch.testing.assert_close(terms["adversarial"], F.cross_entropy(network(moved), y[:4]) / 2)
    assert (terms["regions"], terms["decision"]) == (kmmr["regions"], kmmr["decision"])


@settings(deadline=None, max_examples=40)
@given(st.data(), norms(), seeds, st.sampled_from([torch.float32, torch.float64]))
def test_degenerate_networks_have_finite_losses_and_gradients(
    data: st.DataObject, p: float, seed: int, dtype: torch.dtype
) -> None:
    case = data.draw(networks())
    x, y = torch.from_numpy(data.draw(points(case.input_shape, 4))).to(dtype), labels(4, classes_of(case), seed)
    network = training(case).to(dtype)
    with torch.no_grad():
        for module in network:
            if isinstance(module, (nn.Linear, nn.Conv2d)) and data.draw(st.booleans()):
                if data.draw(st.booleans()):  # all units off, whatever the input
                    module.weight.zero_()
                    module.bias -= 1
                else:  # two units, in the last layer two classes, that are the same
                    module.weight[0], module.bias[0] = module.weight[-1].clone(), module.bias[-1].clone()
    terms = KMMR(p=p, k_B=(0.5, 0.5))(network, x, y, END, SEED)
    torch.stack(list(terms.values())).sum().backward()
    assert all(term.isfinite() for term in terms.values())
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in network.parameters())


def test_a_network_without_hidden_units_has_decision_boundaries_only() -> None:
    network, x, y = nn.Sequential(nn.Linear(2, 3)), uniform(8, 2), labels(8, 3, 0)
    terms = KMMR(gamma_D=5.0)(network, x, y, END, SEED)
    assert terms["regions"].item() == 0 < terms["decision"].item()


def test_batch_norm_trains_on_the_batch_and_regularizes_with_running_statistics() -> None:
    network = nn.Sequential(nn.Linear(2, 20), nn.BatchNorm1d(20), nn.ReLU(), nn.Linear(20, 2)).train()
    x, y = uniform(8, 2), labels(8, 2, 0)
    terms = KMMR(gamma_B=5.0, gamma_D=5.0)(network, x, y, END, SEED)
    torch.stack(list(terms.values())).sum().backward()
    assert network[1].weight.grad is not None and bool((network[1].running_mean != 0).any())
    torch.testing.assert_close(terms["cross entropy"], F.cross_entropy(network.train()(x), y))


@pytest.mark.parametrize("name", ["mmr", "kmmr", "mmr-dD", "mmr-at"])
def test_some_steps_of_training_reduce_the_regularizer(name: str) -> None:
    network, x = mlp((2, 50, 2), seed=1), uniform(32, 2)
    y = (x[:, 0] > 0.5).long()
    objective = make_objective(name, lam=2.0)
    optimizer, seen = torch.optim.Adam(network.parameters(), lr=0.01), []
    for _ in range(60):
        terms = objective(network, x, y, END, torch.Generator().manual_seed(0))
        seen.append(sum(float(term.detach()) for term in terms.values()))
        optimizer.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimizer.step()
    assert seen[-1] < 0.8 * seen[0]


@pytest.mark.parametrize(
    ("name", "options", "named"),
    [
        ("mmr", {"p": 3}, "got 3"),
        ("mmr", {"lam": -1.0}, "got -1"),
        ("mmr", {"lam": math.nan}, "got nan"),
        ("mmr", {"gamma_B": 0.0}, "gamma_B .* got 0"),
        ("mmr", {"gamma_D": math.inf}, "gamma_D .* got inf"),
        ("mmr", {"ramp": 1.5}, "ramp .* got 1.5"),
        ("kmmr", {"k_B": (0.1, 0.0)}, r"\(0.1, 0.0\)"),
        ("kmmr", {"k_B": (2.0, 0.1)}, r"\(2.0, 0.1\)"),
        ("kmmr", {"k_D": 0}, "got 0"),
        ("mmr-dD", {"k_D": 1.5}, "got 1.5"),
        ("mmr-at", {"eps": 0.0}, "got 0"),
    ],
)
def test_options_out_of_range_are_named(name: str, options: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        make_objective(name, **options)
