"""Distances from points to hyperplanes in l1, l2 and l-infinity, in all of space or inside a box.

Where `x` appears it is one point (d,), or one point per hyperplane (m, d).
"""

from __future__ import annotations

import math

import numpy as np

from geometry.box import BoxLike, as_box
from geometry.network.rounding import EPSILON
from geometry.norms import Array, Norm, check_norm, dual_norm, row_norms


def hyperplane_distances(normals: Array, offsets: Array, x: Array, p: Norm) -> Array:
    """l_p distance from x to each hyperplane {z : <w, z> + b = 0}.

    Parameters
    ----------
    normals : (m, d) array
        One w per row. A zero row is no hyperplane and lies infinitely far away.
    offsets : (m,) array
        The b of each hyperplane.
    x : (d,) or (m, d) array
    p : 1, 2 or math.inf

    Returns
    -------
    (m,) float64 array, in the units of x

    Raises
    ------
    ValueError
        If p is no supported norm or the shapes do not fit.

    Source: Croce et al. (2019), Lemma 3.1: |<w, x> + b| / ||w||_q with 1/p + 1/q = 1.
    """
    return distances_of_heights(normals, _heights(normals, offsets, x), p)


def box_distances(normals: Array, offsets: Array, x: Array, p: Norm, box: BoxLike) -> Array:
    """l_p distance from x to the part of each hyperplane that lies inside the box; +inf where there is none.

    Arguments and errors as in `hyperplane_distances`; `box` is (lo, hi) for inputs of shape (d,), and an x outside
    it is a ValueError.

    Source: Croce et al. (2019), A.1, eq. (9): min ||y - x||_p with <w, y> + b = 0 and y in the box.
    """
    heights = _heights(normals, offsets, x)
    return row_norms(steps_in_box(normals, heights, np.asarray(x), p, box), p)


def nearest_points(normals: Array, offsets: Array, x: Array, p: Norm, box: BoxLike | None = None) -> Array:
    """(m, d): a point of each hyperplane (inside the box, if given) that attains its distance from x.

    Arguments and errors as in `box_distances`. Infinite where the hyperplane does not exist or cannot be reached.
    """
    heights = _heights(normals, offsets, x)
    if box is None:
        return x + steps(normals, heights, p)
    points = x + steps_in_box(normals, heights, np.asarray(x), p, box)
    limits = as_box(box, normals.shape[1:])
    return np.where(np.isfinite(points), np.clip(points, limits.lo, limits.hi), points)


def distances_of_heights(normals: Array, heights: Array, p: Norm) -> Array:
    """(m,) distances |h| / ||w||_q for heights h = <w, x> + b that are already known; +inf for a zero row."""
    lengths = row_norms(normals, dual_norm(p))
    return np.divide(np.abs(heights), lengths, out=np.full_like(heights, np.inf), where=lengths > 0)


def steps(normals: Array, heights: Array, p: Norm) -> Array:
    """(m, d): the shortest step, in l_p, from a point at height h = <w, x> + b onto the hyperplane."""
    distances = distances_of_heights(normals, heights, p)
    reached = np.isfinite(distances)
    displacements = np.full_like(normals, np.inf)
    w, h = normals[reached], heights[reached, None]
    sides = -np.sign(h) * np.sign(w)
    if check_norm(p) == 1:
        largest = np.abs(w).argmax(axis=1, keepdims=True)
        moves = np.zeros_like(w)
        np.put_along_axis(moves, largest, np.take_along_axis(sides, largest, 1) * distances[reached, None], 1)
    elif p == 2:
        moves = -np.sign(h) * distances[reached, None] * w / row_norms(w, 2)[:, None]
    else:
        moves = sides * distances[reached, None]
    displacements[reached] = moves
    return displacements


def steps_in_box(normals: Array, heights: Array, x: Array, p: Norm, box: BoxLike) -> Array:
    """As `steps`, but x + step stays inside the box; infinite where the box holds no point of the hyperplane.

    Every coordinate moves towards the hyperplane or stays: by t_i in [0, room_i], at a gain of |w_i| per unit, with
    sum |w_i| t_i = |h|. The shortest t has one shape for each norm (the dual of eq. (9) has one variable, its level):

    * l1: coordinates are used up in the order of |w_i|, the last one in part;
    * l2: t_i = min(room_i, level |w_i|);
    * l-infinity: t_i = min(room_i, level).

    So sort the coordinates by the level at which they run out of room; the level lies before the first of them that
    it does not exceed. A box that touches the hyperplane up to rounding counts as reaching it.
    """
    limits = as_box(box, normals.shape[1:])
    limits.require(np.atleast_2d(x))
    largest = np.abs(normals).max(axis=1, initial=0)[:, None]
    scale = np.where(largest > 0, largest, 1)  # so that no square under- or overflows
    height, gains = np.abs(heights)[:, None] / scale, np.abs(normals) / scale
    towards = -np.sign(heights)[:, None] * np.sign(normals)
    room = np.where(towards > 0, limits.hi - x, np.where(towards < 0, x - limits.lo, 0.0))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        taken = fill(gains, room, height, p)
        reach = (gains * room).sum(axis=1, where=room > 0)
    reachable = (reach >= height[:, 0] * (1 - normals.shape[1] * EPSILON)) & (largest[:, 0] > 0)
    return np.where(reachable[:, None], towards * taken, np.inf)


def fill(gains: Array, room: Array, height: Array, p: Norm) -> Array:
    """(m, d) t >= 0 of least l_p norm with sum gains·t = height and t <= room; t = room where that is too little."""
    if check_norm(p) == 1:
        order = np.argsort(-gains, axis=1)
        runs_out = room
    else:
        runs_out = room if p == math.inf else np.divide(room, gains, out=np.zeros_like(room), where=gains > 0)
        order = np.argsort(runs_out, axis=1)
    gains_, room_, runs_out_ = (np.take_along_axis(values, order, 1) for values in (gains, room, runs_out))
    used = np.cumsum(np.where(gains_ > 0, gains_ * room_, 0), axis=1)
    before = np.concatenate([np.zeros_like(height), used[:, :-1]], axis=1)
    per_level = gains_ if p == math.inf else gains_**2
    rate = gains_ if p == 1 else np.cumsum(per_level[:, ::-1], axis=1)[:, ::-1]  # of those with room left
    levels = np.maximum(height - before, 0) / rate
    enough = levels <= runs_out_
    last = np.where(enough.any(axis=1), enough.argmax(axis=1), gains.shape[1])[:, None]
    level = np.take_along_axis(levels, np.minimum(last, gains.shape[1] - 1), 1)
    level = np.where(last == gains.shape[1], np.inf, level)
    if p == 1:
        position = np.arange(gains.shape[1])
        taken_ = np.where(position < last, room_, np.where(position == last, level, 0))
        taken = np.empty_like(taken_)
        np.put_along_axis(taken, order, taken_, 1)
        return taken
    return np.minimum(room, np.where(gains > 0, level * (1 if p == math.inf else gains), 0))


def _heights(normals: Array, offsets: Array, x: Array) -> Array:
    d = normals.shape[-1]
    if normals.shape != (len(offsets), d) or np.shape(x) not in ((d,), normals.shape):
        raise ValueError(f"normals {normals.shape}, offsets {np.shape(offsets)} and x {np.shape(x)} do not fit")
    return (normals @ x if np.ndim(x) == 1 else (normals * x).sum(axis=1)) + offsets
