"""Element-wise ONNX operators: arithmetic with constants, BatchNorm, ReLU and the like."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from torch import Tensor

from geometry.network.affine import Shape
from models.files.formats.npz import real_tensor
from models.files.formats.onnx.chain import Array, Chain, Indices, Node, View, has_each_once, in_order

UNBOUNDED = 3.4e38  # float32's largest number, which exporters write for no bound


def spread(node: Node, value: Array, shape: Shape) -> Array:
    """A constant, broadcast to the shape of activations, with further axes of size 1 in front if it has them."""
    try:
        broadcast = np.broadcast_shapes(value.shape, shape)
    except ValueError:
        broadcast = ()
    if math.prod(broadcast) != math.prod(shape) or broadcast[len(broadcast) - len(shape) :] != shape:
        raise ValueError(f"{node.title} of shape {value.shape} does not fit activations of shape {shape}")
    return np.broadcast_to(value, broadcast)


def arithmetic(chain: Chain, node: Node) -> Indices:
    """x + c, x - c, c - x, x * c and x / c, with c of any shape that fits."""
    node.take()
    if len(node.inputs) != 2:
        raise node.refuse("it has two inputs")
    if len(node.views()) == 2:
        raise node.refuse("of two results of the network it is not piecewise linear")
    place = 1 if isinstance(node.inputs[0], View) else 0
    constant, order = node.constant(place), node.view(1 - place)
    value = spread(node, constant, order.shape)
    order = order.reshape(value.shape)
    if node.op == "Div" and (place == 0 or not value.all()):
        raise node.refuse("dividing by the activations, or by zero")
    if bool((value == (node.op in ("Mul", "Div"))).all()) and not (node.op == "Sub" and place == 0):
        return order  # x + 0, x - 0, x * 1, x / 1
    order = one_to_one(chain, order)
    values = per_channel(chain, order, value)
    zeros, ones = np.zeros_like(values), np.ones_like(values)
    match node.op, place:
        case "Add", _ if chain.specs and chain.specs[-1].get("bias") is False and len(values) == chain.shape[0]:
            chain.specs[-1]["bias"] = True
            chain.weights[f"{len(chain.specs) - 1}.bias"] = real_tensor(values)
            chain.age += 1
        case "Add", _:
            _normalize(chain, -values, ones)
        case "Sub", 1:
            _normalize(chain, values, ones)
        case "Div", 1 if (values > 0).all():
            _normalize(chain, zeros, values)
        case "Div", _:
            _scale(chain, 1 / values, zeros)
        case "Mul", _:
            _scale(chain, values, zeros)
        case _:
            _scale(chain, -ones, values)
    return order


def one_to_one(chain: Chain, order: Indices) -> Indices:
    """A view with every output of the chain exactly once. If `order` is not such a view, the chain is rearranged."""
    if has_each_once(order, chain.units):
        return order
    chain.settle(order)
    return in_order(order.shape)


def per_channel(chain: Chain, order: Indices, *seen: Array) -> Array:
    """Constants in the shape of a one-to-one view, as one value per channel of the chain if possible, else per unit.

    Several constants are stacked. With values per unit, the chain is flat afterwards.
    """
    values = np.stack(seen)
    own = np.empty((len(values), chain.units), values.dtype)
    own[:, order.reshape(-1)] = values.reshape(len(values), -1)
    own = own.reshape(len(values), chain.shape[0], -1)
    if (own == own[:, :, :1]).all():
        own = own[:, :, 0]
    else:
        chain.fold((chain.units,))
        own = own.reshape(len(values), -1)
    return own[0] if len(seen) == 1 else own


def _normalize(chain: Chain, mean: Array, std: Array) -> None:
    """Add (x - mean) / std. A division after a subtraction is merged into the same layer."""
    before = f"{len(chain.specs) - 1}.std"
    subtracted = before in chain.weights and bool((chain.weights[before] == 1).all())
    if subtracted and not mean.any() and len(chain.weights[before]) == len(std):
        chain.weights[before] = real_tensor(std)
        chain.age += 1
    else:
        chain.add("Normalize", chain.shape, {"mean": mean, "std": std}, channels=len(mean))


def _scale(chain: Chain, factor: Array, shift: Array) -> None:
    """Add factor * x + shift, as a BatchNorm with mean 0 and variance 1."""
    _add_batch_norm(chain, factor, shift, np.zeros_like(factor), np.ones_like(factor), 0.0)


def _add_batch_norm(chain: Chain, factor: Array, shift: Array, mean: Array, variance: Array, eps: float) -> None:
    weights: dict[str, Array | Tensor] = {
        "weight": factor,
        "bias": shift,
        "running_mean": mean,
        "running_var": variance,
    }
    layer = "BatchNorm1d" if len(chain.shape) == 1 else "BatchNorm2d"
    chain.add(layer, chain.shape, weights, num_features=len(factor), eps=eps, affine=True)


def scaler(chain: Chain, node: Node) -> Indices:
    """(x - offset) * scale, the export of scikit-learn's StandardScaler."""
    offset, scale = (np.asarray(value, np.float32) for value in node.take(offset=(0.0,), scale=(1.0,)))
    order = one_to_one(chain, node.view())
    values = per_channel(chain, order, spread(node, offset, order.shape), spread(node, scale, order.shape))
    zeros, ones = np.zeros_like(values[0]), np.ones_like(values[0])
    _add_batch_norm(chain, values[1], zeros, values[0], ones, 0.0)
    return order


