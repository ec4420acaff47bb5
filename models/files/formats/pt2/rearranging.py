"""Torch's operators that only rearrange numbers, as ONNX operators."""

from __future__ import annotations

import math

import numpy as np

from models.files.formats.onnx.chain import MAX_ACTIVATIONS
from models.files.formats.pt2.exported_graph import Call, Name
from models.files.formats.pt2.operators import Operators, Translate, argument, number, refused, whole, wholes

INT64 = 7  # ONNX's number for the type
WHOLE_END = 2**62  # as the end of a slice: no end


def in_sizes(operators: Operators, call: Call) -> str:
    """view, reshape, flatten, squeeze and their like: the same numbers in the sizes that the file states."""
    return operators.reshaped(call, operators.tensor(call, "self"), operators.stated(call, call.outputs[0]))


def transpose(operators: Operators, call: Call) -> str:
    """permute, transpose, t, movedim and their like."""
    axes = len(operators.sizes_of(call, "self"))
    order = list(range(axes))
    if call.op == "permute":
        order = [operators.axis_of(call, axis, axes) for axis in wholes(call, "dims")]
    elif call.op in ("transpose", "swapaxes", "swapdims"):
        names = ("axis0", "axis1") if call.op == "swapaxes" else ("dim0", "dim1")
        first, second = (operators.axis(call, name) for name in names)
        order[first], order[second] = second, first
    elif call.op in ("mT", "adjoint") and axes > 1:
        order[-2:] = reversed(order[-2:])
    elif call.op in ("movedim", "moveaxis"):
        source, target = ([operators.axis_of(call, axis, axes) for axis in wholes(call, name)]
                          for name in ("source", "destination"))  # fmt: skip
        order = [axis for axis in order if axis not in source]
        for place, axis in sorted(zip(target, source)):
            order.insert(place, axis)
    else:
        order.reverse()
    if sorted(order) != list(range(axes)):
        raise ValueError(f"{call.title} puts {axes} axes in the order {order[:8]}")
    return operators.add(call, "Transpose", operators.tensor(call, "self"), perm=order)


def expand(operators: Operators, call: Call) -> str:
    return operators.expanded(call, operators.tensor(call, "self"), operators.stated(call, call.outputs[0]))


def repeat(operators: Operators, call: Call) -> str:
    """repeat and tile."""
    value = operators.tensor(call, "self")
    sizes: list[int | None] = [*operators.sizes_of(call, "self")]
    times = wholes(call, "repeats" if "repeats" in call.arguments else "dims")
    times = [1] * (len(sizes) - len(times)) + times
    sizes = [*[1] * (len(times) - len(sizes)), *sizes]
    if len(sizes) > len(operators.sizes_of(call, "self")):
        value = operators.reshaped(call, value, sizes)
    for axis, (count, size) in enumerate(zip(times, sizes)):
        if count == 1 or (axis == 0 and size == 1 and count == operators.batch):
            continue
        if size is None or not 0 < count <= MAX_ACTIVATIONS // max(1, size):
            raise refused(call, f"it repeats numbers {count} times along axis {axis}")
        value = operators.chosen(call, value, axis, np.tile(np.arange(size), count))
    return value


def repeat_each(operators: Operators, call: Call) -> str:
    axis, count = operators.axis(call, "dim"), whole(call, "repeats")
    size = operators.known(call, "self", axis)
    if call.arguments.get("dim") is None or not 0 < count <= MAX_ACTIVATIONS // max(1, size):
        raise refused(call, f"it repeats numbers {count} times; name an axis")
    return operators.chosen(call, operators.tensor(call, "self"), axis, np.repeat(np.arange(size), count))


def flip(operators: Operators, call: Call) -> str:
    """flip and roll: the numbers along axes in another order."""
    value, axes = operators.tensor(call, "self"), len(operators.sizes_of(call, "self"))
    dims = wholes(call, "dims", [])
    shifts = wholes(call, "shifts") if call.op == "roll" else [0] * len(dims)
    if len(shifts) != len(dims):
        raise refused(call, "it rolls all numbers as one list; name the axes")
    for axis, shift in zip(dims, shifts):
        place = operators.axis_of(call, axis, axes)
        order = np.arange(operators.known(call, "self", place))
        value = operators.chosen(call, value, place, np.roll(order, shift) if call.op == "roll" else order[::-1])
    return value


def cut(operators: Operators, call: Call) -> str:
    """slice and narrow."""
    axis = operators.axis(call, "dim")
    start = whole(call, "start", 0)
    if call.op == "narrow":
        step = 1
        start += operators.known(call, "self", axis) if start < 0 else 0
        end = start + whole(call, "length")
    else:
        end, step = whole(call, "end", WHOLE_END), whole(call, "step", 1)
    value = operators.tensor(call, "self")
    if start == 0 and step == 1 and end >= WHOLE_END:
        return value
    operators.known(call, "self", axis)
    bounds = [operators.constant([number], "int64") for number in (start, end, axis, step)]
    return operators.add(call, "Slice", value, *bounds)


