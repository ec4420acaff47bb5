"""Layers that may act in several orders, or may not be one chain, are not read without a word of the user."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import pytest
import safetensors.torch
import torch
from torch import Tensor

from models.files.bare_weights.stages import as_registered
from models.files.network_files import load_network, readings, settled
from tests.models.samples import torch_bytes

generator = torch.Generator().manual_seed(0)


def linear(name: str, rows: int = 4, columns: int = 4, bias: bool = True) -> dict[str, Tensor]:
    weights = {f"{name}.weight": torch.randn(rows, columns, generator=generator)}
    return weights | ({f"{name}.bias": torch.randn(rows, generator=generator)} if bias else {})


def chain(weights: Mapping[str, Tensor], names: tuple[str, ...], x: Tensor) -> Tensor:
    """Linear layers in this order, a ReLU between each two."""
    for place, name in enumerate(names):
        x = x @ weights[f"{name}.weight"].T + weights.get(f"{name}.bias", torch.zeros(()))
        x = x.relu() if place < len(names) - 1 else x
    return x


def alphabetical(weights: Mapping[str, Tensor]) -> bytes:
    return torch_bytes(dict(sorted(weights.items())))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("write", [alphabetical, lambda weights: safetensors.torch.save(dict(weights))])
def test_an_alphabetical_file_tells_no_order_whatever_wrote_it(
    bias: bool, write: Callable[[Mapping[str, Tensor]], bytes]
) -> None:
    weights = linear("second_half", bias=bias) | linear("first_thing", bias=bias) | linear("middle", bias=bias)
    names = ("second_half", "first_thing", "middle")
    candidates = readings(write(weights))
    assert settled(candidates) is None
    with pytest.raises(ValueError, match="does not tell the order"):
        load_network(write(weights))
    x = torch.randn(7, 4, generator=generator)
    outputs = [candidate.network(x) for candidate in candidates]
    assert any(torch.allclose(output, chain(weights, names, x)) for output in outputs)


def test_weights_before_biases_are_in_the_order_of_a_module() -> None:
    assert as_registered(["b.weight", "b.bias", "a.weight", "a.bias"])
    assert as_registered(["a.weight", "a.bias", "b.weight", "b.bias"])
    assert as_registered(["b.weight", "a.weight"])
    assert not as_registered(["a.bias", "a.weight", "b.bias", "b.weight"])
    assert not as_registered(["a.weight", "b.weight"])


def test_names_that_contradict_the_order_of_the_file_leave_it_open() -> None:
    weights = linear("out") | linear("hidden")
    candidates = readings(torch_bytes(weights))
    assert settled(candidates) is None and "contradict" in candidates[0].why
    x = torch.randn(7, 4, generator=generator)
    assert any(torch.allclose(c.network(x), chain(weights, ("hidden", "out"), x)) for c in candidates)


@pytest.mark.parametrize("write", [torch_bytes, safetensors.torch.save])
def test_numbers_that_count_units_do_not_keep_a_network_from_being_read(write: Callable[..., bytes]) -> None:
    weights = linear("fc16", 16, 4) | linear("fc8", 8, 16) | linear("out", 3, 8)
    candidates = readings(write(weights))
    assert settled(candidates) is None and "numbers in the names" in candidates[0].why
    x = torch.randn(7, 4, generator=generator)
    expected = chain(weights, ("fc16", "fc8", "out"), x)
    torch.testing.assert_close(load_network(write(weights), reading=candidates[0].reading)(x), expected)


@pytest.mark.parametrize(("one", "other"), [("actor", "critic"), ("online", "target")])
def test_two_networks_side_by_side_are_not_read_as_one(one: str, other: str) -> None:
    weights = {k: v for part in (one, other) for name in ("0", "2") for k, v in linear(f"{part}.{name}").items()}
    assert settled(readings(torch_bytes(weights))) is None
    with pytest.raises(ValueError, match=f"{one!r} and {other!r} may be two networks"):
        load_network(torch_bytes(weights))


def test_blocks_and_halves_of_one_network_are_still_read() -> None:
    for parts in (("block1", "block2"), ("encoder", "decoder")):
        weights = {k: v for part in parts for name in ("0", "2") for k, v in linear(f"{part}.{name}").items()}
        x = torch.randn(7, 4, generator=generator)
        names = tuple(f"{part}.{name}" for part in parts for name in ("0", "2"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.testing.assert_close(load_network(torch_bytes(weights))(x), chain(weights, names, x))


@pytest.mark.parametrize("place", ["root", "last"])
def test_a_mean_and_deviation_that_may_be_the_outputs_are_not_taken_for_the_inputs(place: str) -> None:
    scale = {"mean": torch.tensor([0.5]), "std": torch.tensor([2.0])}
    layers = linear("fc1", 5, 4) | linear("fc2", 1, 5)
    weights = scale | layers if place == "root" else layers | {f"rescale.{name}": v for name, v in scale.items()}
    with pytest.raises(ValueError, match="of the inputs or of the outputs"):
        load_network(torch_bytes(weights))
    (candidate,) = readings(torch_bytes(weights))
    assert candidate.normalises


def test_a_normalisation_behind_the_layers_by_its_number_is_refused() -> None:
    weights = linear("0", 5, 4) | linear("2", 4, 5) | {"3.mean": torch.ones(4), "3.std": torch.ones(4)}
    with pytest.raises(ValueError, match="layer 3: a normalisation by mean and std is read before all other layers"):
        load_network(torch_bytes(weights))


@pytest.mark.parametrize("name", ["normalize", "input_norm"])
def test_a_normalisation_named_as_one_is_the_first_layer(name: str) -> None:
    mean, std = torch.tensor([0.5]), torch.tensor([2.0])
    weights = {f"{name}.mean": mean, f"{name}.std": std} | linear("fc1", 5, 4) | linear("fc2", 1, 5)
    x = torch.randn(7, 4, generator=generator)
    for write in (torch_bytes, safetensors.torch.save):
        found = load_network(write(weights))
        torch.testing.assert_close(found(x), chain(weights, ("fc1", "fc2"), (x - mean) / std))
