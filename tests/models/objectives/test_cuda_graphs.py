"""A recording gives what the function gives, with the weights of now; without a GPU the function itself runs."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from models.networks.builders import mlp
from models.objectives.adversarial import Adversarial
from models.objectives.cuda_graphs import replayed

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@pytest.fixture(params=DEVICES)
def network(request: pytest.FixtureRequest) -> nn.Sequential:
    return mlp((3, 16, 2), seed=1).to(request.param)


def test_it_gives_what_the_function_gives_also_when_weights_and_inputs_have_changed(network: nn.Sequential) -> None:
    device = next(network.parameters()).device

    def slope(x: Tensor) -> Tensor:
        leaf = x.detach().requires_grad_()
        return torch.autograd.grad(network(leaf).square().sum(), leaf)[0]

    for seed in range(3):
        x = torch.randn(5, 3, generator=torch.Generator().manual_seed(seed)).to(device)
        torch.testing.assert_close(replayed(network, "slope", slope, x), slope(x))
        with torch.no_grad():
            network[0].weight.mul_(1.5)


def test_batches_of_other_sizes_and_other_settings_do_not_mix(network: nn.Sequential) -> None:
    device = next(network.parameters()).device
    for factor in (1.0, 2.0):
        for size in (4, 2):
            x = torch.ones(size, 3, device=device)
            found = replayed(network, factor, lambda x, factor=factor: factor * x, x)
            torch.testing.assert_close(found, factor * x)


def test_an_attack_on_a_gpu_finds_what_it_finds_on_the_cpu(network: nn.Sequential) -> None:
    device = next(network.parameters()).device
    attack, network = Adversarial(eps=0.3, steps=7), network.double()
    x, y = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64), torch.arange(6) % 2
    there = attack.attack(network, x.to(device), y.to(device), torch.Generator().manual_seed(2))
    here = attack.attack(network.cpu(), x, y, torch.Generator().manual_seed(2))
    torch.testing.assert_close(there.cpu(), here)
