"""What one input of an ONNX graph is: the shape that the file says, and the shape that the network here takes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from onnx import ValueInfoProto

from geometry.network.affine import Shape
from models.files.bare_weights.readings import Hints
from models.files.formats.onnx.chain import MAX_ACTIVATIONS, Chain, View, in_order

MAX_DIMENSIONS = 8


@dataclass(frozen=True)
class Sizes:
    """One input as a graph sees it.

    batch : the batch's size if the file fixes one above 1; 0 if the input has no dimension for a batch
    own : the shape without a batch
    """

    batch: int
    own: Shape

    @property
    def seen(self) -> Shape:
        return self.own if self.batch == 0 else (1, *self.own)


def input_sizes(entry: ValueInfoProto, hints: Hints) -> Iterator[Sizes]:
    """The ways to see one input, the likelier first: by the file's own word, or where it is silent the caller's.

    The first of several dimensions is that of a batch, unless a size above 1 is fixed and no network comes of it.
    """
    dims = [int(dim.dim_value) if dim.dim_value else None for dim in entry.type.tensor_type.shape.dim]
    given = None if hints.input_shape is None else tuple(int(size) for size in hints.input_shape)
    if len(dims) > MAX_DIMENSIONS or any(size is not None and size < 0 for size in dims):
        raise ValueError(f"the file says inputs are {tuple(dims)[:MAX_DIMENSIONS]}, which no network takes")
    sizes = [size for size in dims if size is not None]
    if dims and len(sizes) == len(dims) and math.prod(sizes) > MAX_ACTIVATIONS * max(1, sizes[0]):
        raise ValueError(f"the file says inputs are {tuple(sizes)}; at most {MAX_ACTIVATIONS:,} numbers are read")
    rest = [size for size in dims[1:] if size is not None]
    if len(dims) > 1 and len(rest) == len(dims) - 1:
        ways = [Sizes(dims[0] or 1, tuple(rest))]
        if dims[0] is not None and dims[0] > 1:
            ways.append(Sizes(0, tuple(sizes)))
    elif len(dims) == 1 and sizes:
        ways = [Sizes(0, tuple(sizes))]
    elif given is None:
        raise ValueError("the ONNX file does not say what shape its inputs have; give input_shape, as in (1, 28, 28)")
    else:
        ways = [Sizes(0 if len(given) == len(dims) and len(dims) > 1 else 1, given)]
    fitting = [way for way in ways if given is None or _may_be(way.own, given)]
    if not fitting or math.prod(fitting[0].own) > MAX_ACTIVATIONS:
        said = " or ".join(str(way.own) for way in ways)
        raise ValueError(
            f"the file says inputs are {said}, which is not input_shape={given}"
            if given is not None and math.prod(given) <= MAX_ACTIVATIONS
            else f"the file says inputs are {said}; at most {MAX_ACTIVATIONS:,} numbers are read"
        )
    yield from fitting


def _may_be(own: Shape, given: Shape) -> bool:
    """Whether inputs of the file's own shape may be given in another one: not with their axes in another order.

    Images may have their channels first where the file has them last, since these are turned.
    """
    said, asked = ([size for size in shape if size > 1] for shape in (own, given))
    turned = said != asked and sorted(said) == sorted(asked)
    return math.prod(own) == math.prod(given) and (not turned or (len(own) == 3 and given == channels_first(own)))


def first_view(sizes: Sizes, hints: Hints, turned: bool) -> tuple[Chain, View, Shape]:
    """A chain without layers, what the graph sees of it, and the shape of the inputs it takes.

    turned : whether images, which have their channels last in the file, have them first here
    """
    own, given = sizes.own, None if hints.input_shape is None else tuple(hints.input_shape)
    if len(own) == 3 and own != given and (turned or given == channels_first(own)):
        shape = channels_first(own)
        order = in_order(shape).transpose(1, 2, 0).reshape(sizes.seen)
        chain = Chain(shape)
        chain.notes.append(
            f"The file takes images as height × width × channels, {'×'.join(map(str, own))}; "
            f"here they are channels × height × width, {'×'.join(map(str, shape))}."
        )
        return chain, View(order, chain.age), shape
    shape = given or _usual(own)
    chain = Chain(shape)
    if given is None and len(own) == 3:
        chain.turned = in_order(own).transpose(2, 0, 1)
    if len(shape) == 2 or (len(own) > 1 and len(shape) == 1):
        chain.add("Flatten", (math.prod(shape),))
        chain.age = 0
    return chain, View(in_order(sizes.seen), chain.age), shape


def _usual(own: Shape) -> Shape:
    """As the file says, without dimensions of size 1 around a vector."""
    if len(own) > 3 or sum(size > 1 for size in own) <= 1:
        return (math.prod(own),)
    return own


def channels_first(shape: Shape) -> Shape:
    return (shape[2], shape[0], shape[1])


def looks_channels_last(shape: Shape) -> bool:
    """An image of one or three channels, if its last dimension is that of the channels."""
    return len(shape) == 3 and shape[2] in (1, 3) and shape[0] not in (1, 3)
