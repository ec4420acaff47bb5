"""How exactly torch multiplies float32 matrices while it trains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

PRECISIONS = ("highest", "high", "medium")  # torch's names


@contextmanager
def products(precision: str) -> Iterator[None]:
    """Let torch multiply float32 matrices in this precision, for the whole process.

    "highest" is float32. "medium" rounds the factors to bfloat16 and adds up in float32, which takes a processor with
    AMX half of the time; "high" uses TF32 on a GPU. Networks are measured in float64 in any case.
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
