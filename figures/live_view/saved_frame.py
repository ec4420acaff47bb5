"""What a saved page holds of a frame: of a raster, the two scores that lead in each cell, with fewer digits.

A raster of 220 x 220 cells with ten scores each is 1.45 million coefficients, most of a page's bytes. Its fills, its
readout and its height follow from the two scores that lead at a cell's centre. Frames of polygons stay whole, since a
pin's distances follow from their numbers.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from figures.regions.frames import Frame
from geometry.regions.raster import grid_points

KEPT = 2  # scores of a cell
PIECE_BITS = 15  # of a coefficient's mantissa: a relative error of 2^-16
SHADE_BITS = 11  # of a gradient's norm, which is a colour and a number of three digits


def saved_frame(frame: Frame) -> Frame:
    """The frame as a page holds it."""
    if frame.grid is None:
        return frame
    outputs, pieces = _leading(frame)
    return replace(
        frame,
        outputs=outputs,
        pieces=rounded(pieces, PIECE_BITS),
        gradients={name: rounded(norms, SHADE_BITS) for name, norms in frame.gradients.items()},
    )


def _leading(frame: Frame) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """(cells, KEPT) which scores lead at each cell's centre, in the order of the classes, and their maps."""
    if frame.outputs.shape[1] <= KEPT:
        return frame.outputs, frame.pieces
    assert frame.grid is not None
    s, t = (grid_points(frame.window, *frame.grid) - frame.centre).T
    at = np.einsum("nkc,nc->nk", frame.pieces, np.stack([s, t, np.ones(len(s))], axis=1))
    lead = np.sort(np.argpartition(-at, KEPT - 1, axis=1)[:, :KEPT], axis=1)
    return np.take_along_axis(frame.outputs, lead, 1), np.take_along_axis(frame.pieces, lead[:, :, None], 1)


def rounded(values: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """float32 numbers with so many bits after the mantissa's point, to nearest: the others are 0, and compress well."""
    dropped = np.uint32(23 - bits)
    whole = np.ascontiguousarray(values, np.float32).view(np.uint32)
    half = np.uint32(1) << (dropped - np.uint32(1))
    kept = np.where(np.isfinite(values), (whole + half) >> dropped << dropped, whole)
    return kept.astype(np.uint32).view(np.float32)
