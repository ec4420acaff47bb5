"""The inputs of graphs: the shape in the file, and the input shape of the network."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from geometry.network.affine import Shape
from models.files.bare_weights.readings import Hints
from models.files.formats.onnx.chain import MAX_ACTIVATIONS, Chain, View, in_order
from models.files.formats.onnx.tensors import MAX_DIMENSIONS

CHANNELS_LAST = "The file takes images as height × width × channels"  # the note on inputs that are reordered


@dataclass(frozen=True)
class Sizes:
    """The sizes of one input of a graph.

    batch : the batch size if the file fixes one above 1; 0 if the input has no batch axis
    own : the shape without a batch axis
    """

    batch: int
    own: Shape

    @property
    def seen(self) -> Shape:
        return self.own if self.batch == 0 else (1, *self.own)


def input_sizes(dims: Sequence[int | None], hints: Hints) -> Iterator[Sizes]:
    """The possible sizes of one input, the likelier first, from the file or, if it has none, from the caller.

    `dims` are those in the file, None where it leaves one open.

    The first of several dimensions is the batch axis, unless its size is fixed above 1 and the graph does not fit so.
    """
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
        raise ValueError("the file does not say what shape its inputs have; give input_shape, as in (1, 28, 28)")
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
    """Whether the caller's shape fits the file's: it may group the axes differently but not reorder them.

    Images may have their channels first if the file has them last, since these are transposed.
    """
    said, asked = ([size for size in shape if size > 1] for shape in (own, given))
    turned = said != asked and sorted(said) == sorted(asked)
    return math.prod(own) == math.prod(given) and (not turned or (len(own) == 3 and given == channels_first(own)))


def first_view(sizes: Sizes, hints: Hints, turned: bool, kind: type[Chain]) -> tuple[Chain, View, Shape]:
    """An empty chain of a kind, the graph's view of its input, and the network's input shape.

    turned : whether images have their channels last in the file and first in the network
    """
    own, given = sizes.own, None if hints.input_shape is None else tuple(hints.input_shape)
    if len(own) == 3 and own != given and (turned or given == channels_first(own)):
        shape = channels_first(own)
        order = in_order(shape).transpose(1, 2, 0).reshape(sizes.seen)
        chain = kind(shape)
        chain.notes.append(
            f"{CHANNELS_LAST}, {'×'.join(map(str, own))}; "
            f"here they are channels × height × width, {'×'.join(map(str, shape))}."
        )
        return chain, View(order, chain.age, chain), shape
    shape = given or _usual(own)
    chain = kind(shape)
    if given is None and len(own) == 3:
        chain.turned = in_order(own).transpose(2, 0, 1)
    if len(shape) == 2 or (len(own) > 1 and len(shape) == 1):
        chain.add("Flatten", (math.prod(shape),))
        chain.age = 0
    return chain, View(in_order(sizes.seen), chain.age, chain), shape


def _usual(own: Shape) -> Shape:
    """The file's shape, without dimensions of size 1 around a vector."""
    if len(own) > 3 or sum(size > 1 for size in own) <= 1:
        return (math.prod(own),)
    return own


def channels_first(shape: Shape) -> Shape:
    return (shape[2], shape[0], shape[1])


def looks_channels_last(shape: Shape) -> bool:
    """Whether the shape is that of an image with one or three channels in the last dimension."""
    return len(shape) == 3 and shape[2] in (1, 3) and shape[0] not in (1, 3)
