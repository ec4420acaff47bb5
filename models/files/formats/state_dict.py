"""PyTorch state_dicts, .pth or .pt, in both of torch's formats, alone or in a checkpoint."""

from __future__ import annotations

from models.files.bare_weights.readings import Hints, Weights
from models.files.formats.pytorch_checkpoint import state_dicts
from models.files.formats.torch_file import read_torch_file

LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"  # torch before 1.6: a pickled magic number


def is_state_dict(data: bytes) -> bool:
    """Whether the bytes begin like a file of torch.save."""
    return data.startswith(LEGACY) or (data.startswith(b"PK") and b"/data.pkl" in data[:4096])


def read_state_dict(data: bytes, hints: Hints, max_bytes: int) -> Weights:
    """The weights of the network, or of the chosen one in KW's cascade.

    Wong and Kolter's checkpoints hold a list of state_dicts, a cascade. Each network but the first judges the points
    that the one before could not certify. A list with one entry is a single network.

    Raises
    ------
    ValueError
        If the file is damaged, or holds no state_dict or several.
    """
    networks = state_dicts(read_torch_file(data, max_bytes))
    chosen = networks[hints.cascade] if 0 <= hints.cascade < len(networks) else networks[0]
    return Weights(chosen, cascade=len(networks))
