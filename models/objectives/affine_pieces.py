"""The affine pieces of a network at a batch of points, differentiable with respect to the weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from certify.bounds.functionals import DenseFunctionals, LayerFunctionals, longest, substitute, unit_functionals
from certify.bounds.interval import row_norms
from geometry.computation.cached_property import cached_property
from geometry.network.network import Network, as_network
from geometry.network.unit_gradients import slopes_at
from geometry.norms import Norm


@dataclass(frozen=True, eq=False)
class Pieces:
    """f(z) = V z + a on the region of each of n points, for every layer; rows of V are computed on demand.

    `preactivations` are (n, units) per layer, logits last; `slopes` (n, units) per hidden layer, the derivative of
    each activation. Gradients flow to the weights, also through V, but not to the activation pattern.
    """

    network: Network
    preactivations: list[Tensor]
    slopes: list[Tensor]

    def __len__(self) -> int:
        return len(self.preactivations[-1])

    def __getitem__(self, samples: slice) -> Pieces:
        """The pieces of some of the points."""
        return Pieces(self.network, [z[samples] for z in self.preactivations], [s[samples] for s in self.slopes])

    @property
    def logits(self) -> Tensor:
        return self.preactivations[-1]

    @cached_property
    def numbers(self) -> int:
        """The size of the largest set of rows, per point."""
        affines = [layer.affine for layer in self.network.layers]
        units = max(self.network.widths[1:], default=0)
        return max(units, self.network.classes) * max(self.network.input_units, longest(affines))

    def unit_rows(self, layer: int, units: Tensor | None = None) -> Tensor:
        """(n, m, seen) rows V_j of hidden layer `layer`, for units (n, m) or all, on the inputs that they can see."""
        return self._through(unit_functionals(self.network.layers[layer].affine, units), layer)

    def logit_rows(self, combinations: Tensor) -> Tensor:
        """(n or 1, m, classes) combinations of logits -> (n, m, inputs) the gradient of each."""
        last = len(self.network.layers) - 1
        rows = self._through(substitute(DenseFunctionals(combinations), self.network.layers[last].affine), last)
        return rows.expand(len(self), -1, -1)

    def logit_slopes(self, directions: Tensor) -> Tensor:
        """(n, m, inputs) -> (n, m, classes): the slopes of all logits along m directions from each point."""
        flat, counts = directions.flatten(0, 1), directions.shape[:2]
        for layer, slope in zip(self.network.hidden, self.slopes):
            flat = (layer.affine.linear(flat).unflatten(0, counts) * slope[:, None]).flatten(0, 1)
        return self.network.layers[-1].affine.linear(flat).unflatten(0, counts)

    def _through(self, rows: LayerFunctionals, layer: int) -> Tensor:
        """Rows on the activations that enter `layer` -> on the inputs."""
        for k in reversed(range(layer)):
            rows = substitute(rows.times(self.slopes[k]), self.network.layers[k].affine)
        return rows.cleaned().coefficients.flatten(1, -2)

    def norm_bounds(self, q: Norm) -> Iterator[Tensor]:
        """Per layer (n or 1, units) upper bounds of ||V_j||_q, exact for the first: ||V_j|| <= sum |w_k| ||V_k||."""
        bounds = row_norms(self.network.layers[0].affine, q)[None]
        yield bounds
        for layer, slope in zip(self.network.layers[1:], self.slopes):
            bounds = layer.affine.absolute().linear(slope * bounds)
            yield bounds


def pieces_at(network: nn.Module | Network, x: Tensor) -> Pieces:
    """The pieces of a network at points x (n, *input_shape); BatchNorm uses its running statistics."""
    converted = as_network(network, tuple(x.shape[1:]), compare="once")
    preactivations = converted.preactivations(x)
    return Pieces(converted, preactivations, slopes_at(converted, [z.detach() for z in preactivations[:-1]]))
