"""Files of torch.save are read as torch reads them, and no tensor reaches beyond what is stored."""

from __future__ import annotations

import argparse
import collections
import io
import pickle
import zipfile
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.files.formats.torch_file import Unread, read_torch_file
from tests.models.samples import torch_bytes

MAX = 10**8


class Storage:
    """Stands for numbers in the file."""


def legacy(claimed: int, size: tuple, stride: tuple, offset: int, numbers: np.ndarray | None, kind: Any) -> bytes:
    """A file in the old format with one tensor, whose storage is written only if there are numbers."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, value: object) -> object:
            return ("storage", kind, "0", "cpu", claimed, None) if isinstance(value, Storage) else None

    class Weight:
        def __reduce__(self) -> tuple:
            arguments = Storage(), offset, size, stride, False, collections.OrderedDict()
            return torch._utils._rebuild_tensor_v2, arguments

    stream = io.BytesIO()
    types = {"short": 2, "int": 4, "long": 4}
    about = {"protocol_version": 1001, "little_endian": True, "type_sizes": types}
    for header in (0x1950A86A20F9469CFC6C, 1001, about):
        pickle.dump(header, stream, protocol=2)
    Pickler(stream, protocol=2).dump({"0.weight": Weight()})
    pickle.dump([] if numbers is None else ["0"], stream, protocol=2)
    if numbers is not None:
        stream.write(len(numbers).to_bytes(8, "little") + numbers.tobytes())
    return stream.getvalue()


@settings(deadline=None, max_examples=60)
@given(
    st.booleans(),
    st.lists(st.sampled_from([torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64]), max_size=4),
    st.integers(0, 2**31),
)
def test_what_torch_saves_comes_back(old: bool, kinds: list[torch.dtype], seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    whole = torch.rand(4, 6, generator=random)
    stored = {f"{k}.weight": (9 * torch.rand(3, 2, generator=random)).to(kind) for k, kind in enumerate(kinds)}
    stored |= {"view": whole[1:, ::2], "transposed": whole.T, "row": whole[2], "empty": torch.zeros(0, 3)}
    made = {"epoch": 3, "lists": [1.5, "text", None, (True, stored["view"])], "state": stored}
    found = read_torch_file(torch_bytes(made, old), MAX)
    theirs = torch.load(io.BytesIO(torch_bytes(made, old)), weights_only=True)
    assert found["epoch"] == theirs["epoch"] and found["lists"][:3] == theirs["lists"][:3]
    assert torch.equal(found["lists"][3][1], theirs["lists"][3][1])
    for name, tensor in theirs["state"].items():
        assert found["state"][name].dtype == tensor.dtype and torch.equal(found["state"][name], tensor)


@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3), np.asfortranarray(np.ones((3, 2), np.float32)),
                                   np.arange(4, dtype=">i4")])  # fmt: skip
def test_numpy_arrays_are_read_as_tensors(array: np.ndarray) -> None:
    found = read_torch_file(torch_bytes({"a": array, "accuracy": np.float64(0.5)}), MAX)
    np.testing.assert_array_equal(found["a"].numpy(), array)


def test_what_is_no_container_number_or_tensor_is_named_and_not_made() -> None:
    found = read_torch_file(torch_bytes({"args": argparse.Namespace(lr=1), "w": torch.ones(2)}), MAX)
    assert found["args"] == Unread("argparse.Namespace") and torch.equal(found["w"], torch.ones(2))


@pytest.mark.parametrize(
    ("claimed", "size", "stride", "offset", "numbers"),
    [
        (100, (2, 50), (50, 1), 0, None),  # no storage is written
        (4, (2, 50), (50, 1), 0, np.ones(4)),  # the view is larger than what is stored
        (100, (2, 2), (2, 1), 1, np.ones(4)),  # it begins too late
        (4, (2, 2), (3, 1), 0, np.ones(4)),  # its rows lie too far apart
        (4, (2, 2), (-1, 1), 2, np.ones(4)),
    ],
)
def test_no_tensor_of_the_old_format_reaches_beyond_what_is_stored(
    claimed: int, size: tuple, stride: tuple, offset: int, numbers: np.ndarray | None
) -> None:
    with pytest.raises(ValueError, match=r"stored|missing|damaged"):
        read_torch_file(legacy(claimed, size, stride, offset, numbers, torch.DoubleStorage), MAX)


def test_a_tensor_within_its_storage_is_read_from_the_old_format() -> None:
    found = read_torch_file(legacy(6, (2, 2), (3, 1), 1, np.arange(6.0), torch.DoubleStorage), MAX)
    assert found["0.weight"].tolist() == [[1, 2], [4, 5]]


@pytest.mark.parametrize("kept", [0, 4, 15])
def test_no_tensor_of_the_zip_format_reaches_beyond_what_is_stored(kept: int) -> None:
    stream = io.BytesIO()
    whole = io.BytesIO(torch_bytes({"0.weight": torch.ones(2, 2)}))
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(stream, "w") as new:
        for member in old.infolist():
            content = old.read(member)
            new.writestr(member.filename, content[:kept] if "/data/" in member.filename else content)
    with pytest.raises(ValueError, match="stored"):
        read_torch_file(stream.getvalue(), MAX)


@pytest.mark.parametrize(
    "tensor",
    [torch.zeros(2, 2).to(torch.float8_e4m3fn), torch.zeros(2, 2).to_sparse(), torch.zeros(2, device="meta"),
     torch.quantize_per_tensor(torch.zeros(2), 0.1, 0, torch.qint8)],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_tensors_of_other_kinds_are_named(tensor: torch.Tensor) -> None:
    found = read_torch_file(torch_bytes({"0.weight": tensor}), MAX)["0.weight"]
    assert isinstance(found, Unread) and "tensor" in found.what
