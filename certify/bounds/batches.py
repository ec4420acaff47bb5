"""Batches of back-substitution rows that fit into memory and cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from certify.bounds import tuning
from certify.perturbation.parts import joined
from geometry.computation.cancellation import check_cancelled
from geometry.network.network import Network
from geometry.network.work import multiplications

SHARE_OF_GPU = 256  # bytes of a GPU per number in a batch: together about a quarter of its memory in float64


def certification_bytes(network: Network) -> int:
    """About the bytes that bounds, attacks and radii take for a few points of a network at a time.

    Up to 16 arrays of a batch's size exist at once, and six float64 copies of the weights. Measured:
    up to 161 MB on 784-1024-10 and 130 MB on the small CNN, chunks of eight points; benchmarks.memory measures it.
    """
    return 16 * 8 * tuning.NUMBERS_AT_ONCE + 6 * 8 * sum(weight.numel() for weight in network.weights())


def numbers_at_once(on_cpu: int, device: torch.device) -> int:
    """`on_cpu`, or on a GPU as many as its memory allows: there many small batches take many times as long as one."""
    if device.type != "cuda":
        return on_cpu
    return max(on_cpu, torch.cuda.get_device_properties(device).total_memory // SHARE_OF_GPU)


def largest_product(network: Network, samples: int) -> float:
    """About how many multiplications the largest product of a back-substitution has, from all units of every layer."""
    widest = max([network.input_units, *network.widths])
    rows = min(samples * max([network.classes, *network.widths]), max(1, tuning.NUMBERS_AT_ONCE // widest))
    return rows * max(multiplications(layer.affine) for layer in network.layers)


def batches(samples: int, rows: int, length: int, device: torch.device) -> Iterator[tuple[slice, slice]]:
    """Slices of samples and of rows such that no batch of rows holds more than about tuning.NUMBERS_AT_ONCE numbers.

    Only small samples share a batch, since each sample's columns are padded to the largest number in its batch.
    """
    numbers = numbers_at_once(tuning.NUMBERS_AT_ONCE, device)
    samples_at_once = max(1, numbers // 2 // max(1, rows * length))
    rows_at_once = min(rows, max(1, numbers // length))
    for start in range(0, samples, samples_at_once):
        for first in range(0, rows, rows_at_once):
            check_cancelled()
            yield slice(start, min(start + samples_at_once, samples)), slice(first, min(first + rows_at_once, rows))


def in_batches(
    samples: int, rows: int, length: int, device: torch.device, compute: Callable[[slice, slice], tuple[Tensor, ...]]
) -> tuple[Tensor, ...]:
    """(samples, rows) tensors, of which `compute` gives those of a batch's samples and rows; see `batches`."""
    return joined(batches(samples, rows, length, device), compute)
