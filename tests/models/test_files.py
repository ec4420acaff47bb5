"""Networks survive the way to a file and back, and bad files are refused in one sentence."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from geometry.network import Normalize, UnsupportedLayerError
from models.architecture import describe, input_shape_of
from models.cards import Card, read_card
from models.engine import error_rate
from models.files import load_network, network_bytes, save_network
from models.mnist import load_images, read_idx
from models.networks import mlp
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
    "leaky": (mlp((2, 7, 2), slope=0.2), (2,)),
    "float64": (mlp((2, 7, 2)).double(), (2,)),
    "linear": (mlp((2, 2)), (2,)),
    "convolutional": (convolutional(), (192,)),
}


def outputs(network: nn.Module, shape: tuple[int, ...]) -> torch.Tensor:
    x = torch.rand(6, *shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return network.eval()(x.to(next(network.parameters()).dtype))


def torch_bytes(stored: object, legacy: bool = False) -> bytes:
    stream = io.BytesIO()
    torch.save(stored, stream, _use_new_zipfile_serialization=not legacy)
    return stream.getvalue()


def npz_bytes(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def matrices() -> bytes:
    first, _, last = mlp((2, 5, 3))
    arrays = {"W1": first.weight, "b1": first.bias, "W2": last.weight, "b2": last.bias}
    return npz_bytes(**{name: tensor.detach().numpy() for name, tensor in arrays.items()})


VALID = {
    "native": network_bytes(mlp((2, 5, 3))),
    "state_dict": torch_bytes(mlp((2, 5, 3)).state_dict()),
    "legacy state_dict": torch_bytes(mlp((2, 5, 3)).state_dict(), legacy=True),
    "safetensors of others": safetensors.torch.save(mlp((2, 5, 3)).state_dict()),
    "matrices": matrices(),
}


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
    assert torch.equal(outputs(load_network(VALID[name]), (2,)), outputs(mlp((2, 5, 3)), (2,)))


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


@pytest.mark.parametrize("layer", [nn.Sigmoid(), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3, padding_mode="circular")])
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


def test_kws_checkpoints_hold_a_list_of_networks() -> None:
    state = mlp((2, 5, 3)).state_dict()
    found = load_network(torch_bytes({"state_dict": [state], "err": 0.1, "epoch": 3}))
    assert torch.equal(outputs(found, (2,)), outputs(mlp((2, 5, 3)), (2,)))
    with pytest.raises(ValueError, match="cascade of 2"):
        load_network(torch_bytes({"state_dict": [state, state]}))


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


# Files nobody vouches for


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
@example(b"")
@example(b"PK\x03\x04")
@example(b"\xff" * 8 + b"{}")
@example((2).to_bytes(8, "little") + b"{}")
@example((10**6).to_bytes(8, "little") + b"{" + b'"a":[' * 10**5)
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        load_network(data)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(VALID)), st.floats(0, 1, exclude_max=True))
def test_cut_off_files_are_refused(name: str, share: float) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        load_network(VALID[name][: int(share * len(VALID[name]))])


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(sorted(VALID)), st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255))))
def test_damaged_files_give_a_network_or_a_value_error(name: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(VALID[name])
    for share, value in changes:
        data[int(share * len(data))] = value
    try:
        found = load_network(bytes(data))
    except ValueError:
        return
    assert all(bool(torch.isfinite(parameter).all()) for parameter in found.parameters())


class Malicious:
    """Unpickling it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (str(self.path),)


@pytest.mark.parametrize("legacy", [True, False])
def test_nothing_is_executed(legacy: bool, tmp_path: Path) -> None:
    for stored in (Malicious(tmp_path / "harm"), {"0.weight": Malicious(tmp_path / "harm")}):
        with pytest.raises(ValueError, match="damaged or holds more than weights"):
            load_network(torch_bytes(stored, legacy))
    with pytest.raises(ValueError, match="no file of a trained network"):
        load_network(pickle.dumps(Malicious(tmp_path / "harm")))
    with pytest.raises(ValueError, match="real numbers"):
        load_network(npz_bytes(W1=np.array([Malicious(tmp_path / "harm")], dtype=object)))
    assert not (tmp_path / "harm").exists()


def native(layers: object, weights: dict[str, torch.Tensor] | None = None, version: object = 1) -> bytes:
    stored = {"reluscope": json.dumps({"version": version, "layers": layers})}
    return safetensors.torch.save(weights or {"0.weight": torch.ones(2, 2)}, stored)


LINEAR = {"layer": "Linear", "in_features": 2, "out_features": 2, "bias": False}


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (native([LINEAR], version=99), "version is 99"),
        (native("Linear"), "list of"),
        (native([]), "list of"),
        (native([LINEAR] * 1000), "400 layers"),
        (native([{"layer": "os.system"}]), "not supported"),
        (native([{**LINEAR, "device": "cuda"}]), "has fields"),
        (native([{**LINEAR, "in_features": 10**12}]), "in_features = 1000000000000"),
        (native([{**LINEAR, "in_features": True}]), "in_features = True"),
        (native([{**LINEAR, "in_features": 10**6, "out_features": 10**6}]), "shape"),
        (native([{**LINEAR, "bias": True}]), "'0.bias'"),
        (native([LINEAR], {"0.weight": torch.ones(2, 2), "1.weight": torch.ones(1)}), "'1.weight'"),
        (native([LINEAR], {"0.weight": torch.ones(2, 3)}), r"\(2, 3\)"),
        (native([LINEAR], {"0.weight": torch.ones(2, 2, dtype=torch.int64)}), "int64"),
        (native([LINEAR], {"0.weight": torch.full((2, 2), torch.nan)}), "NaN"),
        (native([LINEAR, {"layer": "LeakyReLU", "negative_slope": 2.0}]), "negative_slope = 2.0"),
        (native([LINEAR, {"layer": "Unflatten", "unflattened_size": [3, 1]}]), "no input shape"),
        (torch_bytes([1, 2]), "cascade|not a state_dict"),
        (torch_bytes({"0.weight": "text"}), "is a str"),
        (torch_bytes({"lstm.weight_ih_l0": torch.ones(2, 2)}), "belongs to no layer"),
        (torch_bytes({"0.weight": torch.ones(2, 2, 2)}), "neither Linear"),
        (torch_bytes({"0.weight": torch.ones(1).expand(10**6, 10**6)}), "more numbers than are stored"),
        (torch_bytes({}), "not a state_dict"),
        (torch_bytes({"0.weight": torch.ones(3, 2), "2.weight": torch.ones(2, 4)}), "no input shape"),
        (npz_bytes(first=np.ones((2, 2))), "neither W nor b"),
        (npz_bytes(b1=np.ones(2)), "no matrix W1"),
    ],
)
def test_files_that_hold_no_network_say_so(data: bytes, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load_network(data)


def test_a_zip_that_unpacks_to_too_much_is_not_unpacked() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("W1.npy", "w") as member:
        for _ in range(300):
            member.write(bytes(10**6))
    with pytest.raises(ValueError, match="300,000,000 bytes"):
        load_network(stream.getvalue())


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.safetensors"
    with path.open("wb") as stream:
        stream.truncate(10**10)  # a hole: takes no room
    with pytest.raises(ValueError, match="10,000,000,000 bytes"):
        load_network(path)


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
