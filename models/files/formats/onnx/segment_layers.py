"""ONNX operators of one result that only a graph of layers can hold, beside those of chains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.files.formats.onnx.chain import Indices, Node, View
from models.files.formats.onnx.images import image_of, max_pool, max_windows
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
    """MaxPool, with unequal padding too: the edge's own pixels around the image, each of which a window has anyway."""
    image, kernel, stride, padding, dilation, _ = max_windows(node)
    small = all(max(sides) < size for sides, size in zip(padding, kernel))
    if all(first == second for first, second in padding) or dilation != (1, 1) or not small:
        return max_pool(segment, node)
    padded = np.pad(image, ((0, 0), (0, 0), *padding), mode="edge")
    inputs = [View(padded, segment.age, segment), *node.inputs[1:]]
    return max_pool(segment, replace(node, attributes={"kernel_shape": kernel, "strides": stride}, inputs=inputs))


def global_max_pool(segment: Segment, node: Node) -> Indices:
    kernel = image_of(node).shape[2:]
    return max_pool(segment, replace(node, attributes={"kernel_shape": kernel}))


SEGMENT_LAYERS: dict[str, Callable[[Segment, Node], Indices]] = {
    "Abs": absolute,
    "Clip": any_clip,
    "MaxPool": any_max_pool,
    "GlobalMaxPool": global_max_pool,
}
