"""The three norms the papers use, their duals, and what they are called."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Norm: TypeAlias = float  # 1, 2 or math.inf
Array: TypeAlias = NDArray[np.float64]
NORMS: tuple[Norm, ...] = (1, 2, math.inf)
NORM_NAMES: dict[Norm, str] = {1: "1", 2: "2", math.inf: "inf"}  # in links and frames
NORMS_BY_NAME = {name: norm for norm, name in NORM_NAMES.items()}
FILE_NORMS = {f"l{name}": norm for name, norm in NORMS_BY_NAME.items()}  # in tables and names of networks: "linf"
NORM_SYMBOLS: dict[Norm, str] = {1: "ℓ₁", 2: "ℓ₂", math.inf: "ℓ∞"}  # in sentences and on controls


def check_norm(p: object) -> Norm:
    """p itself if it is 1, 2 or math.inf, else a ValueError."""
    if isinstance(p, (int, float)) and p in NORMS:
        return p
    raise ValueError(f"p must be 1, 2 or math.inf, got {p!r}")


def dual_norm(p: Norm) -> Norm:
    """q with 1/p + 1/q = 1 (Hölder): the norm in which a hyperplane's normal is measured."""
    return {1: math.inf, 2: 2, math.inf: 1}[check_norm(p)]


def row_norms(rows: Array, q: Norm) -> Array:
    """(m, d) -> (m,) l_q norms, without under- or overflow of the squares; infinite for a row that is not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(rows, ord=q, axis=1)
    if q == 2:
        extreme = (lengths < 1e-140) | (lengths > 1e140)
        largest = np.abs(rows[extreme]).max(axis=1, initial=0)
        usable = np.where((largest > 0) & np.isfinite(largest), largest, 1)
        lengths[extreme] = np.linalg.norm(rows[extreme] / usable[:, None], axis=1) * usable
    return lengths
