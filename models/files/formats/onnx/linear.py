"""ONNX operators that multiply activations by matrices."""

from __future__ import annotations

import math
import string

import numpy as np

from geometry.network.index_products import operand_axes
from models.files.formats.npz import real_tensor
from models.files.formats.onnx.chain import Array, Chain, Indices, Node, View, in_order
from models.files.formats.onnx.units import spread

MAX_ROWS = 1 << 22  # numbers in a matrix that acts on several rows at once: more are a convolution


def gemm(chain: Chain, node: Node) -> Indices:
    """alpha A B + beta C; the activations are A or B."""
    alpha, beta, flip_a, flip_b = node.take(alpha=1.0, beta=1.0, transA=0, transB=0)
    first, second = (value.order if isinstance(value, View) else value for value in node.inputs[:2])
    if first is None or second is None or first.ndim != 2 or second.ndim != 2 or len(node.views()) != 1:
        raise node.refuse("it multiplies the activations and one constant, both of two dimensions")
    first, second = first.T if flip_a else first, second.T if flip_b else second
    if isinstance(node.inputs[0], View):
        order = times(chain, node, first, _scaled(second, alpha))
    else:
        order = times(chain, node, second.T, _scaled(first, alpha).T).T
    bias = node.optional(2)
    return order if bias is None or not beta else _add_bias(chain, node, order, _scaled(bias, beta))


def matmul(chain: Chain, node: Node) -> Indices:
    """Activations times a constant, or a constant times activations."""
    node.take()
    if len(node.inputs) != 2 or len(node.views()) != 1:
        raise node.refuse("it multiplies the activations and one constant")
    left = isinstance(node.inputs[0], View)
    order, matrix = node.view(0 if left else 1), node.constant(1 if left else 0)
    if matrix.ndim == 0 or order.ndim == 0:
        raise ValueError(f"{node.title} multiplies a single number")
    ahead = matrix.shape[:-2]
    if any(size != 1 for size in ahead):
        matrices = matrix.reshape(-1, *matrix.shape[-2:])
        if not len(matrices) or not (matrices == matrices[0]).all():
            raise node.refuse("a constant of several matrices")
        order = np.broadcast_to(order, (*np.broadcast_shapes(ahead, order.shape[:-2]), *order.shape[-2:]))
        node.check_size(order.size)
        matrix, ahead = matrices[0], ()
    order = order.reshape((1,) * max(0, len(ahead) + 2 - order.ndim) + order.shape) if ahead else order
    matrix = matrix.reshape(matrix.shape[-2:])
    if left:
        return times(chain, node, order, matrix)
    if order.ndim == 1:
        return times(chain, node, order, matrix.T)
    if matrix.ndim == 1:
        return times(chain, node, order.swapaxes(-1, -2), matrix)
    return times(chain, node, order.swapaxes(-1, -2), matrix.T).swapaxes(-1, -2)


def einsum(chain: Chain, node: Node) -> Indices:
    """A sum of products of activations and one constant, by letters for axes, such as "bi,ji->bj"."""
    (equation,) = node.take(equation=b"")
    if not isinstance(equation, bytes) or len(node.inputs) != 2 or len(node.views()) != 1:
        raise node.refuse("it multiplies the activations and one constant")
    try:
        operands, result = operand_axes(equation.decode("ascii", "replace"))
    except ValueError as error:
        raise node.refuse(str(error)) from error
    place = node.views()[0]
    order, constant = node.view(place), node.constant(1 - place)
    if len(operands[place]) != order.ndim or len(operands[1 - place]) != constant.ndim:
        raise ValueError(f"{node.title} has other axes than its inputs, of shapes {order.shape} and {constant.shape}")
    node.check_matrix(order.size, order.size)
    sizes = dict(zip(operands[place], order.shape))
    if any(sizes.setdefault(letter, size) != size for letter, size in zip(operands[1 - place], constant.shape)):
        raise ValueError(f"{node.title} has an axis of two sizes, in the shapes {order.shape} and {constant.shape}")
    shape = tuple(sizes[letter] for letter in result)
    node.check_matrix(order.size, math.prod(shape))
    every = next(letter for letter in string.ascii_letters if letter not in sizes)
    each = np.eye(order.size).reshape(order.size, *order.shape)
    spec = f"{every}{operands[place]},{operands[1 - place]}->{every}{result}"
    matrix = np.einsum(spec, each, constant.astype(np.float64)).reshape(order.size, -1)
    only_products = set(operands[1 - place]) <= {*operands[place], *result}  # each entry is one of the constant's
    matrix = matrix.astype(constant.dtype) if only_products else matrix
    return times(chain, node, order.reshape(1, -1), matrix).reshape(shape)


