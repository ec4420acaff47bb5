"""Checkpoints as people have them are read; what cannot be is refused with what would work."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune, spectral_norm, weight_norm

from models.files.network_files import load_network, recognise
from models.networks.builders import mlp
from tests.models.samples import SMALL, torch_bytes

STATE = SMALL.state_dict()
OTHER = mlp((2, 5, 3), seed=1).state_dict()
ADAM = torch.optim.Adam(mlp((2, 5, 3)).parameters()).state_dict()


def prefixed(prefix: str) -> dict[str, torch.Tensor]:
    return {f"{prefix}{name}": tensor for name, tensor in STATE.items()}


def nested() -> dict[str, dict[str, torch.Tensor]]:
    return {layer: {"weight": STATE[f"{layer}.weight"], "bias": STATE[f"{layer}.bias"]} for layer in ("0", "2")}


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    "checkpoint",
    [
        {"epoch": 3, "state_dict": STATE},
        {"epoch": 3, "model_state_dict": STATE, "optimizer_state_dict": ADAM, "loss": 0.2},
        {"model": STATE, "epoch": 3, "optimizer": ADAM, "args": argparse.Namespace(lr=1e-3)},
        {"net": STATE, "acc": np.float64(91.5), "epoch": torch.tensor(3)},
        {"anything": {"params": STATE}, "losses": [1.0, 0.5]},
        {"model": STATE, "ema": dict(STATE)},
        {"state_dict": prefixed("module."), "best_acc1": torch.tensor(91.5)},
        prefixed("_orig_mod.module."),
        {"n_averaged": torch.tensor(5), **prefixed("module.")},
        {**STATE, "epoch": 3, "best_acc": 0.9},
        nested(),
        {name: tensor.numpy() for name, tensor in STATE.items()},
    ],
)
def test_the_state_dict_in_a_checkpoint_is_found(checkpoint: Mapping[str, Any], old: bool) -> None:
    found = load_network(torch_bytes(checkpoint, old))
    x = torch.rand(5, 2)
    assert torch.equal(found(x), SMALL(x))


@pytest.mark.parametrize(
    ("stored", "named"),
    [
        (
            {"generator": STATE, "discriminator": OTHER},
            r"'generator', 'discriminator'.*torch.load\(file\)\['generator'",
        ),
        (SMALL, "whole module.*Sequential.*torch.onnx.export"),
        ({"model": SMALL, "epoch": 3}, "'model' is a torch.nn.*state_dict"),
        ({"epoch": 3, "optimizer": ADAM}, "'epoch', 'optimizer', not a state_dict"),
        ({"0.weight": torch.ones(2, 3), "2.weight": [1, 2]}, "is a list"),
        ({"0.weight": torch.ones(2, 3), "0.slope": 0.1}, "'0.slope' .* is a float"),
    ],
)
def test_what_cannot_be_read_is_named(stored: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load_network(torch_bytes(stored))


@pytest.mark.parametrize(
    ("weights", "named"),
    [
        (nn.LSTM(2, 3).state_dict(), "recurrent"),
        (nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3)).state_dict(), "LayerNorm"),
        (nn.Sequential(nn.ConvTranspose2d(2, 3, 3)).state_dict(), "ConvTranspose2d"),
        (nn.Sequential(nn.Conv1d(2, 3, 3)).state_dict(), "Conv1d"),
        ({"embedding.weight": torch.ones(9, 3)}, "Embedding"),
        ({"fc.weight": torch.ones(784, 10), "fc.bias": torch.ones(10)}, "inputs first.*transposed"),
        ({"dense.kernel": torch.ones(784, 10)}, "Keras"),
        ({"conv1.weight": torch.ones(3, 3, 1, 1), "downsample.0.weight": torch.ones(3, 3, 1, 1)}, "residual"),
        ({"layer1.0.conv1.weight": torch.ones(3, 3, 3, 3), "fc.weight": torch.ones(2, 3)}, "residual"),
        ({"0.weight": torch.ones(2, 3), "0.bias": torch.ones(5)}, "do not fit each other"),
        ({"0.weight": torch.ones(8, 3, 3, 3), "1.weight": torch.ones(8, 1, 3, 3)}, "groups"),
        ({"0.weight": torch.ones(2, 2, dtype=torch.int64)}, "int64"),
    ],
)
def test_layers_that_are_not_read_are_named(weights: Mapping[str, torch.Tensor], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load_network(torch_bytes(dict(weights)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "change", [weight_norm, spectral_norm, parametrizations.weight_norm, parametrizations.spectral_norm,
               lambda layer: prune.random_unstructured(layer, "weight", 0.4)]
)  # fmt: skip
def test_weights_that_are_stored_in_parts_are_put_together(change: Any) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(change(nn.Linear(3, 5)), nn.ReLU(), change(nn.Linear(5, 2)))
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(4, 3))
    x = torch.rand(6, 3)
    torch.testing.assert_close(load_network(torch_bytes(network.state_dict()))(x), network.eval()(x))


def test_another_parametrisation_is_refused() -> None:
    layer = nn.Linear(3, 3)
    parametrize.register_parametrization(layer, "weight", nn.Softplus())
    with pytest.raises(ValueError, match="remove_parametrizations"):
        load_network(torch_bytes(nn.Sequential(layer).state_dict()))


def test_a_normalisation_in_the_state_dict_stands_in_front() -> None:
    state = {"normalize.mean": torch.full((1, 1, 1, 1), 0.5), "normalize.std": torch.full((1, 1, 1, 1), 0.25)}
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 5), nn.ReLU(), nn.Linear(5, 3))
    named = {f"body.{name}": tensor for name, tensor in network.state_dict().items()}
    found = recognise(torch_bytes({**state, **named}))
    x = torch.rand(4, 1, 28, 28)
    assert found.normalises
    torch.testing.assert_close(found.network(x), network((x - 0.5) / 0.25))


@pytest.mark.parametrize("key", ["champion", "example_net", "sampled", "optimal_model", "upgraded", "argsort_net"])
def test_a_second_network_is_seen_whatever_words_its_key_contains(key: str) -> None:
    first, second = mlp((2, 5, 3)), mlp((2, 5, 3), seed=1)
    with pytest.raises(ValueError, match=f"holds 2 networks, 'model', '{key}'"):
        load_network(torch_bytes({"model": first.state_dict(), key: second.state_dict()}))


@pytest.mark.parametrize("key", ["modelOptimizer", "optimizer_1", "amp_state", "lrScheduler", "trainConfig", "rng"])
def test_what_stands_beside_a_network_is_no_second_one(key: str) -> None:
    network = mlp((2, 5, 3))
    beside = {"state": {"0": {"exp_avg": torch.ones(5, 2)}}, "weight": torch.ones(2, 2)}
    found = load_network(torch_bytes({"model": network.state_dict(), key: beside}))
    x = torch.rand(4, 2)
    assert torch.equal(found(x), network(x))


def test_the_first_of_several_networks_is_not_taken_silently() -> None:
    stored = torch_bytes([mlp((2, 5, 3)).state_dict(), mlp((2, 4, 3)).state_dict()])
    with pytest.warns(UserWarning, match="holds 2 networks; the first is read"):
        load_network(stored)
