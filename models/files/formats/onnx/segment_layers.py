"""ONNX operators of one result that only a graph of layers can hold, beside those of chains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from models.files.formats.onnx.chain import Indices, Node, View
from models.files.formats.onnx.images import image_of
from models.files.formats.onnx.one_dimensional import of_signals_too
from models.files.formats.onnx.pooling import max_pool, max_windows, side_by_side
from models.files.formats.onnx.steps import Segment
from models.files.formats.onnx.units import bounds_of, clip


def absolute(segment: Segment, node: Node) -> Indices:
    node.take()
    segment.add("Abs", segment.shape)
    return node.view()


def any_clip(segment: Segment, node: Node) -> Indices:
    """Clip, with one bound too."""
    low, high = bounds_of(node)
    if (low is None) == (high is None) or (low == 0 and high is None):
        return clip(segment, node)
    segment.add("Clamp", segment.shape, low=low, high=high)
    return node.view()


def any_max_pool(segment: Segment, node: Node) -> Indices:
    """MaxPool, with unequal padding and windows over the edge too: with these side by side in another image."""
    _, kernel, _, padding, _, _, over = max_windows(node)
    fits = all(first == second <= size // 2 for (first, second), size in zip(padding, kernel))
    if fits and not over:
        return max_pool(segment, node)
    image, kernel = side_by_side(node)
    attributes = {"kernel_shape": kernel, "strides": kernel}
    inputs = [View(image, segment.age, segment), *node.inputs[1:]]
    return max_pool(segment, replace(node, attributes=attributes, inputs=inputs))


def global_max_pool(segment: Segment, node: Node) -> Indices:
    kernel = image_of(node).shape[2:]
    return max_pool(segment, replace(node, attributes={"kernel_shape": kernel}))


SEGMENT_LAYERS: dict[str, Callable[[Segment, Node], Indices]] = {
    "Abs": absolute,
    "Clip": any_clip,
    "MaxPool": of_signals_too(any_max_pool),
    "GlobalMaxPool": of_signals_too(global_max_pool),
}
