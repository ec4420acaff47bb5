"""PyTorch state_dicts, .pth or .pt, in both of torch's formats; only tensors are ever unpickled."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from models.archives import open_zip
from models.formats.readings import Hints, Weights

LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"  # torch before 1.6: a pickled magic number


def is_state_dict(data: bytes) -> bool:
    """Whether the bytes begin like a file of torch.save."""
    return data.startswith(LEGACY) or (data.startswith(b"PK") and b"/data.pkl" in data[:4096])


def read_state_dict(data: bytes, hints: Hints, max_bytes: int) -> Weights:
    """The weights of the network, or of the one in KW's cascade that is asked for.

    Wong and Kolter's checkpoints hold a list of state_dicts: their cascades. Each network but the first judges the
    points that the one before could not certify. A list of one is a network like any other.

    Raises
    ------
    ValueError
        If the file is damaged or holds anything but tensors.
    """
    if data.startswith(b"PK"):
        open_zip(data, max_bytes).close()
    try:
        stored = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle can fail in any way; none of them may reach the user as it is
        raise ValueError(
            "the PyTorch file is damaged or holds more than weights; save network.state_dict() with torch.save"
        ) from error
    if isinstance(stored, Mapping) and "state_dict" in stored:  # a checkpoint, with epochs and errors around it
        stored = stored["state_dict"]
    networks = stored if isinstance(stored, list) and stored else [stored]
    chosen = networks[hints.cascade] if 0 <= hints.cascade < len(networks) else networks[0]
    return Weights(_tensors(chosen), cascade=len(networks))


def _tensors(stored: Any) -> dict[str, Tensor]:
    """A state_dict, if it is one."""
    if not isinstance(stored, Mapping) or not stored:
        raise ValueError(f"the PyTorch file holds a {type(stored).__name__}, not a state_dict of weights")
    for name, value in stored.items():
        if not isinstance(value, Tensor):
            raise ValueError(f"{str(name)[:60]!r} in the PyTorch file is a {type(value).__name__}, not a weight")
    return {str(name): value for name, value in stored.items()}
