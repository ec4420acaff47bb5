"""Files of torch.export: as torch writes them, as older versions wrote them, and written part by part."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

FLOAT = 7  # torch.export's number for float32
TYPES = {torch.float32: FLOAT, torch.float64: 8, torch.int64: 5}


def saved(
    module: nn.Module, shape: tuple[int, ...], batch: int = 1, dynamic: bool = False, core: bool = False
) -> bytes:
    """What torch.export.save writes of a module in eval mode, for inputs of this shape.

    dynamic : whether the size of the batch stays open
    core : whether operators are divided into torch's core ones
    """
    like = next(module.parameters(), torch.zeros(()))
    x = torch.zeros(batch, *shape, dtype=like.dtype)
    axes = ({0: torch.export.Dim.DYNAMIC},) if dynamic else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(module.eval(), (x,), dynamic_shapes=axes)
        program = program.run_decompositions() if core else program
        stream = io.BytesIO()
        torch.export.save(program, stream)
    return stream.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of an archive by their names in its folder."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def archive_of(parts: Mapping[str, bytes], folder: str = "a/", method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(f"{folder}{name}", content)
    return stream.getvalue()


def torch_bytes(stored: object) -> bytes:
    stream = io.BytesIO()
    torch.save(stored, stream)
    return stream.getvalue()


def weights_of(parts: Mapping[str, bytes], kind: str = "weights") -> dict[str, Tensor]:
    """The weights or constants in the parts of an archive of contiguous float tensors."""
    listed = json.loads(parts[f"data/{kind}/model_{kind}_config.json"])["config"]
    types = {number: dtype for dtype, number in TYPES.items()}
    tensors = {}
    for name, entry in listed.items():
        content, meta = bytearray(parts[f"data/{kind}/{entry['path_name']}"]), entry["tensor_meta"]
        sizes = [size["as_int"] for size in meta["sizes"]]
        tensors[name] = torch.frombuffer(content, dtype=types[meta["dtype"]]).reshape(sizes)
    return tensors


def as_torch_2_7(data: bytes) -> bytes:
    """The same program in the format before torch 2.8: pickled weights beside the graph."""
    parts = parts_of(data)
    return archive_of(
        {
            "version": b"8.5",
            "serialized_exported_program.json": parts["models/model.json"],
            "serialized_state_dict.pt": torch_bytes(weights_of(parts)),
            "serialized_constants.pt": torch_bytes(weights_of(parts, "constants")),
            "serialized_example_inputs.pt": torch_bytes(((torch.zeros(1),), {})),
        },
        folder="",
    )


def as_torch_2_8(data: bytes) -> bytes:
    """The same program in the format of torch 2.8: the folders of today with pickled weights."""
    parts = parts_of(data)
    kept = {name: content for name, content in parts.items() if not name.startswith("data/")}
    kept["data/weights/model.pt"] = torch_bytes(weights_of(parts))
    kept["data/constants/model.pt"] = torch_bytes(weights_of(parts, "constants"))
    return archive_of(kept)


def tensor(name: str) -> dict[str, Any]:
    return {"as_tensor": {"name": name}}


def call(target: str, output: str, **arguments: dict[str, Any]) -> dict[str, Any]:
    """A call of an operator of aten; arguments are as torch.export writes them, such as {"as_int": 1}."""
    inputs = [{"name": name, "arg": argument, "kind": 1} for name, argument in arguments.items()]
    return {"target": f"torch.ops.aten.{target}", "inputs": inputs, "outputs": [tensor(output)], "metadata": {}}


def meta(*sizes: int, dtype: int = FLOAT) -> dict[str, Any]:
    strides = [1] * len(sizes)
    for axis in range(len(sizes) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * sizes[axis + 1]
    whole = [[{"as_int": number} for number in numbers] for numbers in (sizes, strides)]
    return {"dtype": dtype, "sizes": whole[0], "strides": whole[1], "storage_offset": {"as_int": 0}, "layout": 7}


def listed(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The list of tensors, and their bytes by path."""
    entries = {
        name: {
            "path_name": f"weight_{k}", "is_param": True, "use_pickle": False,
            "tensor_meta": meta(*value.shape, dtype=TYPES[value.dtype]),
        }
        for k, (name, value) in enumerate(tensors.items())
    }  # fmt: skip
    contents = {f"weight_{k}": value.numpy().tobytes() for k, value in enumerate(tensors.values())}
    return {"config": entries}, contents


Change = Callable[[dict[str, Any], dict[str, Any], dict[str, bytes]], None]


def small(change: Change | None = None, network: nn.Sequential | None = None) -> bytes:
    """The file of ReLU(x W^T + b) V^T + c for x of two numbers, after a change of its graph, list of weights and parts.

    network : Linear(2, 5), ReLU and Linear(5, 3) that have the weights; else these are random
    """
    torch.manual_seed(0)
    layers = network or nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 3))
    weights = dict(zip("wbvc", (weight.detach() for weight in layers.parameters())))
    config, contents = listed(weights)
    calls = [
        call("linear.default", "h", input=tensor("x"), weight=tensor("p_w"), bias=tensor("p_b")),
        call("relu.default", "r", self=tensor("h")),
        call("linear.default", "y", input=tensor("r"), weight=tensor("p_v"), bias=tensor("p_c")),
    ]
    sizes = {"x": (1, 2), "h": (1, 5), "r": (1, 5), "y": (1, 3)}
    stated = {name: meta(*size) for name, size in sizes.items()}
    stated |= {f"p_{name}": meta(*value.shape) for name, value in weights.items()}
    parameters = [{"parameter": {"arg": {"name": f"p_{name}"}, "parameter_name": name}} for name in weights]
    graph = {
        "graph_module": {
            "graph": {"nodes": calls, "tensor_values": stated},
            "signature": {
                "input_specs": [*parameters, {"user_input": {"arg": tensor("x")}}],
                "output_specs": [{"user_output": {"arg": tensor("y")}}],
            },
        }
    }
    parts = {f"data/weights/{path}": content for path, content in contents.items()}
    parts |= {"archive_format": b"pt2", "data/constants/model_constants_config.json": b'{"config": {}}'}
    if change is not None:
        change(graph, config, parts)
    written = {
        "models/model.json": json.dumps(graph).encode(),
        "data/weights/model_weights_config.json": json.dumps(config).encode(),
    }
    return archive_of({**written, **parts})
