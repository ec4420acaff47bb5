"""Adversarial points: decided by a float64 forward pass with a bound on its error, else by exact arithmetic."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from certify.perturbation.rounding import proves_positive
from certify.regions.affine_functions import differences_of, push_through
from certify.regions.exact_functions import LARGEST_ENTRIES, entries
from geometry.computation.cancellation import check_cancelled
from geometry.network.network import Network
from geometry.network.rational import RationalNetwork
from geometry.network.rounding import EPSILON
from geometry.norms import Array

FLOATS_AT_ONCE = 256  # points between two checks of cancellation: no product is faster with more
EXACT_POINTS_AT_ONCE = 64  # points of one batch decided by exact arithmetic at most: a limit of time


class Witnesses:
    """Judges whether points (n, input_units) have f_label <= f_s for another class s, as real numbers."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._pushes = [push_through(layer.affine) for layer in network.hidden]
        self._slopes = [layer.below64 for layer in network.hidden]
        self._leaky = [bool(np.any((slope != 0) & (slope != 1))) for slope in map(np.asarray, self._slopes)]
        self._entries = sum(entries(layer.affine) for layer in network.layers)

    def margins(self, points: Array, label: int) -> tuple[Array, Array]:
        """(n, others) f_label - f_s for the other classes s in order, and bounds on their rounding errors.

        Errors run along with the values, as in `certify.regions.affine_functions`; an activation has no larger error
        than its pre-activation, except for the rounding of a product.
        """
        values, shifts = points, np.zeros_like(points)
        for push, slope, leaky in zip(self._pushes, self._slopes, self._leaky):
            values, shifts = push.values(values), push.shifts(values, shifts)
            values = np.maximum(values, slope * values)
            if leaky:
                shifts = shifts + EPSILON * np.abs(values)
        differences = differences_of(self.network, label)
        return values @ differences.weights + differences.offset, differences.shifts(np.abs(values), shifts)

    def judged(self, points: Array, label: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """(n,) which points float64 proves adversarial, and which others it leaves open."""
        margins, errors = self.margins(points, label)
        sure = np.any(margins <= -errors, axis=1)
        possible = ~np.all(proves_positive(margins, errors), axis=1)
        return np.asarray(sure), np.asarray(possible & ~sure)

    def exactly(self, points: Array, label: int) -> NDArray[np.bool_]:
        """(n,) which points are adversarial, by exact arithmetic; False for those that cost too much."""
        adversarial = np.zeros(len(points), bool)
        rational = RationalNetwork(self.network)
        for i, point in enumerate(points[: min(EXACT_POINTS_AT_ONCE, LARGEST_ENTRIES // max(1, self._entries))]):
            check_cancelled()
            logits = rational.preactivations(point)[-1].numerators
            adversarial[i] = any(logits[label] <= other for s, other in enumerate(logits) if s != label)
        return adversarial


@torch.no_grad()
def margins_at(network: Network, flat: Array, labels: NDArray[np.int64]) -> tuple[Array, Array]:
    """(n, input_units) -> margins f_label - max over the others by a float64 forward pass, and its rounding error.

    Batches of other sizes add in another order: where a margin is below the error, its sign may differ between them.
    """
    witnesses = Witnesses(network)
    margins, errors = np.zeros(len(flat)), np.zeros(len(flat))
    for label, own in _by_label(labels):
        values, slack = witnesses.margins(flat[own], label)
        margins[own] = values.min(axis=1, initial=np.inf)
        errors[own] = (values + slack).min(axis=1, initial=np.inf) - margins[own] if values.shape[1] else 0
    return margins, errors


@torch.no_grad()
def certainly_adversarial(network: Network, flat: Array, labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n, input_units) -> (n,) where f_label <= f_s for another class s, as real numbers; ties count.

    False also for points that float64 leaves open and exact arithmetic costs too much for.
    """
    witnesses, adversarial = Witnesses(network), np.zeros(len(flat), bool)
    for label, own in _by_label(labels):
        sure, is_open = witnesses.judged(flat[own], label)
        sure[is_open] = witnesses.exactly(flat[own[is_open]], label)
        adversarial[own] = sure
    return adversarial


def _by_label(labels: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Each label with its points, FLOATS_AT_ONCE at most; checks for cancellation before each group."""
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        for begin in range(0, len(own), FLOATS_AT_ONCE):
            check_cancelled()
            yield int(label), own[begin : begin + FLOATS_AT_ONCE]
