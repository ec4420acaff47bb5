"""The project's file format: safetensors with the architecture as JSON in the metadata."""

from __future__ import annotations

import json
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor, nn

from models.files.bare_weights.readings import Hints, Weights
from models.files.bare_weights.recognise import Architecture
from models.files.bare_weights.stages import natural
from models.networks.architecture import describe, weights_of

KEY = "reluscope"
VERSION = 1
MAX_HEADER = 4_000_000  # bytes: a limit on what is taken for a safetensors file


def is_native(data: bytes) -> bool:
    """Whether the bytes begin like a safetensors file, with the length of a header and a header."""
    return len(data) > 8 and int.from_bytes(data[:8], "little") <= MAX_HEADER and data[8:9] == b"{"


def write_native(network: nn.Module) -> bytes:
    """The file of a network. Equal networks give equal bytes."""
    metadata = {KEY: json.dumps({"version": VERSION, "layers": describe(network)})}
    weights = {name: tensor.cpu().contiguous().clone() for name, tensor in weights_of(network).items()}
    return safetensors.torch.save(weights, metadata)


def read_native(data: bytes, hints: Hints) -> Architecture | Weights:
    """The architecture, or the bare weights of a safetensors file from another program."""
    metadata, tensors = unpacked(data)
    if KEY not in metadata:
        return Weights(_restored(tensors, metadata), registered=False)
    hints.refuse_convolutions()
    try:
        stored = json.loads(metadata[KEY])
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError("the architecture in the file's metadata is no JSON") from error
    if type(stored) is not dict or stored.get("version") != VERSION:
        version = str(stored.get("version"))[:20] if type(stored) is dict else "none"
        raise ValueError(f"the file's format version is {version}, this program reads {VERSION}")
    if "layers" not in stored:
        raise ValueError("the architecture in the file's metadata lists no layers")
    return Architecture(stored["layers"], tensors)


def _restored(tensors: dict[str, Tensor], metadata: dict[str, Any]) -> dict[str, Tensor]:
    """The tensors with tied weights: safetensors stores them once and names the pair in the metadata."""
    tied = {name: tensors[kept] for name, kept in metadata.items() if type(kept) is str and kept in tensors}
    return dict(sorted({**tied, **tensors}.items(), key=lambda item: natural(item[0])))


def unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Metadata and tensors of a safetensors file, not checked any further; a ValueError if it is damaged."""
    metadata = _metadata(data)
    try:
        return metadata, safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ValueError("the safetensors file is damaged or cut off; save or download it again") from error


def _metadata(data: bytes) -> dict[str, Any]:
    length = int.from_bytes(data[:8], "little")
    try:
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise ValueError("the safetensors file is damaged or cut off; save or download it again") from error
    metadata = header.get("__metadata__", {}) if type(header) is dict else {}
    return metadata if type(metadata) is dict else {}
