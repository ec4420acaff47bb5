"""Gaps in the numbers of layer names, which show layers without weights: a Sequential counts ReLUs and poolings, too.

'0.weight', '3.weight' leave room for two layers in between; 'conv1.weight', 'conv2.weight' show nothing. Numbers
without any gap may count a list of layers whose ReLUs are not in it, so they show nothing either.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from models.files.bare_weights.stages import Stage


def block(stages: Sequence[Stage], place: int) -> tuple[Sequence[Stage], Stage | None]:
    """The BatchNorms after a Linear or Conv2d, and the next Linear or Conv2d."""
    following = next((k for k in range(place + 1, len(stages)) if stages[k].acts), None)
    return stages[place + 1 : following], None if following is None else stages[following]


def unweighted(stages: Sequence[Stage], place: int) -> int | None:
    """The number of layers without weights between a Linear or Conv2d and the next; None if names do not show it."""
    norms, following = block(stages, place)
    if following is None or not _counted(stages, [stages[place], *norms, following]):
        return None
    return following.number - stages[place].number - 1 - len(norms)  # type: ignore[operator]


def has_relu(stages: Sequence[Stage], place: int) -> bool:
    """Whether there may be a ReLU between a Linear or Conv2d and the next, besides a Flatten where one is needed."""
    between = unweighted(stages, place)
    return between is None or between > _flattens(stages, place)


def has_room_for_pooling(stages: Sequence[Stage], place: int) -> bool:
    """Whether there may be a pooling as well as a ReLU."""
    between = unweighted(stages, place)
    return between is None or between > _flattens(stages, place) + 1


def relu_before_norm(stages: Sequence[Stage], place: int) -> bool | None:
    """Whether the ReLU after a Linear or Conv2d precedes its BatchNorm; None if names do not show it."""
    norms, following = block(stages, place)
    if not norms or following is None or not _counted(stages, [stages[place], *norms, following]):
        return None
    before = norms[0].number - stages[place].number - 1  # type: ignore[operator]
    behind = following.number - norms[-1].number - 1 - _flattens(stages, place)  # type: ignore[operator]
    return False if before == 0 else True if behind <= 0 else None


def _flattens(stages: Sequence[Stage], place: int) -> int:
    _, following = block(stages, place)
    return int(stages[place].convolves and following is not None and not following.convolves)


def _counted(stages: Sequence[Stage], chosen: Sequence[Stage]) -> bool:
    """Whether the chosen layers are numbered by one Sequential that counts layers without weights, too."""
    parents = {_parent(stage.name) for stage in chosen}
    numbers = [stage.number for stage in chosen]
    if len(parents) > 1 or None in numbers or numbers != sorted(numbers):  # type: ignore[type-var]
        return False
    (parent,) = parents
    all_numbers = sorted(stage.number for stage in stages if stage.number is not None and _parent(stage.name) == parent)
    return any(b - a > 1 for a, b in pairwise(all_numbers))


def _parent(name: str) -> str:
    return name.rpartition(".")[0]