def select(operators: Operators, call: Call) -> str:
    axis = operators.axis(call, "dim")
    operators.known(call, "self", axis)
    return operators.chosen(call, operators.tensor(call, "self"), axis, whole(call, "index"))


def chosen(operators: Operators, call: Call) -> str:
    """index_select, and indexing by one constant tensor of whole numbers."""
    value = operators.tensor(call, "self")
    if call.op == "index_select":
        axis, index = operators.axis(call, "dim"), operators.tensor(call, "index")
    else:
        listed = argument(call, "indices", None)
        places = [place for place, item in enumerate(listed or ()) if isinstance(item, Name)]
        if type(listed) is not list or len(places) != 1:
            raise refused(call, "by several tensors; by one along one axis is")
        axis, index = places[0], operators.value(call, listed[places[0]])
    if index not in operators.constants:  # arithmetic on constants, whose whole numbers may be float64
        index = operators.add(call, "Cast", index, to=INT64)
    operators.known(call, "self", axis)
    return operators.add(call, "Gather", value, index, axis=axis)


def scattered(operators: Operators, call: Call) -> str:
    """slice_scatter and select_scatter: a tensor in which some numbers are replaced by those of another."""
    axis = operators.axis(call, "dim")
    size, source = operators.known(call, "self", axis), operators.tensor(call, "src")
    if call.op == "select_scatter":
        source = operators.add(call, "Unsqueeze", source, operators.constant([axis], "int64"))
        start = whole(call, "index")
        end = start % size + 1 if size else 0
    else:
        start, end = whole(call, "start", 0), whole(call, "end", WHOLE_END)
        if whole(call, "step", 1) != 1:
            raise refused(call, "with steps of more than 1")
    start, end, _ = slice(start, end).indices(size)
    kept = [(operators.tensor(call, "self"), (0, start)), (source, None), (operators.tensor(call, "self"), (end, size))]
    parts = []
    for value, bounds in kept:
        if bounds is None:
            parts.append(value)
        elif bounds[0] < bounds[1]:
            parts.append(operators.chosen(call, value, axis, np.arange(*bounds)))
    return operators.add(call, "Concat", *parts, axis=axis) if len(parts) > 1 else parts[0]


def copied(operators: Operators, call: Call) -> str:
    """The numbers of the second tensor in the place of those of the first."""
    return operators.expanded(call, operators.tensor(call, "src"), operators.stated(call, call.outputs[0]))


def join(operators: Operators, call: Call) -> str:
    """cat, stack and hstack."""
    name = "tensors" if "tensors" in call.arguments else "self"
    values = operators.tensors(call, name)
    sizes = [operators.stated(call, item) for item in call.arguments[name]]
    stacked = call.op == "stack"
    default = (1 if len(sizes[0]) > 1 else 0) if call.op == "hstack" else 0
    axis = operators.axis_of(call, whole(call, "dim", default), len(sizes[0]) + stacked)
    if stacked:
        at = operators.constant([axis], "int64")
        values = [operators.add(call, "Unsqueeze", value, at) for value in values]
    elif any(axis < len(size) and size[axis] is None for size in sizes):
        raise refused(call, "it joins the inputs of a batch, or along an axis whose size is open")
    elif not all(len(size) == len(sizes[0]) for size in sizes):
        raise refused(call, f"it joins tensors of the sizes {[tuple(size) for size in sizes][:4]}")
    return operators.add(call, "Concat", *values, axis=axis)


def split(operators: Operators, call: Call) -> list[str]:
    """split, chunk, tensor_split and unbind, into parts of the sizes that the file states."""
    axis = operators.axis(call, "dim")
    parts = [operators.stated(call, name) for name in call.outputs]
    apart = call.op == "unbind"
    sizes = [1] * len(parts) if apart else [part[axis] if axis < len(part) else None for part in parts]
    if None in sizes or operators.known(call, "self", axis) != sum(size or 0 for size in sizes):
        raise refused(call, "it divides a batch, or its parts do not add up")
    value = operators.tensor(call, "self")
    values = operators.add_several(call, "Split", len(parts), value, axis=axis, split=sizes)
    return [operators.reshaped(call, value, part) for value, part in zip(values, parts)] if apart else values


