"""The project's own files: safetensors, with the architecture as JSON in the metadata."""

from __future__ import annotations

import json
import re
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor, nn

from models.architecture import Spec, describe, weights_of
from models.formats.recognise import Hints, recognise

KEY = "reluscope"
VERSION = 1
MAX_HEADER = 4_000_000


def is_native(data: bytes) -> bool:
    """Whether the bytes begin like a safetensors file: the length of a header, and a header."""
    return len(data) > 8 and int.from_bytes(data[:8], "little") <= MAX_HEADER and data[8:9] == b"{"


def write_native(network: nn.Module) -> bytes:
    """The file of a network; equal networks give equal bytes."""
    metadata = {KEY: json.dumps({"version": VERSION, "layers": describe(network)})}
    weights = {name: tensor.cpu().contiguous().clone() for name, tensor in weights_of(network).items()}
    return safetensors.torch.save(weights, metadata)


def read_native(data: bytes, hints: Hints) -> tuple[list[Spec], dict[str, Tensor]]:
    """Architecture and weights; a safetensors file of another's is recognised from its shapes."""
    metadata = _metadata(data)
    try:
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ValueError("the safetensors file is damaged or cut off; save or download it again") from error
    if KEY not in metadata:
        return recognise(dict(sorted(tensors.items(), key=lambda item: _natural(item[0]))), hints)
    if hints.given():
        raise ValueError(f"the file states its own architecture; leave out {' and '.join(hints.given())}")
    try:
        stored = json.loads(metadata[KEY])
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError("the architecture in the file's metadata is no JSON") from error
    if type(stored) is not dict or stored.get("version") != VERSION:
        version = str(stored.get("version"))[:20] if type(stored) is dict else "none"
        raise ValueError(f"the file's format version is {version}, this program reads {VERSION}")
    if "layers" not in stored:
        raise ValueError("the architecture in the file's metadata lists no layers")
    return stored["layers"], tensors


def _metadata(data: bytes) -> dict[str, Any]:
    length = int.from_bytes(data[:8], "little")
    try:
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise ValueError("the safetensors file is damaged or cut off; save or download it again") from error
    metadata = header.get("__metadata__", {}) if type(header) is dict else {}
    return metadata if type(metadata) is dict else {}


def _natural(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts '2.weight' before '10.weight'."""
    parts = re.findall(r"([0-9]{1,9})|([^0-9]+)", name)
    return [(0, int(number), "") if number else (1, 0, text) for number, text in parts]
