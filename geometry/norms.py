"""The three norms the papers use, and their duals."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Norm: TypeAlias = float  # 1, 2 or math.inf
Array: TypeAlias = NDArray[np.float64]
NORMS: tuple[Norm, ...] = (1, 2, math.inf)


def check_norm(p: Any) -> Norm:
    """p itself if it is 1, 2 or math.inf, else a ValueError."""
    if isinstance(p, (int, float)) and p in NORMS:
        return p
    raise ValueError(f"p must be 1, 2 or math.inf, got {p!r}")


def dual_norm(p: Norm) -> Norm:
    """q with 1/p + 1/q = 1 (Hölder): the norm in which a hyperplane's normal is measured."""
    return {1: math.inf, 2: 2, math.inf: 1}[check_norm(p)]
