"""Files nobody vouches for: truncated, damaged, renamed or malicious ones give one sentence and do no harm."""

from __future__ import annotations

import io
import json
import pickle
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.data.images import read_images
from models.data.points import read_points
from models.files.network_files import load_network
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
        with pytest.raises(ValueError, match=r"holds more than weights|not a weight"):
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
        (torch_bytes({"lstm.weight_ih_l0": torch.ones(2, 2)}), "recurrent layer"),
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


def test_a_zip_whose_directory_lies_is_not_unpacked_further_than_it_says() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("W1.npy", "w") as member:
        for _ in range(200):
            member.write(bytes(10**6))
    data = bytearray(stream.getvalue())
    directory = data.rfind(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = (1000).to_bytes(4, "little")
    for read in (load_network, read_images, lambda data: read_points(data, "points.npz")):
        tracemalloc.start()
        with pytest.raises(ValueError, match=r"W1\.npy"):
            read(bytes(data))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20e6  # 200 MB if it were unpacked whole


def npy(header: str) -> bytes:
    text = header.ljust(117).encode() + b"\n"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(64))
    return stream.getvalue()


@pytest.mark.parametrize(
    "header",
    ["{'descr': '<f8', 'fortran_order': False, 'shape': (2, 4), ]]'", "{'descr': '|u1', 'shape': (2, 4, ", "("],
)
def test_a_damaged_header_of_an_array_is_a_value_error(header: str) -> None:
    for read in (load_network, read_images, lambda data: read_points(data, "points.npz")):
        with pytest.raises(ValueError, match="damaged"):
            read(npy(header))


def test_weights_of_eight_bits_are_refused() -> None:
    header = json.dumps({"0.weight": {"dtype": "F8_E4M3", "shape": [2, 2], "data_offsets": [0, 4]}}).encode()
    with pytest.raises(ValueError, match="float8"):
        load_network(len(header).to_bytes(8, "little") + header + bytes(4))


def test_sizes_that_are_no_list_of_sizes_are_damage() -> None:
    reduce = b"ctorch._utils\n_rebuild_tensor_v2\n"
    claim = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"
    for size in (b"\x88", b"K\x02", b"N"):  # True, 2, None
        pickled = (
            b"\x80\x02}X\x08\x00\x00\x000.weight" + reduce + b"(" + claim + b"K\x00" + size + b"K\x01\x85\x89}tRs."
        )
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("a/data.pkl", pickled)
            archive.writestr("a/data/0", bytes(16))
        with pytest.raises(ValueError, match="damaged"):
            load_network(stream.getvalue())


def test_names_in_an_onnx_file_that_are_no_text_are_damage() -> None:
    with pytest.raises(ValueError, match="damaged"):
        load_network(VALID["ONNX"].replace(b"Relu", b"R\xfflu"))
    with pytest.raises(ValueError, match="damaged"):
        load_network(VALID["ONNX"].replace(b"transB", b"trans\xff"))


def test_a_directory_of_a_zip_that_points_out_of_the_file_is_damage() -> None:
    data = bytearray(VALID["NumPy"])
    at = data.find(b"PK\x01\x02")
    for offset in (2**32 - 2, len(data) - 3):
        data[at + 42 : at + 46] = offset.to_bytes(4, "little")
        with pytest.raises(ValueError, match="damaged"):
            load_network(bytes(data))


def test_messages_do_not_repeat_the_file() -> None:
    data = b"PK" + VALID["state_dict"][2:]
    broken = VALID["legacy state_dict"].replace(b"}q", b"F" + b"Z" * 5000 + b"\n", 1)
    for damaged in (data[:200], broken):
        with pytest.raises(ValueError, match=r"\w") as raised:
            load_network(damaged)
        assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "it is empty"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "Keras or HDF5; export the network to ONNX"),
        (b"\n<!DOCTYPE html><html>", "download the file itself"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 5\n", "git lfs pull"),
        (bytes(4) + b"TFL3" + bytes(8), "TensorFlow Lite"),
        (pickle.dumps({"W1": 1}), "which could run any code"),
        (b"\x1f\x8b\x08" + bytes(9), "unpack it first"),
    ],
)
def test_files_of_other_kinds_are_told_what_to_do(data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        load_network(data)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is a folder or a device"):
        load_network(tmp_path)
    with pytest.raises(FileNotFoundError):
        load_network(tmp_path / "nothing.onnx")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no devices among its files")
def test_a_device_is_no_file() -> None:
    with pytest.raises(ValueError, match="is a folder or a device"):
        load_network("/dev/zero")
