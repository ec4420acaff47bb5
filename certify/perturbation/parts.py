"""Results for some samples and some of their rows at a time, joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor


def joined(
    parts: Iterable[tuple[slice, slice]], compute: Callable[[slice, slice], tuple[Tensor, ...]]
) -> tuple[Tensor, ...]:
    """(samples, rows, ...) tensors, of which `compute` gives those of some samples and rows.

    parts : slices of samples and of rows in order, all rows of some samples before the next samples
    """
    of_samples: list[list[tuple[Tensor, ...]]] = []
    for samples, rows in parts:
        if rows.start == 0:
            of_samples.append([])
        of_samples[-1].append(compute(samples, rows))
    whole_rows = [[torch.cat(values, 1) for values in zip(*some)] for some in of_samples]
    return tuple(torch.cat(values) for values in zip(*whole_rows))