def _scaled(values: Array, factor: float) -> Array:
    return values if factor == 1 else values * np.asarray(factor, values.dtype)


def times(chain: Chain, node: Node, order: Indices, matrix: Array) -> Indices:
    """A view (..., in) times a matrix (in, out) or (in,), row by row."""
    column = matrix.ndim == 1
    matrix = matrix[:, None] if column else matrix
    if order.shape[-1] != len(matrix):
        raise ValueError(f"{node.title} takes {len(matrix)} numbers, activations have the shape {order.shape}")
    if order.size > len(np.unique(order)):
        chain.settle(order)
        order = in_order(order.shape)
    rows = order.reshape(-1, order.shape[-1])
    outputs = in_order((len(rows), matrix.shape[1]))
    node.check_size(outputs.size)
    shape = order.shape[:-1] if column else (*order.shape[:-1], matrix.shape[1])
    if len(rows) > 1 and chain.units * outputs.size > MAX_ROWS:
        return _by_convolution(chain, rows, matrix).reshape(shape)
    weights = _on_all_units(chain, rows, outputs, matrix)
    chain.fold((chain.units,))
    fields = {"in_features": chain.units, "out_features": outputs.size, "bias": False}
    chain.add("Linear", (outputs.size,), {"weight": weights}, **fields)
    return outputs.reshape(shape)


def _by_convolution(chain: Chain, rows: Indices, matrix: Array) -> Indices:
    """(rows, out): rows times a matrix (in, out), as a convolution of one pixel whose channels are the columns."""
    image = rows.T[None, :, :, None]
    chain.settle(image)
    chain.fold(image.shape[1:])
    (count, inputs), outputs = rows.shape, matrix.shape[1]
    chain.add(
        "Conv2d", (outputs, count, 1), {"weight": matrix.T[:, :, None, None]},
        in_channels=inputs, out_channels=outputs, kernel_size=[1, 1], stride=[1, 1], padding=[0, 0], dilation=[1, 1],
        groups=1, bias=False,
    )  # fmt: skip
    return in_order((outputs, count)).T


def along_axis(chain: Chain, node: Node, order: Indices, axis: int, matrix: Array) -> Indices:
    """A view times a matrix (after, before) along an axis."""
    if matrix.shape[0] == matrix.shape[1] and (matrix == np.eye(len(matrix))).all():
        return order
    moved = times(chain, node, np.moveaxis(order, axis, -1), matrix.T)
    return np.moveaxis(moved, -1, axis)


def _on_all_units(chain: Chain, rows: Indices, outputs: Indices, matrix: Array) -> Array:
    """(out, in): the matrix on all outputs of the chain, with 0 for those that are not in a row of the view."""
    if len(rows) == 1 and np.array_equal(rows[0], np.arange(chain.units)):
        return matrix.T
    weights = np.zeros((outputs.size, chain.units), matrix.dtype)
    weights[outputs[:, :, None], rows[:, None, :]] = matrix.T
    return weights


def _add_bias(chain: Chain, node: Node, order: Indices, bias: Array) -> Indices:
    values = np.empty(chain.units, bias.dtype)
    values[order.reshape(-1)] = spread(node, bias, order.shape).reshape(-1)
    chain.specs[-1]["bias"] = True
    chain.weights[f"{len(chain.specs) - 1}.bias"] = real_tensor(values)
    return order
