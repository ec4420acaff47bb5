"""Networks from files of torch.export compute what the exported module does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from geometry import as_network, enumerate_regions
from models.files.network_files import load_network, network_bytes, readings, recognise, save_network
from models.networks.layer_graph import LayerGraph
from models.networks.pytorch_code import as_pytorch_code
from tests.models.files.formats.pt2.archives import as_torch_2_7, as_torch_2_8, saved
from tests.programs import Forward, random_program
from tests.strategies import seeds

SHAPES = [(5,), (3, 4), (2, 5), (4, 4, 5)]


@settings(deadline=None, max_examples=30)
@given(seeds, st.sampled_from(SHAPES), st.integers(1, 7), st.sampled_from([(1, False), (3, False), (2, True)]))
def test_random_programs_compute_what_their_module_does(
    seed: int, shape: tuple[int, ...], steps: int, batch: tuple[int, bool]
) -> None:
    module = random_program(seed, shape, steps).double()
    found = recognise(saved(module, shape, *batch))
    x = torch.from_numpy(np.random.default_rng(seed).normal(size=(20, *shape)))
    again = load_network(network_bytes(found.network), input_shape=found.input_shape)
    with torch.no_grad():
        expected, values = module(x), found.network(x.reshape(20, *found.input_shape))
        scale = 1 + float(expected.abs().max())
        assert float((values - expected).abs().max()) <= 1e-9 * scale
        assert torch.equal(again(x.reshape(20, *found.input_shape)), values)
        converted = as_network(found.network, found.input_shape)
        assert float((converted(x) - expected).abs().max()) <= 1e-9 * scale


@settings(deadline=None, max_examples=10)
@given(seeds, st.integers(2, 6))
def test_exact_regions_have_the_modules_own_affine_maps(seed: int, steps: int) -> None:
    module = random_program(seed, (2,), steps).double()
    network = load_network(saved(module, (2,)))
    window = (-1.0, 1.0, -1.0, 1.0)
    regions = enumerate_regions(network, window)
    points = np.random.default_rng(seed).uniform(-1, 1, (200, 2))
    pieces = regions.pieces[regions.locate(points)]
    values = np.einsum("nkj,nj->nk", pieces, np.column_stack([points, np.ones(200)]))
    with torch.no_grad():
        np.testing.assert_allclose(values, module(torch.from_numpy(points)), rtol=0, atol=1e-9)


class Small(nn.Module):
    """A convolution that is used twice, a residual sum, and a constant that is no parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2)
        self.last, self.shift = nn.Linear(18, 3), torch.randn(3)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.norm(self.conv(x)))
        y = F.max_pool2d(y + torch.relu(self.conv(y)), 2, ceil_mode=True)
        result: Tensor = self.last(y.flatten(1)) + self.shift
        return result


@pytest.mark.parametrize("older", [as_torch_2_7, as_torch_2_8])
def test_files_of_older_versions_give_the_same_network(older: Callable[[bytes], bytes]) -> None:
    data, x = saved(Small(), (2, 5, 6)), torch.randn(7, 2, 5, 6)
    first, second = load_network(data), load_network(older(data))
    with torch.no_grad():
        assert torch.equal(first(x), second(x))


def test_a_file_is_saved_as_safetensors_and_as_code(tmp_path: Path) -> None:
    module, x = Small(), torch.randn(7, 2, 5, 6)
    (tmp_path / "small.pt2").write_bytes(saved(module, (2, 5, 6)))
    network = load_network(tmp_path / "small.pt2")
    save_network(network, tmp_path / "small.safetensors")
    code = as_pytorch_code(network, "small.safetensors")
    built = {"load_file": lambda name: network.state_dict()}
    exec(code.replace("from safetensors.torch import load_file", ""), built)
    with torch.no_grad():
        torch.testing.assert_close(network(x), module(x))
        assert torch.equal(load_network(tmp_path / "small.safetensors")(x), network(x))
        assert torch.equal(built["network"](x), network(x))  # type: ignore[operator]
    assert {weight.dtype for weight in network.parameters()} == {torch.float32}


def test_a_chain_is_a_chain_and_is_listed() -> None:
    chain = nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(0.1), nn.Linear(8, 2))
    (candidate,) = readings(saved(chain, (4,)))
    assert [layer.kind for layer in candidate.layers] == ["Linear", "LeakyReLU", "Linear"]
    assert candidate.format == "torch.export" and candidate.determined
    assert not any(isinstance(layer, LayerGraph) for layer in load_network(saved(chain, (4,))))


@pytest.mark.parametrize("core", [False, True])
def test_operators_divided_into_cores_are_read(core: bool) -> None:
    module = nn.Sequential(
        nn.ReflectionPad2d((1, 0, 0, 1)), nn.Conv2d(2, 4, 3, stride=2), nn.BatchNorm2d(4), nn.ReLU6(), nn.AvgPool2d(2),
        nn.LeakyReLU(0.2), nn.ReplicationPad2d((0, 1, 1, 0)), nn.Flatten(), nn.Dropout(), nn.Linear(36, 6), nn.PReLU(6),
        nn.Hardtanh(), nn.Linear(6, 3), nn.Hardsigmoid(), nn.Threshold(0, 0),
    ).double()  # fmt: skip
    x = torch.randn(9, 2, 9, 9, dtype=torch.float64)
    with torch.no_grad():
        found = load_network(saved(module, (2, 9, 9), core=core))(x)
        torch.testing.assert_close(found, module(x), rtol=0, atol=1e-12)


