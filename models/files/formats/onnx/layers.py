"""The layers that an ONNX graph is read into: one chain where it is one, else a graph of layers."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from geometry.network.network import UnsupportedLayerError
from models.files.formats.onnx.batches import joins_inputs
from models.files.formats.onnx.chain import Chain, Indices, Node, View
from models.files.formats.onnx.endings import ENDINGS, after_ending, leave_off, with_complement
from models.files.formats.onnx.operators import JOINS, LAYERS, SEGMENT_LAYERS, UNIT_WISE, reason
from models.files.formats.onnx.rearranging import REARRANGING, rearranged, split
from models.files.formats.onnx.resizing import interpolated, is_linear
from models.files.formats.onnx.steps import Steps, one_to_one
from models.networks.architecture import Spec


class OneChain:
    """A chain of layers that grows node by node."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @property
    def notes(self) -> list[str]:
        return self._chain.notes

    @property
    def channels_first(self) -> bool:
        return self._chain.channels_first

    def after(self, node: Node, outputs: int) -> list[View]:
        """The views after a node, which adds a layer to the chain if it is one.

        Raises
        ------
        UnsupportedLayerError
            Naming the node if it reads what is not the chain's last output: the graph branches.
        """
        if any(view.age != self._chain.age for view in _views(node)):
            raise node.refuse("it reads a result that another node has read")
        if ended := _ended(node, self._chain):
            return [ended]
        _check_batch(node)
        if node.op == "Split":
            raise node.refuse("its parts are several results")
        layer = interpolated if is_linear(node) else LAYERS.get(node.op)
        order = _rearranged(node) if layer is None else layer(self._chain, node)
        return [View(order, self._chain.age, self._chain)]

    def layers(self, last: View) -> tuple[list[Spec], dict[str, Tensor]]:
        """The description of the chain and its weights, for an output of the graph."""
        chain = self._chain
        if last.age != chain.age:
            raise UnsupportedLayerError("the network's output is not what its last layer gives")
        if chain.age == 0:
            raise ValueError("the graph has no layers: its output is its input, in another order at most")
        chain.settle(with_complement(chain, last.order))
        chain.fold((chain.units,))
        return chain.specs, chain.weights


class Branches(Steps):
    """A graph of layers that grows node by node."""

    def after(self, node: Node, outputs: int) -> list[View]:
        """The views after a node, which adds layers to its segment or joins several."""
        results = self._results(node, outputs)
        if node.shared or len(results) > 1:
            for view in results:
                self.ended(view.chain)
        return results

    def _results(self, node: Node, outputs: int) -> list[View]:
        views = _views(node)
        chain = views[0].chain
        if any(view.age != view.chain.age for view in views):
            raise node.refuse("it reads a result that is no longer there")
        if ended := _ended(node, chain):
            return [ended]
        _check_batch(node)
        joined = JOINS[node.op](self, node) if node.op in JOINS else None
        if joined is not None:
            return [joined]
        if node.op == "Split":
            return [replace(views[0], order=part) for part in split(node, node.view(), outputs)]
        layer = interpolated if is_linear(node) else SEGMENT_LAYERS.get(node.op) or LAYERS.get(node.op)
        if layer is None:
            return [replace(views[0], order=_rearranged(node))]
        own = self.own(chain)
        if node.op in (*UNIT_WISE, "Abs") and len(views) == 1:
            node = one_to_one(node, own)
        order = layer(own, node)
        self.count(own.units)
        return [View(order, own.age, own)]


def _views(node: Node) -> list[View]:
    return [value for value in node.inputs if isinstance(value, View)]


def _ended(node: Node, chain: Chain) -> View | None:
    """The view after an ending, or after a node that follows one; None if there is none."""
    views = _views(node)
    endings = {view.ending for view in views}
    if endings != {""}:
        if len(endings) > 1 or any(view.chain is not views[0].chain for view in views):
            raise node.refuse(f"it joins what a {max(endings)} gives and other results")
        return replace(views[0], order=after_ending(node, views[0].ending))
    if node.op not in ENDINGS:
        return None
    leave_off(chain, node)
    return View(node.view(), chain.age, chain, node.op)


def _check_batch(node: Node) -> None:
    if any(joins_inputs(node, view.order) for view in _views(node)):
        raise node.refuse(f"it joins the {node.batch} inputs of a batch; export the network for a batch of 1")


def _rearranged(node: Node) -> Indices:
    if node.op not in REARRANGING or (node.op != "Concat" and not isinstance(node.inputs[0], View)):
        raise UnsupportedLayerError(f"{node.title} is not supported on the network's activations{reason(node.op)}")
    if node.op == "Concat" and len(node.views()) != len(node.inputs):
        raise node.refuse("it joins activations and constants")
    return rearranged(node, node.view(node.views()[0]))
