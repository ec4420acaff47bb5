"""Cross-Lipschitz: all pairs of gradients, one by one, say the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.objectives import Progress, make_objective
from tests.oracles import affine_pieces
from tests.strategies import mlp, networks, points

NOW = Progress(0.0, 1.0)


def uniform(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.rand(*shape, dtype=dtype, generator=torch.Generator().manual_seed(0))


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_the_term_is_the_mean_over_all_pairs_of_gradients(data: st.DataObject) -> None:
    case = data.draw(networks())
    x = data.draw(points(case.input_shape, 3))
    objective = make_objective("cross-lipschitz", lam=0.7)
    y = torch.zeros(3, dtype=torch.long)
    found = objective(case.network, torch.from_numpy(x), y, NOW, torch.Generator())["cross-Lipschitz"]
    gradients = [affine_pieces(case.network, point)[0][-1] for point in x]
    pairs = [((V[:, None] - V[None]) ** 2).sum() / len(V) ** 2 for V in gradients]
    assert float(found) == pytest.approx(0.7 * np.mean(pairs), rel=1e-9, abs=1e-12)


def test_gradients_are_those_of_finite_differences() -> None:
    network = mlp((3, 8, 7, 4), seed=0).requires_grad_(True)
    x, y = uniform(5, 3, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0])
    objective, weights = make_objective("cross-lipschitz", lam=1.0), dict(network.named_parameters())

    def term(*values: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            for weight, value in zip(weights.values(), values):
                weight.copy_(value)
        return objective(network, x, y, NOW, torch.Generator())["cross-Lipschitz"]

    start = [weight.detach().clone() for weight in weights.values()]
    slopes = torch.autograd.grad(term(*start), list(weights.values()), allow_unused=True, materialize_grads=True)
    for k, slope in enumerate(slopes):
        direction = torch.randn(start[k].shape, dtype=torch.float64, generator=torch.Generator().manual_seed(k))
        ends = [
            term(*[value + sign * 1e-6 * direction if i == k else value for i, value in enumerate(start)]).item()
            for sign in (1, -1)
        ]
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(float((slope * direction).sum()), rel=1e-4, abs=1e-7)


def test_training_draws_the_gradients_together() -> None:
    network = mlp((2, 20, 3), seed=0).requires_grad_(True)
    x, y = uniform(16, 2, dtype=torch.float64), torch.arange(16) % 3
    objective, optimizer = make_objective("cross-lipschitz", lam=1.0), torch.optim.Adam(network.parameters(), lr=0.01)
    seen = []
    for _ in range(40):
        terms = objective(network, x, y, NOW, torch.Generator())
        seen.append(terms["cross-Lipschitz"].item())
        optimizer.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimizer.step()
    assert seen[-1] < 0.5 * seen[0]


@pytest.mark.parametrize("lam", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_is_none_is_named(lam: float) -> None:
    with pytest.raises(ValueError, match=f"got {lam}"):
        make_objective("cross-lipschitz", lam=lam)