def written(x: Tensor) -> Tensor:
    y = x * 2
    y.add_(1)
    F.relu(y, inplace=True)
    z = y.view(-1, 2, 2).flatten(1)
    z.mul_(0.5)
    return z


def test_writes_in_place_are_followed() -> None:
    x = torch.randn(9, 4)
    torch.testing.assert_close(load_network(saved(Forward(written), (4,)))(x), written(x))


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "sigmoid"])
def test_an_ending_is_left_off_with_a_note(name: str) -> None:
    linear = nn.Linear(4, 3)

    class Ended(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = linear

        def forward(self, x: Tensor) -> Tensor:
            z = self.linear(x)
            return torch.sigmoid(z) if name == "sigmoid" else getattr(torch, name)(z, dim=1)

    found, x = recognise(saved(Ended(), (4,))), torch.randn(9, 4)
    torch.testing.assert_close(found.network(x), linear(x))
    assert "left off" in found.notes[0] and f"aten.{name}" in found.notes[0]


def test_of_several_outputs_one_is_read_with_a_note() -> None:
    def of(x: Tensor) -> tuple[Tensor, Tensor]:
        return torch.tanh(x), torch.relu(x)

    found = recognise(saved(Forward(of), (4,)))  # type: ignore[arg-type]
    assert found.notes[0] == "The file has 2 outputs; 'relu' is read, and 'tanh' left out."


def test_a_batch_of_fixed_size_is_read_for_one_input_with_a_note() -> None:
    found, x = recognise(saved(Small(), (2, 5, 6), batch=4)), torch.randn(3, 2, 5, 6)
    assert found.network(x).shape == (3, 3)
    assert any("a batch of 4 inputs" in note for note in found.notes)


class Guarded(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.cond(x.sum() > 0, torch.relu, torch.abs, (x,))  # type: ignore[no-any-return]


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.attention(x, x, x, need_weights=False)[0]
        return result


def aliased(x: Tensor) -> Tensor:
    y = x * 1
    y[:, :2].relu_()
    return y


@pytest.mark.parametrize(
    ("module", "shape", "says"),
    [
        (nn.Sequential(nn.Sigmoid(), nn.Linear(4, 2)), (4,), r"linear of layer 1\).* follows a Sigmoid"),
        (nn.Sequential(nn.Linear(4, 4), nn.Tanh()), (4,), r"aten.tanh of layer 1\) .*: it is not piecewise linear"),
        (nn.Sequential(nn.GELU(), nn.Linear(4, 2)), (4,), r"aten.gelu of layer 0\) .*not piecewise linear"),
        (nn.Sequential(nn.LayerNorm(4), nn.ReLU()), (4,), r"aten.layer_norm of layer 0\) .*BatchNorm in eval mode is"),
        (Forward(lambda x: x * torch.relu(x)), (4,), r"aten.mul\) .*of two results"),
        (Forward(lambda x: x.relu() @ x.mT), (4, 4), r"aten.matmul\) .*the activations and one constant"),
        (Forward(lambda x: (x > 0).float()), (4,), r"aten.gt\) .*: it is not continuous"),
        (Forward(lambda x: x.cumsum(1)), (4,), r"aten.cumsum\) is not supported; supported are abs, "),
        (Forward(lambda x: x.softmax(1) + 1), (4,), r"aten.add\) .*follows a Softmax"),
        (Forward(lambda x: x - x.mean(0)), (4,), r"aten.mean\) .*inputs of a batch"),
        (Forward(lambda x: torch.cat([x, x], 0)), (4,), r"aten.cat\) .*inputs of a batch"),
        (Forward(aliased), (4,), r"aten.relu_\) .*another view of it reads"),
        (Guarded(), (4,), "control flow that depends on the input's values"),
        (Attention(), (3, 4), r"of layer attention\) .*attention multiplies activations"),
    ],
)
def test_what_stops_a_program_is_named_with_its_layer(module: nn.Module, shape: tuple[int, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        load_network(saved(module, shape, batch=2, dynamic=True))


MATRIX = torch.linspace(-1, 2, 12).reshape(3, 4)


@pytest.mark.parametrize(
    "of",
    [
        lambda x: torch.einsum("bi,ji->bj", x, MATRIX),
        lambda x: F.softshrink(x, 0.2) - F.softshrink(x),
    ],
)
def test_products_by_letters_and_softshrink_compute_what_their_module_does(of: Callable[[Tensor], Tensor]) -> None:
    module, x = Forward(of), torch.randn(50, 4)
    found = recognise(saved(module, (4,)))
    torch.testing.assert_close(found.network(x), module(x))


@pytest.mark.parametrize("short", [torch.float16, torch.bfloat16])
def test_rounding_to_16_bits_is_left_off_with_a_note(short: torch.dtype) -> None:
    found = recognise(saved(Forward(lambda x: (x.to(short).float() @ MATRIX.T).relu()), (4,)))
    assert any("rounds numbers to 16 bits" in note for note in found.notes)