def batch_norm(chain: Chain, node: Node) -> Indices:
    eps, _, training, spatial = node.take(epsilon=1e-5, momentum=0.9, training_mode=0, spatial=1)
    if training or spatial != 1:
        raise node.refuse("only as in inference; export the network in eval mode")
    order = node.view()
    constants = [node.constant(k, 1) for k in range(1, 5)]
    if order.ndim < 2 or any(len(value) != order.shape[1] for value in constants):
        shapes = [value.shape for value in constants]
        raise ValueError(f"{node.title} with constants of shapes {shapes} does not fit activations of {order.shape}")
    order = one_to_one(chain, order)
    shape = (1, -1, *[1] * (order.ndim - 2))
    statistics = per_channel(chain, order, *[np.broadcast_to(v.reshape(shape), order.shape) for v in constants])
    _add_batch_norm(chain, statistics[0], statistics[1], statistics[2], statistics[3], float(eps))
    return order


def relu(chain: Chain, node: Node) -> Indices:
    node.take()
    return _activation(chain, node.view(), 0.0)


def leaky_relu(chain: Chain, node: Node) -> Indices:
    return _activation(chain, node.view(), _decimal(np.asarray(node.take(alpha=0.01)[0], np.float32)))


def parametric_relu(chain: Chain, node: Node) -> Indices:
    """PRelu with one slope for all units, or one for each channel."""
    node.take()
    order = node.view()
    slopes = spread(node, node.constant(1), order.shape)
    if len(np.unique(slopes)) == 1 and 0 <= slopes.flat[0] <= 1:
        return _activation(chain, order, _decimal(slopes.flat[:1]))
    weight = per_channel(chain, order, slopes)
    chain.add("PReLU", chain.shape, {"weight": weight}, num_parameters=len(weight))
    return order


def clip(chain: Chain, node: Node) -> Indices:
    """Clip from 0 to nothing, which is ReLU, or between two bounds, which is Hardtanh."""
    low, high = bounds_of(node)
    if high is not None:
        if low is None or not low < high:
            raise node.refuse(f"its bounds are {low} and {high}; the first must be the smaller one")
        chain.add("Hardtanh", chain.shape, min_val=low, max_val=high)
        return node.view()
    if low is None:
        return node.view()
    if low != 0:
        raise node.refuse(f"its lower bound is {low:g}; Clip(x, 0) is ReLU")
    return _activation(chain, node.view(), 0.0)


def bounds_of(node: Node) -> tuple[float | None, float | None]:
    """The bounds of a Clip, of float32 as the shortest decimals that round to them; None where there is none."""
    low, high = node.take(min=None, max=None)
    low = node.optional(1) if low is None else np.asarray(low, np.float32)
    high = node.optional(2) if high is None else np.asarray(high, np.float32)
    ends = [None if end is None else _decimal(end) for end in (low, high)]
    bounded = ends[0] is not None and not ends[0] <= -UNBOUNDED, ends[1] is not None and not ends[1] >= UNBOUNDED
    return (ends[0] if bounded[0] else None, ends[1] if bounded[1] else None)


def _decimal(number: Array) -> float:
    """A number; of float32 as the shortest decimal that rounds to it, such as 0.01."""
    single = number.reshape(())
    return float(str(single)) if single.dtype == np.float32 else float(single)


def hard_sigmoid(chain: Chain, node: Node) -> Indices:
    """min(max(alpha x + beta, 0), 1)."""
    alpha, beta = node.take(alpha=0.2, beta=0.5)
    ones = np.ones(chain.shape[0])
    _scale(chain, alpha * ones, beta * ones)
    chain.add("Hardtanh", chain.shape, min_val=0, max_val=1)
    return node.view()


def maximum(chain: Chain, node: Node) -> Indices:
    """Max of the activations and 0, which is ReLU."""
    node.take()
    places = node.views()
    if len(node.inputs) != 2 or len(places) != 1:
        raise node.refuse("it takes the larger of two results of the network; Max(x, 0) is ReLU and is supported")
    order = node.view(places[0])
    value = spread(node, node.constant(1 - places[0]), order.shape)
    if value.any():
        raise node.refuse("it compares with other numbers than 0; Max(x, 0) is ReLU and is supported")
    return _activation(chain, order.reshape(value.shape), 0.0)


def negate(chain: Chain, node: Node) -> Indices:
    node.take()
    ones = np.ones(chain.shape[0], np.float32)
    _scale(chain, -ones, 0 * ones)
    return node.view()


def _activation(chain: Chain, order: Indices, slope: float) -> Indices:
    """Add ReLU or LeakyReLU."""
    if slope:
        chain.add("LeakyReLU", chain.shape, negative_slope=slope)
    else:
        chain.add("ReLU", chain.shape)
    return order


UNIT_WISE: dict[str, Callable[[Chain, Node], Indices]] = {
    "BatchNormalization": batch_norm,
    "Scaler": scaler,
    "Relu": relu,
    "LeakyRelu": leaky_relu,
    "PRelu": parametric_relu,
    "Clip": clip,
    "HardSigmoid": hard_sigmoid,
    "Max": maximum,
    "Neg": negate,
    "Add": arithmetic,
    "Sub": arithmetic,
    "Mul": arithmetic,
    "Div": arithmetic,
}
