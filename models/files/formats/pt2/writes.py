"""Calls that write into a tensor, such as relu_: what reads the tensor afterwards reads the new numbers.

Views share a tensor's memory. Where one of them is read after a write to another, the call is refused.
"""

from __future__ import annotations

from models.files.formats.pt2.exported_graph import Call, ExportedGraph, Name
from models.files.formats.pt2.operators import refused
from models.files.formats.pt2.rearranging import VIEWS


def in_place(call: Call) -> str:
    """The operator that computes what the call writes; "" if it writes nothing."""
    name = call.op
    written = name.endswith("_") and not name.endswith("__") and isinstance(call.arguments.get("self"), Name)
    return name.removesuffix("_") if written else ""


class Writes:
    """Which tensors of a graph share memory, and where each is read last."""

    def __init__(self, graph: ExportedGraph) -> None:
        self._last = {name: len(graph.calls) for name in graph.outputs}
        self._shared: dict[str, set[str]] = {}
        for place, call in reversed(list(enumerate(graph.calls))):
            for name in tensors_in(call):
                self._last.setdefault(name, place)

    def check(self, place: int, call: Call) -> None:
        """An UnsupportedLayerError if the call writes into numbers that are read later under another name."""
        written = in_place(call)
        source = next(iter(tensors_in(call)), None)
        if source is None or not (written or call.op in VIEWS):
            return
        together = self._shared.setdefault(source, {source})
        if written and any(self._last.get(name, -1) > place for name in together - {source}):
            raise refused(call, "it writes into a tensor that another view of it reads afterwards; use it out of place")
        for name in call.outputs:
            together.add(name)
            self._shared[name] = together


def tensors_in(call: Call) -> list[str]:
    """The names of the tensors among the arguments."""
    listed = [item for value in call.arguments.values() for item in (value if type(value) is list else [value])]
    return [str(item) for item in listed if isinstance(item, Name)]
