"""The topological order of the operators that an output of a graph depends on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Names: TypeAlias = Sequence[str]  # of values


def needed_operators(operators: Sequence[tuple[Names, Names]], output: str) -> list[int]:
    """The places of the operators (inputs, outputs) that `output` depends on, in an order to compute them in.

    Raises
    ------
    ValueError
        If two operators have the same output, or one depends on itself.
    """
    maker: dict[str, int] = {}
    for place, (_, outputs) in enumerate(operators):
        for name in outputs:
            if name and maker.setdefault(name, place) != place:
                raise ValueError(f"the graph makes {name[:60]!r} twice; it is damaged, export the model again")
    ordered: list[int] = []
    state = dict.fromkeys(range(len(operators)), 0)  # 1 while its inputs are visited, 2 when done
    pending = [maker[output]] if output in maker else []
    while pending:
        place = pending[-1]
        waiting = [maker[name] for name in operators[place][0] if name in maker and state[maker[name]] != 2]
        if state[place] == 2 or not waiting:
            pending.pop()
            if state[place] != 2:
                ordered.append(place)
            state[place] = 2
        elif any(state[needed] == 1 for needed in waiting):
            raise ValueError("the graph runs in a circle; it is damaged, export the model again")
        else:
            state[place] = 1
            pending += waiting
    return ordered
