"""How many numbers an objective may hold at once: what a person's GPU has is used, and not exceeded."""

from __future__ import annotations

import torch

SHARE = 64  # of a GPU's bytes there is one number: a sixteenth of its memory in float32, leaving room for what follows


def numbers_at_once(on_cpu: int, device: torch.device) -> int:
    """`on_cpu`, or on a GPU with much memory more, so that large batches stay whole."""
    if device.type != "cuda":
        return on_cpu
    return max(on_cpu, torch.cuda.get_device_properties(device).total_memory // SHARE)
