"""Penalties on distances below a target: the sums of hinges that MMR adds to the loss.

Each is max(0, 1 - d / gamma), summed over the nearest hyperplanes of a point. A hyperplane at gamma or farther adds
nothing, neither to the sum nor to the gradient. So a first pass without gradients finds the near hyperplanes exactly;
bounds on the norms of rows exclude those that cannot be near. Only the near ones are computed again with gradients.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from certify.bounds.batches import numbers_at_once
from certify.bounds.interval import row_norms
from geometry.norms import Norm, dual_norm
from models.objectives.affine_pieces import Pieces

NUMBERS_AT_ONCE = 1 << 26  # of rows in one chunk of points of the first pass: a limit on memory, 256 MB in float32


def region_hinges(pieces: Pieces, k: int, gamma: float, p: Norm) -> Tensor:
    """(n,): the sum of max(0, 1 - d / gamma) over the distances d of a point to its k nearest region boundaries.

    A unit with V_j = 0 has no boundary. Source: Croce et al. (2019), Lemma 3.1 and eq. (6).
    """
    total = pieces.logits.new_zeros(len(pieces))
    (chosen,) = _in_chunks(pieces, lambda samples: (near_units(pieces[samples], k, gamma, p),))
    for layer, near in enumerate(chosen.split(pieces.network.widths, dim=1)):
        heights = pieces.preactivations[layer].abs()
        if layer == 0:
            norms = row_norms(pieces.network.layers[0].affine, dual_norm(p)).expand_as(heights)
        else:
            units = _columns(near)
            if units.shape[1] == 0:
                continue
            near, heights = near.gather(1, units), heights.gather(1, units)
            norms = _norms(pieces.unit_rows(layer, units), p)
        total = total + _hinges(heights, norms, near, gamma)
    return total


def decision_hinges(pieces: Pieces, y: Tensor, k: int, gamma: float, p: Norm) -> Tensor:
    """(n,): the same for the k nearest decision hyperplanes f_y = f_s, behind which the distance is negative.

    Where V_y = V_s there is none. Source: Croce et al. (2019), eqs. (4) and (6).

    ||w||_q = max <w, u> over ||u||_p = 1, so its gradient is that of <w, u> at the best u, held fixed (Danskin):
    that is the slope of f_y - f_s along u, which comes from one forward pass.
    """
    others, steepest, chosen = _in_chunks(
        pieces, lambda samples: near_classes(pieces[samples], y[samples], k, gamma, p)
    )
    places = _columns(chosen)
    if places.shape[1] == 0:
        return pieces.logits.new_zeros(len(pieces))
    others, near = others.gather(1, places), chosen.gather(1, places)
    steepest = steepest.gather(1, places[:, :, None].expand(-1, -1, steepest.shape[2]))
    norms = (pieces.logit_slopes(steepest) * _differences(pieces, y, others)).sum(-1)
    return _hinges(_margins(pieces, y, others), norms, near, gamma)


@torch.no_grad()
def near_units(pieces: Pieces, k: int, gamma: float, p: Norm) -> Tensor:
    """(n, hidden units) bool: whose boundaries are among the k nearest of a point, and nearer than gamma."""
    by_layer = [pieces.logits[:, :0]]
    for layer, (z, bounds) in enumerate(zip(pieces.preactivations[:-1], pieces.norm_bounds(dual_norm(p)))):
        distances = _distances(z.abs(), bounds)  # in the first layer; else they are at least these
        bends = pieces.network.layers[layer].bends
        if bends is not None:
            distances = distances.masked_fill(~bends, torch.inf)
        if layer > 0:
            units = _columns(distances < _smallest(torch.cat(by_layer, dim=1), k, gamma))
            norms, noise = _norms(pieces.unit_rows(layer, units), p), _noise(bounds).gather(1, units)
            exact = _distances(z.abs().gather(1, units), norms, noise)
            distances = torch.full_like(z, torch.inf).scatter(1, units, exact)
        by_layer.append(distances)
    return _nearest(torch.cat(by_layer, dim=1), k, gamma)


@torch.no_grad()
def near_classes(pieces: Pieces, y: Tensor, k: int, gamma: float, p: Norm) -> tuple[Tensor, Tensor, Tensor]:
    """The other classes s (n, K-1), directions u (n, K-1, inputs) of l_p length 1 in which f_y - f_s is steepest,
    and (n, K-1) bool: whose decision hyperplanes with class y are among the k nearest, and nearer than gamma.
    """
    classes = torch.arange(pieces.network.classes - 1, device=y.device)
    others = classes + (classes >= y[:, None])
    rows = pieces.logit_rows(_differences(pieces, y, others))
    *_, bounds = pieces.norm_bounds(dual_norm(p))
    norms, bounds = _norms(rows, p), bounds.expand_as(pieces.logits)
    noise = _noise(bounds.gather(1, others) + bounds.gather(1, y[:, None]))
    return others, _steepest(rows, norms, p), _nearest(_distances(_margins(pieces, y, others), norms, noise), k, gamma)


def _margins(pieces: Pieces, y: Tensor, others: Tensor) -> Tensor:
    """(n, m) f_y - f_s for s in `others`."""
    return pieces.logits.gather(1, y[:, None]) - pieces.logits.gather(1, others)


def _differences(pieces: Pieces, y: Tensor, others: Tensor) -> Tensor:
    """(n, m, classes): f_y - f_s for s in `others` (n, m), as combinations of the logits."""
    identity = torch.eye(pieces.network.classes, dtype=pieces.logits.dtype, device=y.device)
    return identity[y][:, None] - identity[others]


def _steepest(rows: Tensor, norms: Tensor, p: Norm) -> Tensor:
    """u with ||u||_p = 1 and <w, u> = ||w||_q for each row w."""
    if p == math.inf:
        return rows.sign()
    if p == 2:
        return rows / norms.clamp(min=torch.finfo(norms.dtype).tiny)[..., None]
    largest = rows.abs().argmax(-1, keepdim=True)
    return torch.zeros_like(rows).scatter(-1, largest, rows.gather(-1, largest).sign())


def _norms(rows: Tensor, p: Norm) -> Tensor:
    q = dual_norm(p)
    return rows.abs().sum(-1) if q == 1 else torch.linalg.vector_norm(rows, q, dim=-1)  # its l1 is slow


def _noise(bounds: Tensor) -> Tensor:
    """Norms up to these may be rounding errors of zero."""
    return bounds * torch.finfo(bounds.dtype).eps


def _distances(heights: Tensor, norms: Tensor, noise: Tensor | float = 0.0) -> Tensor:
    return torch.where(norms > noise, heights / norms, torch.inf)


def _smallest(distances: Tensor, k: int, gamma: float) -> Tensor:
    """(n, 1): the k-th smallest distance, at most gamma."""
    if distances.shape[1] < k:
        return distances.new_full((len(distances), 1), gamma)
    return distances.topk(k, largest=False).values[:, -1:].clamp(max=gamma)


def _nearest(distances: Tensor, k: int, gamma: float) -> Tensor:
    """Which of the distances (n, m) are among the k smallest of a row, and smaller than gamma."""
    values, places = distances.topk(min(k, distances.shape[1]), largest=False)
    return torch.zeros_like(distances, dtype=torch.bool).scatter(1, places, values < gamma)


def _columns(chosen: Tensor) -> Tensor:
    """(n, m): per row of a bool matrix the columns chosen first, then others, m the largest number chosen in a row."""
    most = int(chosen.sum(1).max()) if chosen.numel() > 0 else 0
    return chosen.to(torch.uint8).topk(most).indices


def _hinges(heights: Tensor, norms: Tensor, near: Tensor, gamma: float) -> Tensor:
    """(n,): the sum of 1 - heights / norms / gamma where near. Elsewhere nothing is divided, so never by zero."""
    near = near & (norms > 0)  # a norm that is mostly rounding error may differ from its value in the first pass
    hinges = 1 - heights / torch.where(near, norms, 1.0) / gamma
    return torch.where(near, hinges, 0.0).sum(1)


def _in_chunks(pieces: Pieces, of: Callable[[slice], tuple[Tensor, ...]]) -> list[Tensor]:
    """The results of `of` for all points, computed in chunks."""
    size = max(1, numbers_at_once(NUMBERS_AT_ONCE, pieces.logits.device) // pieces.numbers)
    chunks = [of(slice(start, start + size)) for start in range(0, len(pieces), size)]
    return [torch.cat(tensors) for tensors in zip(*chunks)]
