"""ONNX files for a batch of fixed size are read for one input, or for all of it where its inputs meet."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.files.network_files import recognise
from tests.models.samples import evaluated, graph_bytes, node

rng = np.random.default_rng(0)


def numbers(*shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


FOR_EACH = {  # what an exporter writes that knows the batch's size
    "features behind the batch": ([node("Reshape", np.array([3, -1])), node("MatMul", numbers(12, 2))], (3, 4)),
    "all sizes": ([node("Reshape", np.array([3, 12])), node("MatMul", numbers(12, 2))], (3, 4)),
    "rows apart and together": (
        [node("Reshape", np.array([-1, 4])), node("MatMul", numbers(4, 3)), node("Reshape", np.array([3, -1])),
         node("MatMul", numbers(9, 2))], (3, 4)),
    "an image": (
        [node("Conv", numbers(4, 1, 3, 3)), node("Relu"), node("Reshape", np.array([3, -1])),
         node("MatMul", numbers(24, 2))], (1, 5, 4)),
    "a slice of all of the batch": (
        [node("Slice", np.array([0, 1]), np.array([3, 4]), np.array([0, 1])), node("MatMul", numbers(3, 2))], (4,)),
}  # fmt: skip


@pytest.mark.parametrize("kind", FOR_EACH)
def test_a_batch_of_fixed_size_is_read_for_one_input(kind: str) -> None:
    nodes, shape = FOR_EACH[kind]
    data = graph_bytes(nodes, (3, *shape))
    found = recognise(data)
    x = numbers(3, *shape)
    assert found.input_shape == shape and "a batch of 3" in found.notes[0]
    with torch.no_grad():
        logits = found.network(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(logits, evaluated(data, x).reshape(3, -1), rtol=1e-4, atol=1e-4)


MEETING = {
    "a sum": [node("ReduceSum", np.array([0])), node("MatMul", numbers(4, 2))],
    "a mean": [node("MatMul", numbers(4, 2)), node("ReduceMean", axes=[-2], keepdims=0)],
    "a slice": [node("Slice", np.array([1]), np.array([3]), np.array([0])), node("MatMul", numbers(4, 2))],
    "turned round": [node("Slice", np.array([2]), np.array([-9]), np.array([0]), np.array([-1])), node("Relu")],
    "one chosen": [node("Gather", np.array([2]), axis=0), node("MatMul", numbers(4, 2))],
    "an offset for each": [node("Add", numbers(3, 1)), node("MatMul", numbers(4, 2))],
    "a matrix from the left": [node("MatMul", numbers(2, 3), first=False), node("Relu")],
}


@pytest.mark.parametrize("kind", MEETING)
def test_a_first_size_along_which_numbers_meet_is_no_batch(kind: str) -> None:
    data = graph_bytes(MEETING[kind], (3, 4))
    found = recognise(data)
    x = numbers(3, 4)
    assert found.input_shape == (3, 4) and "not for that of a batch" in found.notes[0]
    with torch.no_grad():
        logits = found.network(torch.from_numpy(x)[None]).numpy()
    np.testing.assert_allclose(logits.reshape(-1), evaluated(data, x).reshape(-1), rtol=1e-4, atol=1e-4)
