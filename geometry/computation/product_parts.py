"""Matrix products in parts, so that a long one can be cancelled (`geometry.computation.cancellation`)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from geometry.computation.cancellation import cancellable, check_cancelled

PART = 1 << 30  # multiplications between two checks for cancellation: about .1 s


def in_parts(product: Callable[[Tensor], Tensor], rows: Tensor, per_row: int) -> Tensor:
    """product(rows), where a row takes `per_row` multiplications, with a check for cancellation before every PART."""
    check_cancelled()
    if not cancellable() or rows.is_cuda or len(rows) * per_row <= PART:
        return product(rows)
    products = []
    for part in rows.split(max(1, PART // per_row)):
        check_cancelled()
        products.append(product(part))
    return torch.cat(products)
