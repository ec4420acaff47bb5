"""Files nobody vouches for: truncated, damaged, renamed or malicious ones give one sentence and do no harm."""

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

from models.files import load_network
from tests.models.samples import VALID, npz_bytes, torch_bytes


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
        (torch_bytes({"0.weight": torch.ones(3, 2), "2.weight": torch.ones(2, 4)}), r"layer 2: .* does not fit"),
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
