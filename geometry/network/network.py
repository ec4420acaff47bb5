"""A torch module as ReLUscope's own network: affine maps with units max(z, slope z) between them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from geometry.content import content_key
from geometry.network.affine import Affine, Conv, Dense, Shape, dense_matrix, evaluate
from geometry.network.agreement import check_agreement, check_outputs
from geometry.network.composition import compose, identity
from geometry.network.conversion import Normalize, UnsupportedLayerError, converted_leaves, has_own_forward
from geometry.network.graph import Comparisons
from geometry.network.module_copy import evaluation_copy, floating_tensors, parametrized, state
from geometry.network.sums import gamma
from geometry.network.tournament import Tournament
from geometry.network.tracing import recorded
from geometry.network.units import Pair
from geometry.network.weight_cache import cached_by_weights
from geometry.norms import Array

__all__ = ["Layer", "Network", "Normalize", "UnsupportedLayerError", "as_network", "class_scores"]


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of units: pre-activations affine(a), then max(z, slope * z). The logits have no `slope`.

    `slope` is one number in [0, 1] for all units, or a tensor (units,) with one for each. A unit whose own slope is 1
    carries its value along: it never bends. So it cuts no region, has no hyperplane and needs no relaxation, and its
    bit in every pattern is False.

    `pair` is there where two units after each other are one of the module: those of |z| and of a clip.
    """

    affine: Affine
    slope: float | Tensor | None
    pair: Pair | None = field(default=None, repr=False)

    @property
    def units(self) -> int:
        return math.prod(self.affine.out_shape)

    @property
    def parts(self) -> int:
        """How many units are one unit of the module."""
        return 1 if self.pair is None else 2

    def module_columns(self, rows: Array) -> Array:
        """(m, units) rows on the values of these units, as a next layer has them -> on those of the module's units."""
        return rows if self.pair is None else self.pair.columns(rows)

    @property
    def below(self) -> float | Tensor:
        """The slope for z < 0, of all units or (units,) of each; 0 for the logits."""
        return 0.0 if self.slope is None else self.slope

    @property
    def rectifies(self) -> bool:
        """Whether every unit is a ReLU, so that no activation is below 0."""
        return not isinstance(self.slope, Tensor) and self.slope == 0

    @property
    def bends(self) -> Tensor | None:
        """(units,) which units have a bend, None for all: those that carry a value along have none."""
        return self.slope < 1 if isinstance(self.slope, Tensor) else None

    @property
    def below64(self) -> float | NDArray[np.float64]:
        """As `below`, a float or an array of float64."""
        return self.slopes() if isinstance(self.slope, Tensor) else self.slope or 0.0

    def slopes(self) -> NDArray[np.float64]:
        """(units,) the slopes for z < 0."""
        if isinstance(self.slope, Tensor):
            return self.slope.detach().double().cpu().numpy()
        return np.full(self.units, self.slope or 0.0)

    def bending(self) -> NDArray[np.bool_]:
        """(units,) which units have a bend."""
        bends = self.bends
        return np.ones(self.units, bool) if bends is None else bends.cpu().numpy()

    def positive(self, z: Tensor) -> Tensor:
        """(n, units) pre-activations -> which units are active: those with a bend where z > 0."""
        return self.where_bending(z > 0)

    def where_bending(self, marked: Tensor) -> Tensor:
        """(n, units) which units are marked -> those of them with a bend."""
        bends = self.bends
        return marked if bends is None else marked & bends

    def activate(self, z: Tensor) -> Tensor:
        """(n, units) pre-activations -> activations."""
        if self.slope is None:
            return z
        return z.clamp(min=0) if self.rectifies else torch.maximum(z, self.slope * z)

    def weights(self) -> Iterator[Tensor]:
        """Every tensor the layer is made of."""
        yield from self.affine.weights()
        if isinstance(self.slope, Tensor):
            yield self.slope

    def to(self, dtype: torch.dtype, device: torch.device | str = "cpu") -> Layer:
        slope = self.slope.to(device, dtype) if isinstance(self.slope, Tensor) else self.slope
        return Layer(self.affine.to(dtype, device), slope, self.pair)

    def detached(self) -> Layer:
        """The same layer, through which no gradient flows to the weights."""
        slope = self.slope.detach() if isinstance(self.slope, Tensor) else self.slope
        return Layer(self.affine.detached(), slope, self.pair)


