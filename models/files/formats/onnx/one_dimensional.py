"""Signals (batch, channels, length) as images of one row, for operators on images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from models.files.formats.onnx.chain import Chain, Indices, Node, View
from models.files.formats.onnx.steps import Steps

C = TypeVar("C", bound=Chain)
ROW = {"kernel_shape": 1, "strides": 1, "dilations": 1, "output_padding": 0, "output_shape": 1}  # what a row adds


def of_signals_too(layer: Callable[[C, Node], Indices]) -> Callable[[C, Node], Indices]:
    """A layer of images that takes signals, too."""

    def of(chain: C, node: Node) -> Indices:
        if not _is_of_signals(node):
            return layer(chain, node)
        return layer(chain, _of_images(node)).squeeze(2)

    return of


def joining_signals_too(join: Callable[[Steps, Node], View | None]) -> Callable[[Steps, Node], View | None]:
    """A join of images that takes signals, too."""

    def of(graph: Steps, node: Node) -> View | None:
        if not _is_of_signals(node):
            return join(graph, node)
        view = join(graph, _of_images(node))
        return None if view is None else replace(view, order=view.order.squeeze(2))

    return of


def _is_of_signals(node: Node) -> bool:
    first = node.inputs[0] if node.inputs else None
    return isinstance(first, View) and first.order.ndim == 3


def _of_images(node: Node) -> Node:
    attributes: dict[str, Any] = {}
    for name, value in node.attributes.items():
        if name in ROW and len(value) == 1:
            attributes[name] = (ROW[name], *value)
        elif name == "pads" and len(value) == 2:
            attributes[name] = (0, value[0], 0, value[1])
        else:
            attributes[name] = value
    first, *others = node.inputs
    assert isinstance(first, View)
    inputs = [replace(first, order=first.order[:, :, None])]
    kernels = [isinstance(value, np.ndarray) and value.ndim == 3 for value in others]
    return replace(
        node,
        attributes=attributes,
        inputs=[*inputs, *(value[:, :, None] if lies else value for value, lies in zip(others, kernels))],  # type: ignore[index]
    )
