"""A torch module is read, never changed: a copy of it in eval mode, and a comparable record of its state."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

ALL = frozenset(vars(nn.Module()))  # attributes that every module has
HOOKS = tuple(name for name in vars(nn.Module()) if name.startswith("_forward") and "hooks" in name)
PLAIN = (bool, int, float, str, type(None))  # types of a layer's settings, alone or in tuples


def evaluation_copy(
    module: nn.Module, dtype: torch.dtype | None = None, device: torch.device | str | None = None
) -> nn.Module:
    """The same modules in eval mode, with the same hooks, and parameters cast as `module.to` would cast them.

    The module itself and its mode stay as they are. Parameters that need no cast are shared, and gradients flow to
    them; buffers are copied, so that a forward pass of the copy changes none of the module's.
    """
    return _copied(module, dtype, device, {})


def _copied(
    module: nn.Module, dtype: torch.dtype | None, device: torch.device | str | None, copies: dict[int, nn.Module]
) -> nn.Module:
    if id(module) in copies:  # used twice
        return copies[id(module)]
    copied = copies[id(module)] = object.__new__(type(module))
    content = dict(vars(module))
    for name in HOOKS:
        content[name] = content[name].copy()
    content["training"] = False
    content["_parameters"] = {name: _cast(value, dtype, device) for name, value in module._parameters.items()}
    content["_buffers"] = {
        name: None if value is None else _cast(value.clone(), dtype, device) for name, value in module._buffers.items()
    }
    vars(copied).update(content)
    vars(copied)["_modules"] = {
        name: None if child is None else _copied(child, dtype, device, copies)
        for name, child in module._modules.items()
    }
    return copied


def _cast(value: Any, dtype: torch.dtype | None, device: torch.device | str | None) -> Any:
    if value is None or (dtype is None and device is None):
        return value
    return value.to(device=device, dtype=dtype if value.is_floating_point() else None)


def state(module: nn.Module) -> list[Any]:
    """A module's layers, hooks, settings and versions of weights: if two records are equal, it computes the same.

    Weights written through `.data`, and changes inside attributes other than numbers and tuples of them, do not show.
    """
    entries: list[Any] = []
    for submodule in module.modules():
        attributes = vars(submodule)
        entries += [id(submodule), type(submodule), id(attributes.get("forward"))]
        entries += [list(attributes[name]) for name in HOOKS if attributes[name]]
        entries += [(name, value) for name, value in attributes.items() if name not in ALL and _is_plain(value)]
        entries += [
            _version(tensor) for tensors in (submodule._parameters, submodule._buffers) for tensor in tensors.values()
        ]
    return entries


def _is_plain(value: Any) -> bool:
    if type(value) is tuple:
        return all(isinstance(item, PLAIN) for item in value)
    return isinstance(value, PLAIN)


def parametrized(module: nn.Module) -> bool:
    """Whether some weight is parametrized: every read computes it, and in training mode may change its source."""
    return any("parametrizations" in submodule._modules for submodule in module.modules())


def _version(tensor: Tensor | None) -> tuple[int, int, torch.dtype] | None:
    if tensor is None:
        return None
    return tensor.data_ptr(), -1 if tensor.is_inference() else tensor._version, tensor.dtype


def named_tensors(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Parameters and buffers of a module and its submodules; without submodules faster than torch's own iterator."""
    if module._modules:
        yield from chain(module.named_parameters(), module.named_buffers())
        return
    for name, tensor in chain(module._parameters.items(), module._buffers.items()):
        if tensor is not None:
            yield name, tensor


def floating_tensors(module: nn.Module) -> Iterator[Tensor]:
    """Parameters, then buffers, that hold real numbers."""
    tensors = chain(module.parameters(), module.buffers())
    return (tensor for tensor in tensors if tensor.is_floating_point())
