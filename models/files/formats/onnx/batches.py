"""ONNX graphs with a fixed batch size, read for one input: operators that act on the batch axis."""

from __future__ import annotations

import math

from models.files.formats.onnx.chain import Indices, Node


def joins_inputs(node: Node, order: Indices) -> bool:
    """Whether an operator acts along the first axis, that of the batch, and so combines inputs of a batch."""
    if node.batch == 1 or order.ndim < 2 or order.shape[0] != 1:
        return False
    if node.op in ("Gather", "Concat"):
        return _is_first(node.attributes.get("axis", 0), order)
    if node.op == "GatherND":
        return node.attributes.get("batch_dims", 0) == 0
    if node.op in ("ReduceMean", "ReduceSum"):
        axes = node.attributes.get("axes", node.optional(1))
        if axes is None or len(axes) == 0:
            return not node.attributes.get("noop_with_empty_axes", 0)
        return any(_is_first(axis, order) for axis in axes)
    return node.op == "Slice" and _leaves_out(node, order)


def _leaves_out(node: Node, order: Indices) -> bool:
    """Whether a Slice drops inputs of a batch, or reverses their order."""
    if "starts" in node.attributes:
        starts, ends, axes = (node.attributes.get(name) for name in ("starts", "ends", "axes"))
    else:
        starts, ends, axes = node.constant(1, 1), node.constant(2, 1), node.optional(3)
    if starts is None or ends is None:
        raise ValueError(f"{node.title} has no starts or no ends")
    given_steps = node.optional(4)
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if given_steps is None else given_steps.tolist()
    return any(
        _is_first(axis, order) and (start != 0 or step != 1 or end < node.batch)
        for start, end, axis, step in zip(starts, ends, axes, steps)
    )


def _is_first(axis: int, order: Indices) -> bool:
    return int(axis) in (0, -order.ndim)


def for_one_input(node: Node, target: list[int], numbers: int) -> list[int]:
    """The target shape of a Reshape for one input, if its first size is that of the batch."""
    whole = math.prod(target) == node.batch * numbers or -1 in target[1:]
    return [1, *target[1:]] if node.batch > 1 and target and target[0] == node.batch and whole else target
