"""The arithmetic for which a proof holds: real arithmetic on the weights, or also every float32 pass with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Covers = Literal["real", "float32"]


@dataclass(frozen=True)
class Arithmetic:
    """How a forward pass rounds: each operation by at most `roundoff` relatively, or by `tiny` where it underflows.

    Operands must stay below `largest`, so that nothing overflows. Real arithmetic rounds nothing.
    """

    roundoff: float
    tiny: float
    largest: float


REAL = Arithmetic(0.0, 0.0, float("inf"))
FLOAT32 = Arithmetic(2.0**-24, 2.0**-126, 2.0**127)
ARITHMETICS: dict[str, Arithmetic] = {"real": REAL, "float32": FLOAT32}


def arithmetic(covers: str) -> Arithmetic:
    """The arithmetic of this name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if covers not in ARITHMETICS:
        raise ValueError(f"covers must be one of {', '.join(ARITHMETICS)}, got {covers!r}")
    return ARITHMETICS[covers]
