"""MNIST with two classes: digits below 5 and above 5; the digit 5 is left out.

Source: Singla and Feizi (2019), Section 5: "to classify a digit as either being > 5 or < 5".
"""

from __future__ import annotations

import numpy as np

from models.data.images.images import Stored

HALVES = ("below 5", "above 5")
LEFT_OUT = 5


def halves(stored: Stored) -> Stored:
    """The digits other than 5, labelled 0 below 5 and 1 above; -1 stays. A ValueError if none is left."""
    x, y = stored
    kept = y != LEFT_OUT
    if not kept.any():
        raise ValueError(f"there is no digit other than {LEFT_OUT} among these {len(y):,}")
    return x[kept], np.where(y < 0, y, y > LEFT_OUT).astype(np.int64)[kept]