@dataclass(frozen=True, eq=False)
class Network:
    """A ReLU classifier, converted: hidden layers 1..L and the logits, on inputs of `input_shape`.

    Made by `as_network`; accepted wherever a torch module is. A second use is faster, because values derived from the
    weights are cached. So do not change weights through `.data` (see `geometry.network.weight_cache`). Convert again
    when the module has changed.

    The last layer gives the classes' scores. These are the logits, unless there is only one logit f: then they are 0
    and f, so that the class is 1 where f > 0 and 0 elsewhere, the convention of binary classifiers with one output.
    """

    input_shape: Shape
    layers: tuple[Layer, ...]
    one_logit: bool = False
    source: Source | None = field(default=None, repr=False)  # only if weights were folded
    comparisons: Comparisons | None = field(default=None, repr=False)  # of max-pooling, among the hidden units
    tournaments: tuple[Tournament, ...] = field(default=(), repr=False)  # the maxima of several that these belong to

    @property
    def hidden(self) -> tuple[Layer, ...]:
        return self.layers[:-1]

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each hidden layer, flat."""
        return tuple(layer.units for layer in self.hidden)

    @property
    def module_widths(self) -> tuple[int, ...]:
        """Units of each hidden layer as the module has them: those of |z| and of a clip are two here, and one there."""
        return tuple(layer.units // layer.parts for layer in self.hidden)

    def module_units(self) -> NDArray[np.intp]:
        """(units,) the number of the module's unit that each hidden unit belongs to, from 0 through all layers."""
        parts = np.repeat([layer.parts for layer in self.hidden], self.module_widths).astype(np.intp)
        return np.repeat(np.arange(len(parts)), parts)

    def module_pattern(self, pattern: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(..., units) which units are on -> (..., units of the module) which of those are: their z > 0."""
        numbers = self.module_units()
        return pattern[..., np.flatnonzero(np.diff(numbers, prepend=-1))]

    @property
    def classes(self) -> int:
        """How many classes the network tells apart: one per output, two where there is one output."""
        return self.layers[-1].units

    @property
    def outputs(self) -> int:
        """How many logits the module gives."""
        return 1 if self.one_logit else self.classes

    @property
    def dtype(self) -> torch.dtype:
        return self.layers[0].affine.bias.dtype

    @property
    def input_units(self) -> int:
        return math.prod(self.input_shape)

    def preactivations(self, x: Tensor) -> list[Tensor]:
        """(n, *input_shape) or flat (n, input_units) -> per layer (n, units); the last are the classes' scores."""
        activations, per_layer = x.reshape(len(x), self.input_units), []
        for layer in self.layers:
            per_layer.append(evaluate(layer.affine, activations))
            activations = layer.activate(per_layer[-1])
        return per_layer

    def scores(self, x: Tensor) -> Tensor:
        """(n, *input_shape) -> (n, classes), of which the largest names the class: see `class_scores`."""
        return self.preactivations(x)[-1]

    def __call__(self, x: Tensor) -> Tensor:
        """(n, *input_shape) -> (n, outputs) logits, as the module gives them."""
        return self.scores(x)[:, -self.outputs :]

    @property
    def key(self) -> str:
        """A key of the content: equal layers for equal inputs have equal keys. The dtype counts too."""
        pairs = [(k, layer.pair) for k, layer in enumerate(self.hidden) if layer.pair is not None]
        content = (self.input_shape, self.layers, self.one_logit, *pairs)
        return cached_by_weights(self, "key", lambda: content_key(*content))

    def weights(self) -> Iterator[Tensor]:
        return (weight for layer in self.layers for weight in layer.weights())

    def to(self, dtype: torch.dtype, device: torch.device | str = "cpu") -> Network:
        """The network in another dtype. In a finer one, folded weights are folded anew from those of the module.

        So in float64 this is the network of `module.double()`, up to float64 rounding of the folded weights, unless
        the module has changed since it was converted: then the folded weights themselves are cast.
        """
        device = torch.device(device)
        if all(weight.dtype == dtype and weight.device == device for weight in self.weights()):
            return self
        if self.source is not None and (refolded := self.source.network(dtype, device)) is not None:
            return refolded
        return replace(self, layers=tuple(layer.to(dtype, device) for layer in self.layers))

    def detached(self) -> Network:
        """The same network, through which no gradient flows to the weights."""
        layers = tuple(layer.detached() for layer in self.layers)
        return replace(self, layers=layers, source=None if self.source is None else replace(self.source, graph=False))


@dataclass(frozen=True, eq=False)
class Source:
    """The module that folded weights come from, and its state at that time."""

    module: nn.Module
    input_shape: Shape
    dtype: torch.dtype  # of the folded weights
    state: list[Any]
    graph: bool = True  # whether gradients flow to the module

    def network(self, dtype: torch.dtype, device: torch.device) -> Network | None:
        """The network with weights cast before folding; None if `dtype` is no finer or the module has changed."""
        if torch.finfo(dtype).eps >= torch.finfo(self.dtype).eps or state(self.module) != self.state:
            return None
        with torch.set_grad_enabled(self.graph and torch.is_grad_enabled()):
            return _converted(evaluation_copy(self.module, dtype, device), self.input_shape, dtype)[0]


def class_scores(logits: Tensor) -> Tensor:
    """(n, outputs) logits -> (n, classes) scores, the largest of which names the class; of equal ones the first.

    One logit f per point is a binary classifier's, whose class is its sign: 1 where f > 0, else 0. Its scores are
    (0, f), so their cross entropy is the binary cross entropy of f.
    """
    return torch.cat([torch.zeros_like(logits), logits], dim=1) if logits.shape[1] == 1 else logits


def as_network(
    network: nn.Module | Network, input_shape: Shape, *, compare: Literal["changed", "once", "never"] = "changed"
) -> Network:
    """Convert a torch module for inputs of shape `input_shape` (without the batch); a `Network` is passed through.

    A Sequential of supported layers is read layer by layer. A module with its own forward runs once on a tensor that
    records the functions it calls: `geometry.network.tracing`.

    The module is read, never changed; weights keep their dtype and device, and gradients flow to them.
    BatchNorm is folded with its running statistics, Dropout is the identity (eval mode).

    compare : when the conversion is compared, layer by layer, with the module's own forward pass
        (`geometry.network.agreement`): whenever the module has changed since it was last compared; once for each
        module, for one whose weights are being trained; or never, for one that this project builds

    Raises
    ------
    UnsupportedLayerError
        Naming a layer or a function that is not supported, or one that computes something else than its class.
    ValueError
        If a layer does not fit the shape that reaches it, or a weight is NaN or infinite.
    """
    shape = tuple(input_shape)
    if not all(isinstance(size, int) and size > 0 for size in shape):
        raise ValueError(f"the shape of one input is a tuple of whole numbers above 0, got {shape}")
    if isinstance(network, Network):
        if math.prod(network.input_shape) != math.prod(shape):
            raise ValueError(f"the network takes inputs of shape {network.input_shape}, got {shape}")
        return network
    if compare == "once":  # in training: no copy, and no source in a finer dtype
        converted, _ = _converted(network, shape)
        _check(network, shape, None)
        return converted
    converted, folded = _converted(evaluation_copy(network) if parametrized(network) else network, shape)
    if compare == "changed" or folded:
        now = state(network)
    if folded and not all(bool(torch.isfinite(weight).all()) for weight in converted.weights()):
        raise ValueError(
            f"folding the layers into each other gives numbers beyond {torch.finfo(converted.dtype).max:.2g}; "
            "scale the weights down, or convert the network to float64 first"
        )
    if compare == "changed":
        _check(network, shape, now)
    return replace(converted, source=Source(network, shape, converted.dtype, now)) if folded else converted


def _check(network: nn.Module, input_shape: Shape, now: list[Any] | None) -> None:
    """Compare the conversion with the module's own forward pass, as `geometry.network.agreement` does."""
    if not has_own_forward(network):
        check_agreement(network, input_shape, now)
        return

    def given(x: Tensor) -> tuple[Tensor, Tensor]:
        double, _ = _converted(evaluation_copy(network, torch.float64, "cpu"), input_shape, torch.float64)
        size, error = x.abs().flatten(1), torch.zeros_like(x).flatten(1)
        for layer in double.layers:
            absolute, relative = layer.affine.absolute(), gamma(layer.affine)
            size = absolute.linear(size) + absolute.bias
            error = absolute.linear(error) * (1 + relative) + relative * size
        return double(x), error[:, -double.outputs :]

    check_outputs(network, input_shape, now, given)


def _converted(network: nn.Module, input_shape: Shape, dtype: torch.dtype | None = None) -> tuple[Network, bool]:
    """The network, and whether its weights differ from the module's parameters: folded, or computed from them."""
    like = next(floating_tensors(network), torch.zeros((), dtype=torch.get_default_dtype())).detach().to(dtype)
    if has_own_forward(network):
        graph, output = recorded(evaluation_copy(network), input_shape, like)
        layers = [Layer(affine, slope) for affine, slope in graph.layers(output)]
        finished = _finished(input_shape, layers[:-1], layers[-1].affine)
        return replace(finished, comparisons=graph.decided_by(), tournaments=graph.tournaments()), True
    layers = []
    pending: list[Affine] = []
    folded, shape = False, input_shape
    for leaf in converted_leaves(network, input_shape, like):
        if leaf.slope is not None:
            before = [] if leaf.affine is None else [leaf.affine]
            layers.append(Layer(compose([*pending, *before] or [identity(shape, like)]), leaf.slope, leaf.pair))
            pending = [] if leaf.after is None else [leaf.after]
            folded |= leaf.affine is not None or leaf.after is not None
        elif leaf.affine is not None:
            pending.append(leaf.affine)
            given = isinstance(leaf.affine, Dense | Conv) and isinstance(leaf.module._parameters.get("weight"), Tensor)
            folded |= len(pending) > 1 or not given
        shape = leaf.out_shape
    return _finished(input_shape, layers, compose(pending or [identity(shape, like)])), folded


def _finished(input_shape: Shape, hidden: list[Layer], last: Affine) -> Network:
    """The network of these hidden layers and the map to its outputs."""
    one_logit = math.prod(last.out_shape) == 1
    return Network(input_shape, (*hidden, Layer(_with_zero_first(last) if one_logit else last, None)), one_logit)


def _with_zero_first(affine: Affine) -> Dense:
    """The scores (0, f) of a single logit f."""
    row = dense_matrix(affine)
    zero = torch.zeros_like(row), torch.zeros_like(affine.bias)
    return Dense(torch.cat([zero[0], row]), torch.cat([zero[1], affine.bias]), affine.in_shape, (2,))
