"""Cache of values that are derived from weights; one is dropped when a weight changes in place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


class Weighted(Protocol):
    """An affine map or a network."""

    def weights(self) -> Iterator[Tensor]:
        """Every tensor it computes with."""
        ...


def cached_by_weights(owner: Weighted, name: Hashable, make: Callable[[], T]) -> T:
    """`make()`, remembered on `owner` under `name` until a weight is changed in place.

    Changes are seen by the tensors' version counters, which an optimiser's step, `copy_` and `load_state_dict`
    advance; writing through `.data` does not, and must not be done to the weights of a `Network` in use. Where
    gradients are to flow to the weights nothing is kept.
    """
    weights = list(owner.weights())
    needs_graph = torch.is_grad_enabled() and any(weight.requires_grad for weight in weights)
    if needs_graph or torch.is_inference_mode_enabled() or any(weight.is_inference() for weight in weights):
        return make()
    versions = [(weight.data_ptr(), weight._version) for weight in weights]
    memory: dict[Hashable, tuple[Any, T]] = owner.__dict__.setdefault("_cached_by_weights", {})
    found = memory.get(name)
    if found is None or found[0] != versions:
        with torch.no_grad():
            found = memory[name] = (versions, make())
    return found[1]
