"""Functions that only move numbers: they run once on the numbers of the units, and show where each unit goes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from geometry.network.affine import Shape
from geometry.network.blocks import Taps
from geometry.network.calls import Call, Recorded, plainly, recorded_in
from geometry.network.graph import Value

MOVES = frozenset({
    "flatten", "reshape", "reshape_as", "view", "view_as", "unflatten", "permute", "transpose", "swapaxes",
    "swapdims", "movedim", "moveaxis", "t", "squeeze", "unsqueeze", "__getitem__", "select", "narrow", "chunk",
    "split", "unbind", "tensor_split", "index_select", "stack", "cat", "concat", "concatenate", "hstack", "vstack",
    "flip", "roll", "expand", "expand_as", "broadcast_to", "tile", "repeat", "repeat_interleave", "pad",
    "constant_pad_nd", "upsample_nearest2d", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "interpolate",
    "contiguous", "clone", "mT", "T", "H", "mH", "adjoint", "ravel", "dsplit", "hsplit", "vsplit",
})  # fmt: skip


def only_moves(call: Call) -> bool:
    """Whether a call only moves numbers."""
    if call.name == "interpolate":
        return call.get(3, "mode", "nearest") in ("nearest", "nearest-exact")
    return call.name in MOVES or call.name == "__get__"  # a property such as T


def moved(call: Call) -> Any:
    """The values of what the function gives, in its own tuple or list if there are several."""
    sources: list[Recorded] = []
    for recorded in recorded_in((call.arguments, call.options)):
        if not any(recorded is other for other in sources):
            sources.append(recorded)
    numbered, first = dict[int, Tensor](), 1
    for recorded in sources:
        units = len(recorded.value.bias)
        numbers = torch.arange(first, first + units, dtype=torch.float64).reshape(1, *recorded.value.shape)
        numbered[id(recorded)], first = numbers, first + units
    places = plainly(call.function, *_replaced((call.arguments, call.options), numbered, 0.0))
    fills = plainly(call.function, *_replaced((call.arguments, call.options), {}, None))
    if isinstance(places, (tuple, list)):
        return [_moved(call, sources, place, fill) for place, fill in zip(places, fills)]
    return _moved(call, sources, places, fills)


def _moved(call: Call, sources: list[Recorded], places: Tensor, fills: Tensor) -> Value:
    if places.dim() == 0 or places.shape[0] != 1:
        call.refuse("moves numbers between the inputs of a batch, or takes the batch dimension away")
    numbers = places.flatten().round().long()
    shape: Shape = tuple(places.shape[1:])
    fill = torch.where(numbers == 0, fills.flatten().to(torch.float64), 0.0).to(call.graph.like)
    total, first = Value(shape, (), fill), 1
    for recorded in sources:
        value, units = recorded.value, len(recorded.value.bias)
        own = (numbers >= first) & (numbers < first + units)
        index, first = torch.where(own, numbers - first, 0), first + units
        if bool(own.all()) and torch.equal(index, torch.arange(units)):
            return value.reshaped(shape)
        if bool(own.any()):
            taps = Taps(
                index[:, None].to(fill.device), own[:, None].to(fill), torch.zeros_like(fill), value.shape, shape
            )
            total = total.plus(value.mapped(taps))
    return total


def _replaced(content: Any, numbered: dict[int, Tensor], constant: float | None) -> Any:
    """Recorded tensors by their numbers, or zeros; constant tensors of numbers by `constant`, if there is one."""
    if isinstance(content, Recorded):
        like = content.as_subclass(Tensor)
        return numbered.get(id(content), torch.zeros((1, *content.value.shape), dtype=torch.float64)).reshape(
            like.shape
        )
    if isinstance(content, Tensor):
        return content if constant is None or not content.is_floating_point() else torch.full_like(content, constant)
    if isinstance(content, (tuple, list)) and not isinstance(content, torch.Size):
        return type(content)(_replaced(item, numbered, constant) for item in content)
    if isinstance(content, dict):
        kept = {name: _replaced(item, numbered, constant) for name, item in content.items()}
        return kept if constant is None or "value" not in kept else {**kept, "value": 0.0}
    return content
