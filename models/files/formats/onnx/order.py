"""The topological order of the nodes that an output of an ONNX graph depends on."""

from __future__ import annotations

from collections.abc import Sequence

from onnx import NodeProto


def needed_nodes(nodes: Sequence[NodeProto], output: str) -> list[int]:
    """The places of the nodes that `output` depends on, in an order in which they can be computed.

    Raises
    ------
    ValueError
        If two nodes have the same output, or a node depends on itself.
    """
    maker: dict[str, int] = {}
    for place, node in enumerate(nodes):
        for name in node.output:
            if name and maker.setdefault(name, place) != place:
                raise ValueError(f"the ONNX graph makes {name[:60]!r} twice; it is damaged, export the model again")
    ordered: list[int] = []
    state = dict.fromkeys(range(len(nodes)), 0)  # 1 while its inputs are visited, 2 when done
    pending = [maker[output]] if output in maker else []
    while pending:
        place = pending[-1]
        waiting = [maker[name] for name in nodes[place].input if name in maker and state[maker[name]] != 2]
        if state[place] == 2 or not waiting:
            pending.pop()
            if state[place] != 2:
                ordered.append(place)
            state[place] = 2
        elif any(state[needed] == 1 for needed in waiting):
            raise ValueError("the ONNX graph runs in a circle; it is damaged, export the model again")
        else:
            state[place] = 1
            pending += waiting
    return ordered
