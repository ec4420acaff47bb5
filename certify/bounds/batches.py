"""How much is computed at once: rows of back-substitution are cut into batches that fit into memory."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from geometry.computation.cancellation import check_cancelled
from geometry.network.network import Network
from geometry.network.work import multiplications

NUMBERS_AT_ONCE = 1 << 20  # coefficients in one batch of rows: few enough to stay in the cache, and to bound memory
SHARE_OF_GPU = 256  # of a GPU's bytes there is one number: all together about a quarter of its memory in float64


def certification_bytes(network: Network) -> int:
    """About the bytes that bounds, attacks and radii take for a few points of a network at a time.

    Batches of rows and what follows from them, up to 16 at once, and what is kept of the weights in float64. Measured:
    up to 161 MB on 784-1024-10 and 130 MB on the small CNN, chunks of eight points; benchmarks.memory measures it.
    """
    return 16 * 8 * NUMBERS_AT_ONCE + 6 * 8 * sum(weight.numel() for weight in network.weights())


def numbers_at_once(on_cpu: int, device: torch.device) -> int:
    """`on_cpu`; on a GPU with room for more, more: there many small batches would take many times as long as one."""
    if device.type != "cuda":
        return on_cpu
    return max(on_cpu, torch.cuda.get_device_properties(device).total_memory // SHARE_OF_GPU)


def largest_product(network: Network, samples: int) -> float:
    """About how many multiplications the largest product of a back-substitution has, from all units of every layer."""
    widest = max([network.input_units, *network.widths])
    rows = min(samples * max([network.classes, *network.widths]), max(1, NUMBERS_AT_ONCE // widest))
    return rows * max(multiplications(layer.affine) for layer in network.layers)


def batches(samples: int, rows: int, length: int, device: torch.device) -> Iterator[tuple[slice, slice]]:
    """Slices of samples and of rows such that no batch of rows holds more than about NUMBERS_AT_ONCE numbers.

    Only small samples share a batch: alone, a large one has no columns filled up to another's number.
    """
    numbers = numbers_at_once(NUMBERS_AT_ONCE, device)
    at_once = max(1, numbers // 2 // max(1, rows * length))
    some = min(rows, max(1, numbers // length))
    for start in range(0, samples, at_once):
        for first in range(0, rows, some):
            check_cancelled()
            yield slice(start, min(start + at_once, samples)), slice(first, min(first + some, rows))
