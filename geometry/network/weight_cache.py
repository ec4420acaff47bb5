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
    """`make()`, cached on `owner` under `name` until a weight is changed in place.

    The tensors' version counters show changes: an optimiser's step, `copy_` and `load_state_dict` advance them. Writing
    through `.data` does not, so never do that to the weights of a `Network` in use. Nothing is cached while gradients
    flow to the weights.
    """
    weights = list(owner.weights())
    needs_graph = torch.is_grad_enabled() and any(weight.requires_grad for weight in weights)
    if needs_graph or torch.is_inference_mode_enabled() or any(weight.is_inference() for weight in weights):
        return make()
    versions = [(weight.data_ptr(), weight._version) for weight in weights]
    cache: dict[Hashable, tuple[Any, T]] = owner.__dict__.setdefault("_cached_by_weights", {})
    entry = cache.get(name)
    if entry is None or entry[0] != versions:
        with torch.no_grad():
            entry = cache[name] = (versions, make())
    return entry[1]
