"""Rows as halfspaces: scaled to length 1, computed exactly where their error bound leaves them open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from certify.optimization.halfspaces import Halfspaces
from certify.regions.affine_functions import AffineFunctions
from certify.regions.exact_functions import ExactFunction
from geometry.network.rounding import EPSILON
from geometry.norms import Array

Indices = NDArray[np.intp]

SHARP = 2.0**-24  # relative error above which a row is computed exactly: so that bounds meet within OPTIMALITY
FINE = 2.0**-32  # relative error up to which bounds for all patterns are used: well below SHARP
EXACT_AT_ONCE = 64  # rows of one region computed exactly at most, a limit of time; others are unknown
NONE = np.zeros(0, np.intp)


@dataclass(frozen=True)
class ScaledHalfspaces:
    """{sign * row <= 0} for the rows `real` that are not constant; nothing is known of the rows `unknown`.

    `constants` are the other rows: index, and the sign of sign * row.
    """

    faces: Halfspaces
    real: Indices
    unknown: Indices
    constants: tuple[tuple[int, float], ...]

    def turned(self, signs: Array) -> ScaledHalfspaces:
        """The same with each row's sign times another, (rows,)."""
        faces, own = self.faces, signs[self.real]
        turned = Halfspaces(faces.normals * own[:, None], faces.offsets * own, faces.tilts, faces.shifts)
        constants = tuple((i, sign * float(signs[i])) for i, sign in self.constants)
        return ScaledHalfspaces(turned, self.real, self.unknown, constants)

    def among(self, chosen: NDArray[np.bool_]) -> ScaledHalfspaces:
        """Without the faces of rows that are not chosen."""
        kept = np.flatnonzero(chosen[self.real])
        return ScaledHalfspaces(self.faces[kept], self.real[kept], self.unknown[chosen[self.unknown]], self.constants)


def plainly_scaled(rows: AffineFunctions, lengths: Array, signs: Array, resolution: float) -> Halfspaces | None:
    """As `scaled`, if the errors of all rows are at most FINE; else None."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = signs / lengths
        offsets = -rows.columns[-1] * scale
        distances = np.abs(offsets)
        tilts, shifts = rows.tilts / lengths + 3 * EPSILON, rows.shifts / lengths + 3 * EPSILON * distances
        if not ((tilts <= FINE) & (shifts <= np.maximum(FINE * distances, resolution))).all():
            return None
    return Halfspaces(np.ascontiguousarray((rows.columns[:-1] * scale).T), offsets, tilts, shifts)


def scaled(
    rows: AffineFunctions, lengths: Array, signs: Array, resolution: float, exact: Callable[[int], ExactFunction | None]
) -> ScaledHalfspaces:
    """Rows with signs (rows,) as halfspaces.

    A division by a length and the sign cost three roundings. A row is exact where its gradient is uncertain by more
    than SHARP of its length, or its boundary by more than `resolution` and SHARP of its distance. Rows whose gradient
    is 0 by the network's zeros alone have a value that is constant, and known if its error leaves its sign.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = signs / lengths
        offsets, normals = -rows.columns[-1] * scale, (rows.columns[:-1] * scale).T
        distances = np.abs(offsets)
        tilts, shifts = rows.tilts / lengths + 3 * EPSILON, rows.shifts / lengths + 3 * EPSILON * distances
        sharp = (tilts <= SHARP) & (shifts <= np.maximum(SHARP * distances, resolution))
    if sharp.all():
        return ScaledHalfspaces(
            Halfspaces(np.ascontiguousarray(normals), offsets, tilts, shifts), np.arange(len(sharp)), NONE, ()
        )
    values = rows.columns[-1]
    sure = (rows.live == 0) & ((np.abs(values) > rows.shifts) | (rows.shifts == 0))
    constants = [(i, float(np.sign(values[i]) * signs[i])) for i in np.flatnonzero(sure).tolist()]
    unknown: list[int] = []
    for count, i in enumerate(np.flatnonzero(~sharp & ~sure).tolist()):
        row = exact(i) if count < EXACT_AT_ONCE else None
        if row is None:
            unknown.append(i)
        elif row.constant:
            constants.append((i, row.value * float(signs[i])))
        elif row.tilt > SHARP * (length := float(np.linalg.norm(row.gradient))):
            unknown.append(i)
        else:
            sharp[i], normals[i] = True, row.gradient * (signs[i] / length)
            offsets[i] = -row.value * signs[i] / length
            tilts[i] = row.tilt / length + 3 * EPSILON
            shifts[i] = row.shift / length + 3 * EPSILON * abs(offsets[i])
    real = np.flatnonzero(sharp)
    faces = Halfspaces(np.ascontiguousarray(normals[real]), offsets[real], tilts[real], shifts[real])
    return ScaledHalfspaces(faces, real, np.array(unknown, np.intp), tuple(constants))


def joined(parts: Sequence[ScaledHalfspaces], starts: Sequence[int], coordinates: int) -> ScaledHalfspaces:
    """Several layers' rows as one, where those of each layer are counted from its start."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        empty = Halfspaces(np.zeros((0, coordinates)), np.zeros(0), np.zeros(0), np.zeros(0))
        return ScaledHalfspaces(empty, NONE, NONE, ())
    faces = Halfspaces(
        np.concatenate([part.faces.normals for part in parts]),
        np.concatenate([part.faces.offsets for part in parts]),
        np.concatenate([part.faces.tilts for part in parts]),
        np.concatenate([part.faces.shifts for part in parts]),
    )
    pairs = list(zip(parts, starts))
    real = np.concatenate([part.real + start for part, start in pairs])
    unknown = np.concatenate([part.unknown + start for part, start in pairs])
    return ScaledHalfspaces(
        faces, real, unknown, tuple((i + start, sign) for part, start in pairs for i, sign in part.constants)
    )
