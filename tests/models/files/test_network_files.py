"""Networks survive the way to a file and back, and bad files are refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from geometry.network.network import Normalize, UnsupportedLayerError
from models.data.images import load_images
from models.data.images.formats.idx import read_idx
from models.files.cards import Card, read_card
from models.files.network_files import load_network, network_bytes, save_network
from models.networks.architecture import describe
from models.networks.builders import mlp
from models.networks.error_rate import error_rate
from models.networks.input_shapes import input_shape_of
from tests.models.samples import SMALL, VALID, npz_bytes, torch_bytes
from tests.reference import MNIST, REFERENCE


def convolutional() -> nn.Sequential:
    network = nn.Sequential(
        nn.Unflatten(1, (3, 8, 8)),
        Normalize([0.1, 0.2, 0.3], [0.5, 0.6, 0.7]),
        nn.Conv2d(3, 4, 3, padding=1, stride=2, bias=False),
        nn.BatchNorm2d(4),
        nn.LeakyReLU(0.1),
        nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(4, 4, (1, 2), padding="same", groups=2), nn.ReLU()),
        nn.Dropout(0.3),
        nn.Flatten(),
        nn.Linear(16, 5),
        nn.BatchNorm1d(5, affine=False),
        nn.ReLU(),
        nn.Identity(),
        nn.Linear(5, 3),
    )
    network.train()
    network(torch.rand(20, 192))  # BatchNorm has seen something
    return network.eval()


NETWORKS = {
    "mlp": (mlp((2, 7, 3, 2)), (2,)),
    "leaky": (mlp((2, 7, 2), 0.2), (2,)),
    "abs": (mlp((2, 7, 5, 2), "abs"), (2,)),
    "clip": (mlp((2, 7, 5, 2), "clip"), (2,)),
    "float64": (mlp((2, 7, 2)).double(), (2,)),
    "linear": (mlp((2, 2)), (2,)),
    "convolutional": (convolutional(), (192,)),
    "other units": (
        nn.Sequential(
            nn.Conv2d(1, 2, 3),
            nn.PReLU(2),
            nn.MaxPool2d((2, 1), 1, (1, 0)),
            nn.ReLU6(),
            nn.Flatten(),
            nn.Linear(40, 9),
            nn.Hardtanh(-0.5, 0.25),
            nn.Linear(9, 9),
            nn.Hardsigmoid(),
            nn.PReLU(),
            nn.Linear(9, 3),
        ).eval(),
        (1, 6, 6),
    ),
}


def outputs(network: nn.Module, shape: tuple[int, ...]) -> torch.Tensor:
    x = torch.rand(6, *shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return network.eval()(x.to(next(network.parameters()).dtype))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_saved_network_comes_back_the_same(name: str, tmp_path: Path) -> None:
    network, shape = NETWORKS[name]
    save_network(network, tmp_path / "a.safetensors")
    found = load_network(tmp_path / "a.safetensors")
    assert torch.equal(outputs(found, shape), outputs(network, shape))
    assert not found.training
    assert input_shape_of(found) == shape
    assert describe(found) == describe(network)
    assert network_bytes(found) == network_bytes(network)


@pytest.mark.parametrize("name", VALID)
def test_every_kind_of_file_holds_the_same_network(name: str) -> None:
    found = load_network(VALID[name])
    assert torch.equal(outputs(found, (2,)), outputs(SMALL, (2,)))
    assert input_shape_of(found) == (2,)


def test_a_loaded_network_can_be_trained_on() -> None:
    found = load_network(VALID["native"])
    found(torch.ones(1, 2)).sum().backward()
    assert all(parameter.grad is not None for parameter in found.parameters())


def test_the_card_lies_beside_the_network(tmp_path: Path) -> None:
    card = Card("t", "c", {"name": "moons"}, (2, 7, 3, 2), 50, {"seed": 0}, 0.25)
    save_network(mlp((2, 7, 3, 2)), tmp_path / "a.safetensors", card)
    assert read_card(tmp_path / "a.json") == card
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.safetensors"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.safetensors"
    save_network(mlp((2, 3, 2)), path)
    before = path.read_bytes()

    def full_disk(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space"):
        save_network(mlp((2, 4, 2)), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "layer", [nn.Sigmoid(), nn.MaxPool2d(2, ceil_mode=True), nn.Conv2d(1, 1, 3, padding_mode="circular")]
)
def test_what_cannot_be_described_is_not_saved(layer: nn.Module, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedLayerError, match="layer 0"):
        save_network(nn.Sequential(layer), tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


# What files do not say


def kw_like() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 4, 4, 2, 1), nn.ReLU(), nn.Conv2d(4, 6, 4, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(294, 9),
        nn.ReLU(), nn.Linear(9, 10),
    ).eval()  # fmt: skip


def test_four_by_four_kernels_have_stride_2_and_padding_1() -> None:
    found = load_network(torch_bytes(kw_like().state_dict()))
    assert describe(found) == describe(kw_like())
    assert input_shape_of(found) == (1, 28, 28)


def test_stride_and_padding_can_be_given() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 4, 1, 0), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 25 * 25, 3))
    stored = torch_bytes(network.state_dict())
    found = load_network(stored, stride=1, padding=(0,), input_shape=(1, 28, 28))
    assert torch.equal(outputs(found, (1, 28, 28)), outputs(network, (1, 28, 28)))
    with pytest.raises(ValueError, match="2 values for 1 convolution"):
        load_network(stored, stride=(1, 1))
    with pytest.raises(ValueError, match="no input shape"):
        load_network(stored, stride=60)


@pytest.mark.parametrize("norm_first", [True, False])
def test_batch_norm_stands_where_the_numbers_leave_room(norm_first: bool) -> None:
    middle = [nn.BatchNorm1d(6), nn.ReLU()] if norm_first else [nn.ReLU(), nn.BatchNorm1d(6)]
    network = nn.Sequential(nn.Linear(2, 6), *middle, nn.Linear(6, 2))
    network(torch.rand(9, 2))
    found = load_network(torch_bytes(network.state_dict()))
    assert torch.equal(outputs(found, (2,)), outputs(network, (2,)))


def test_matrices_may_be_transposed() -> None:
    first, _, last = mlp((2, 5, 3))
    stored = npz_bytes(
        W1=first.weight.detach().numpy().T, b1=first.bias.detach().numpy(),
        W2=last.weight.detach().numpy().T, b2=last.bias.detach().numpy()[None],
    )  # fmt: skip
    assert torch.equal(outputs(load_network(stored), (2,)), outputs(mlp((2, 5, 3)), (2,)))


def test_an_input_shape_puts_a_flatten_in_front() -> None:
    network = mlp((12, 5, 3))
    found = load_network(network_bytes(network), input_shape=(3, 2, 2))
    x = torch.rand(4, 3, 2, 2)
    assert torch.equal(found(x), network(x.flatten(1)))
    with pytest.raises(ValueError, match=r"layer 1.*does not fit"):
        load_network(network_bytes(network), input_shape=(3, 2, 3))


def test_normalisation_is_put_in_front() -> None:
    x = torch.rand(4, 1, 28, 28)
    found = load_network(torch_bytes(kw_like().state_dict()), normalize=([0.1307], [0.3081]))
    plain = load_network(torch_bytes(kw_like().state_dict()))
    assert found(x).shape == plain(x).shape
    stored = network_bytes(convolutional()[1:])
    mean, std = [0.5, 0.5, 0.4], [0.2, 0.3, 0.4]
    shaped = torch.rand(2, 3, 8, 8)
    by_hand = (shaped - torch.tensor(mean).reshape(3, 1, 1)) / torch.tensor(std).reshape(3, 1, 1)
    found = load_network(stored, normalize=(mean, std))
    torch.testing.assert_close(found(shaped), load_network(stored)(by_hand))
    with pytest.raises(ValueError, match="std > 0"):
        load_network(stored, normalize=([0.5], [0.0]))


def test_a_file_by_another_name_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "really-a-state-dict.npz"
    path.write_bytes(VALID["state_dict"])
    assert torch.equal(outputs(load_network(path), (2,)), outputs(mlp((2, 5, 3)), (2,)))


if REFERENCE.is_dir() and MNIST.is_dir():

    @pytest.mark.parametrize(
        ("name", "percent"), [("kw-mnist-cnn-linf-0.1.pth", 1.80), ("rsl18a-mnist-fc500.npz", 4.18)]
    )
    def test_published_networks_err_as_published(name: str, percent: float) -> None:
        images = load_images(folder=MNIST)
        assert 100 * error_rate(load_network(REFERENCE / name), images.x, images.y) == pytest.approx(percent)

    @pytest.mark.parametrize("stem", ["kw-mnist-cnn", "rsl18a-mnist-fc500"])
    def test_published_networks_have_the_reference_logits(stem: str) -> None:
        (path,) = (path for path in REFERENCE.glob(f"{stem}*") if path.suffix != ".json")
        points = json.loads((REFERENCE / f"{stem}.json").read_text())["points"]
        x = read_idx(MNIST / "t10k-images-idx3-ubyte.gz")[:, None] / 255
        chosen = torch.tensor(x[[point["index"] for point in points]])
        with torch.no_grad():
            logits = load_network(path).double()(chosen)
        np.testing.assert_allclose(logits, [point["logits"] for point in points], atol=1e-9)
