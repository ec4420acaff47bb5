"""Long products in parts, so that they can be stopped (`geometry.computation.cancellation`)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from geometry.computation.cancellation import cancellable, check_cancelled

PART = 1 << 30  # multiplications between two looks at the clock: about .1 s


def in_parts(product: Callable[[Tensor], Tensor], rows: Tensor, each: int) -> Tensor:
    """product(rows), where a row takes `each` multiplications, with a look at the scopes around before every PART."""
    check_cancelled()
    if not cancellable() or rows.is_cuda or len(rows) * each <= PART:
        return product(rows)
    parts = []
    for some in rows.split(max(1, PART // each)):
        check_cancelled()
        parts.append(product(some))
    return torch.cat(parts)
