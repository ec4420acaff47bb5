"""A picture of a figure's results: a chart or pixels, and a sentence that says what it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figures.style.ink import Figure


@dataclass(frozen=True, eq=False)
class Drawn:
    """`picture` is a chart, or (height, width, 3) bytes; `caption` describes it, also to those who do not see it."""

    picture: Figure | NDArray[np.uint8]
    caption: str
