"""Pictures in the format PPM (P6), three bytes a pixel. The files are untrusted, so sizes are checked."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

MAX_SIDE = 1024  # pixels: a limit on memory
MAX_BYTES = 3 * MAX_SIDE**2 + 1000
FIELD = rb"(?:\s|#[^\n\r]*[\n\r])+([0-9]{1,5})"  # white space and comments, then a number
HEADER = re.compile(rb"P6" + 3 * FIELD + rb"\s")  # width, height, largest value


def read_ppm(data: bytes, name: str) -> NDArray[np.uint8]:
    """(height, width, 3) red, green and blue. `name` is for messages.

    Raises
    ------
    ValueError
        If the picture is of another kind, too large, cut off or too long.

    Source: https://netpbm.sourceforge.net/doc/ppm.html
    """
    header = HEADER.match(data)
    if header is None:
        raise ValueError(f"{name} is no PPM picture (P6); download it again")
    width, height, largest = map(int, header.groups())
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE) or largest != 255:
        raise ValueError(
            f"{name} has {width} x {height} pixels up to {largest}; 1 to {MAX_SIDE} a side and up to 255 are read"
        )
    if len(data) - header.end() != 3 * width * height:
        raise ValueError(f"{name} is cut off or too long for {width} x {height} pixels; download it again")
    return np.frombuffer(data, np.uint8, offset=header.end()).reshape(height, width, 3)
