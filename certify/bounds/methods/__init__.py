"""The methods that bound a network on a perturbation set: the table of names, and the functionals they bound."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from certify.bounds.methods.alpha_crown import ALPHA_CROWN
from certify.bounds.methods.best_of_cheap import BEST_OF_CHEAP
from certify.bounds.methods.crown import CROWN
from certify.bounds.methods.crown_interval import CROWN_INTERVAL
from certify.bounds.methods.fast_lin import FAST_LIN
from certify.bounds.methods.fast_lip import FAST_LIP
from certify.bounds.methods.interval_arithmetic import INTERVAL
from certify.bounds.methods.linear_program import lp_on
from certify.bounds.methods.sdp_crown import SDP_CROWN
from certify.records import Bound
from geometry.network.affine import Affine, dense_matrix
from geometry.network.network import Network
from geometry.network.weight_cache import cached_by_weights

TABLE = 1 << 20  # numbers in the margin functionals of all labels up to which they are cached: 8 MB

METHODS: dict[str, Bound] = {
    "interval": INTERVAL,
    "fast-lin": FAST_LIN,
    "crown": CROWN,
    "crown-interval": CROWN_INTERVAL,
    "fast-lip": FAST_LIP,
    "best-of-cheap": BEST_OF_CHEAP,
    "alpha-crown": ALPHA_CROWN,
    "sdp-crown": SDP_CROWN,
    "lp": lp_on(BEST_OF_CHEAP.run, ALPHA_CROWN.run),  # no other has better bounds of hidden layers
}
# Cheapest first: tried, drawn and measured where no others are named.
DEFAULT_METHODS: tuple[str, ...] = ("interval", "fast-lin", "crown")


def margin_functionals(network: Network, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """f_label - f_s for the classes s other than each label, as functionals of the last hidden activations.

    Returns
    -------
    weights (n, K - 1, units), offset (n, K - 1), and the classes s (n, K - 1)
    """
    last, classes = network.layers[-1].affine, network.classes
    if classes**2 * math.prod(last.in_shape) > TABLE:
        return _differences(last, labels)
    every = torch.arange(classes, device=labels.device)
    weights, offset, others = cached_by_weights(last, "margin functionals", lambda: _differences(last, every))
    return weights.index_select(0, labels), offset.index_select(0, labels), others.index_select(0, labels)


def _differences(last: Affine, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """`margin_functionals` of this last map."""
    matrix = dense_matrix(last)
    counted = torch.arange(len(matrix) - 1, device=labels.device).expand(len(labels), -1)
    others = counted + (counted >= labels[:, None])
    weights = matrix[labels][:, None] - matrix[others]
    return weights, last.bias[labels][:, None] - last.bias[others], others
