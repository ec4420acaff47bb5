"""Files of networks, made with the libraries that usually make them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import onnx.reference
import safetensors.torch
import scipy.io
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from models.files.network_files import network_bytes
from models.networks.builders import mlp
from tests.models.files.formats.pt2.archives import small


def torch_bytes(stored: object, legacy: bool = False) -> bytes:
    stream = io.BytesIO()
    torch.save(stored, stream, _use_new_zipfile_serialization=not legacy)
    return stream.getvalue()


def npz_bytes(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def mat_bytes(compress: bool = False, **arrays: Any) -> bytes:
    stream = io.BytesIO()
    scipy.io.savemat(stream, arrays, do_compression=compress)
    return stream.getvalue()


def exported(network: nn.Module, shape: Sequence[int], **options: Any) -> bytes:
    """The ONNX file that torch writes, for batches of any size."""
    stream = io.BytesIO()
    like = next(network.parameters())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network, (torch.zeros(1, *shape, dtype=like.dtype),), stream, dynamo=False,
            input_names=["x"], dynamic_axes={"x": {0: "batch"}}, **options,
        )  # fmt: skip
    return stream.getvalue()


def node(op: str, *constants: np.ndarray | None, first: bool = True, **attributes: Any) -> tuple:
    """An operator for `graph_bytes`; the activations come before its constants, or behind."""
    return op, constants, first, attributes


def graph_bytes(nodes: Sequence[tuple], shape: Sequence[int | str], opset: int = 17) -> bytes:
    """The ONNX file of a chain of operators on inputs of `shape`, batch included."""
    made, initializers, current = [], [], "x"
    for place, (op, constants, first, attributes) in enumerate(nodes):
        names = [f"c{place}_{k}" if constant is not None else "" for k, constant in enumerate(constants)]
        initializers += [numpy_helper.from_array(c, name) for c, name in zip(constants, names) if c is not None]
        inputs = [current, *names] if first else [*names, current]
        made.append(helper.make_node(op, inputs, [f"y{place}"], **attributes))
        current = f"y{place}"
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info(current, TensorProto.FLOAT, None)]
    return model_bytes(helper.make_graph(made, "chain", inputs, outputs, initializers), opset)


def model_bytes(graph: onnx.GraphProto, opset: int = 17) -> bytes:
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8).SerializeToString()


def evaluated(data: bytes, x: np.ndarray) -> np.ndarray:
    """What the format's own evaluator computes."""
    return onnx.reference.ReferenceEvaluator(onnx.load_model_from_string(data)).run(None, {"x": x})[0]


def matrices(network: nn.Sequential) -> dict[str, np.ndarray]:
    linear = [layer for layer in network if isinstance(layer, nn.Linear)]
    named = {f"W{k}": layer.weight for k, layer in enumerate(linear, 1)}
    named |= {f"b{k}": layer.bias for k, layer in enumerate(linear, 1)}
    return {name: tensor.detach().numpy() for name, tensor in named.items()}


def transposed(network: nn.Sequential) -> dict[str, np.ndarray]:
    """As Croce et al. (2019) name and lay out a network with one hidden layer."""
    stored = matrices(network)
    return {"U": stored["W1"].T, "bU": stored["b1"][None], "W": stored["W2"].T, "bW": stored["b2"][None]}


SMALL = mlp((2, 5, 3))
VALID = {  # one network in every kind of file
    "native": network_bytes(SMALL),
    "state_dict": torch_bytes(SMALL.state_dict()),
    "legacy state_dict": torch_bytes(SMALL.state_dict(), legacy=True),
    "safetensors of others": safetensors.torch.save(SMALL.state_dict()),
    "NumPy": npz_bytes(**matrices(SMALL)),
    "MATLAB": mat_bytes(**transposed(SMALL)),
    "MATLAB, compressed": mat_bytes(True, **transposed(SMALL)),
    "ONNX": exported(SMALL, (2,)),
    "torch.export": small(network=SMALL),
}