def pad(operators: Operators, call: Call) -> str:
    """pad, constant_pad_nd, and the pads by reflection or copies of the edge."""
    mode = str(argument(call, "mode", "constant")) if call.op == "pad" else call.op.partition("_")[0]
    pads = wholes(call, "padding" if "padding" in call.arguments else "pad")
    axes, value = len(operators.sizes_of(call, "self")), operators.tensor(call, "self")
    if len(pads) % 2 or len(pads) > 2 * axes:
        raise ValueError(f"{call.title} has {len(pads)} pads for {axes} axes")
    sides = [(0, 0)] * (axes - len(pads) // 2) + list(zip(pads[::2], pads[1::2]))[::-1]
    if mode == "constant":
        filling = number(call, "value", 0)
        whole = operators.constant([side[k] for k in (0, 1) for side in sides], "int64")
        return operators.add(call, "Pad", value, whole, operators.constant(filling, "float64"), mode=b"constant")
    modes = {"reflect": "reflect", "reflection": "reflect", "replicate": "edge", "replication": "edge",
             "circular": "wrap"}  # fmt: skip
    for axis, side in enumerate(sides):
        if side == (0, 0):
            continue
        size = operators.known(call, "self", axis)
        if mode not in modes or not 0 <= min(side) <= max(side) <= size:
            raise refused(call, f"the mode {mode[:20]} with {side} numbers at axis {axis}")
        value = operators.chosen(call, value, axis, np.pad(np.arange(size), side, mode=modes[mode]))  # type: ignore[call-overload]
    return value


def shuffle(operators: Operators, call: Call) -> str:
    """pixel_shuffle, pixel_unshuffle and channel_shuffle, of a batch of images."""
    value, sizes = operators.tensor(call, "self"), operators.sizes_of(call, "self")
    if len(sizes) != 4 or None in sizes[1:]:
        raise refused(call, "it must act on a batch of images")
    n, (channels, height, width) = sizes[0], (int(size or 0) for size in sizes[1:])
    if call.op == "channel_shuffle":
        groups = whole(call, "groups")
        parts, order = [n, groups, channels // max(1, groups), height, width], [0, 2, 1, 3, 4]
    elif call.op == "pixel_shuffle":
        r = max(1, whole(call, "upscale_factor"))
        parts, order = [n, channels // (r * r), r, r, height, width], [0, 1, 4, 2, 5, 3]
    else:
        r = max(1, whole(call, "downscale_factor"))
        parts, order = [n, channels, height // r, r, width // r, r], [0, 1, 3, 5, 2, 4]
    if math.prod(size or 1 for size in parts) != channels * height * width * (n or 1):
        raise ValueError(f"{call.title} does not fit images of the sizes {tuple(sizes)}")
    turned = operators.add(call, "Transpose", operators.reshaped(call, value, parts), perm=order)
    return operators.reshaped(call, turned, operators.stated(call, call.outputs[0]))


REARRANGING: dict[str, Translate] = {
    **dict.fromkeys(
        ("view", "reshape", "_unsafe_view", "flatten", "unflatten", "squeeze", "unsqueeze", "ravel", "view_as",
         "reshape_as", "_reshape_alias"), in_sizes),
    **dict.fromkeys(
        ("permute", "transpose", "swapaxes", "swapdims", "t", "numpy_T", "mT", "adjoint", "movedim", "moveaxis"),
        transpose),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), expand),
    "repeat": repeat, "tile": repeat, "repeat_interleave": repeat_each, "flip": flip, "roll": flip, "slice": cut,
    "narrow": cut, "slice_scatter": scattered, "select_scatter": scattered, "copy": copied, "select": select,
    "index_select": chosen, "index": chosen,
    **dict.fromkeys(("cat", "concat", "concatenate", "stack", "hstack"), join),
    **dict.fromkeys(("split", "split_with_sizes", "chunk", "tensor_split", "unbind", "unsafe_split"), split),
    **dict.fromkeys(
        ("pad", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "replication_pad1d", "replication_pad2d"),
        pad),
    **dict.fromkeys(("pixel_shuffle", "pixel_unshuffle", "channel_shuffle"), shuffle),
}  # fmt: skip
VIEWS = {  # operators whose result may share its memory with their first argument
    "view", "reshape", "_unsafe_view", "flatten", "unflatten", "squeeze", "unsqueeze", "ravel", "view_as", "reshape_as",
    "_reshape_alias", "permute", "transpose", "swapaxes", "swapdims", "t", "numpy_T", "mT", "adjoint", "movedim",
    "moveaxis", "expand", "expand_as", "broadcast_to", "slice", "narrow", "select", "split", "split_with_sizes",
    "chunk", "tensor_split", "unbind", "alias", "detach", "contiguous", "to", "dropout", "feature_dropout",
    "lift_fresh", "type_as",
}  # fmt: skip
