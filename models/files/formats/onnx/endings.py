"""The final operators of ONNX graphs, such as Softmax, which are left off so that the network gives logits."""

from __future__ import annotations

import math

import numpy as np

from models.files.formats.onnx.chain import Chain, Indices, Node, in_order
from models.files.formats.onnx.rearranging import rearranged

ENDINGS = ("Softmax", "LogSoftmax", "Sigmoid")
AFTER = ("Identity", "Cast", "Squeeze", "Unsqueeze", "Reshape", "Flatten", "Dropout")
COMPLEMENT = -1  # in a view, for 1 - p
LABELS = ("Log", "ZipMap")  # after a Softmax or Sigmoid these keep the order of the classes


def leave_off(chain: Chain, node: Node) -> None:
    """Leave off a Softmax, LogSoftmax or Sigmoid after the logits, with a note.

    Raises
    ------
    UnsupportedLayerError
        If it is not over all logits.
    """
    shape = node.view().shape
    if node.op == "Sigmoid":
        node.take()
        chain.notes.append(
            f"The final Sigmoid, {node.title}, is left off: the network here gives the logits, "
            "whose signs and order are those of the probabilities."
        )
        return
    (axis,) = node.take(axis=-1 if node.opset >= 13 else 1)
    axis = range(len(shape))[axis]
    over = shape[axis] if node.opset >= 13 else math.prod(shape[axis:])
    if over != math.prod(shape) or over < 2:
        raise node.refuse(f"it acts along axis {axis} of {shape}; it must be over all logits of one input")
    chain.notes.append(
        f"The final {node.op}, {node.title}, is left off: the network here gives the logits, whose order is that "
        "of the probabilities."
    )


def after_ending(node: Node, ending: str) -> Indices:
    """The view after an operator that follows a left-off one; an error if it does more than rearrange numbers.

    scikit-learn's networks for two classes concatenate a probability p and 1 - p, for which the view has COMPLEMENT.
    """
    if node.op in LABELS:
        return node.view()
    if ending == "Sigmoid" and node.op == "Sub" and node.views() == [1] and (node.constant(0) == 1).all():
        if not node.view(1).any() and node.view(1).size == 1:
            return node.view(1) + COMPLEMENT
    elif node.op in AFTER or (ending == "Sigmoid" and node.op == "Concat" and len(node.views()) == len(node.inputs)):
        return rearranged(node, node.view())
    raise node.refuse(f"it follows a {ending}, which is not piecewise linear, and left off at a network's end alone")


def with_complement(chain: Chain, order: Indices) -> Indices:
    """The logits 0 and z, whose Softmax is 1 - p and p, for a view that contains COMPLEMENT."""
    if not (order == COMPLEMENT).any():
        return order
    chain.settle(in_order((1,)))
    chain.fold((1,))
    weights = {"weight": (order.reshape(-1, 1) != COMPLEMENT).astype(np.float32)}
    chain.add("Linear", (order.size,), weights, in_features=1, out_features=order.size, bias=False)
    chain.notes.append("The two probabilities 1 - p and p are those of the logits 0 and z.")
    return in_order((order.size,))
