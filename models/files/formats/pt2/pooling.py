"""Torch's pooling and resizing as ONNX operators, and as matrices along the axes of images."""

from __future__ import annotations

import numpy as np
import torch

from geometry.network.resampling import adaptive_averages, adaptive_windows, stretched
from models.files.formats.onnx.chain import MAX_MATRIX
from models.files.formats.onnx.pooling import MAX_POOL
from models.files.formats.onnx.resizing import MAX_SIDE
from models.files.formats.pt2.exported_graph import Call
from models.files.formats.pt2.operators import Operators, Translate, along_each, argument, flag, number, refused


def _axes(operators: Operators, call: Call, name: str = "self") -> int:
    """How many axes are pooled: one of signals, two of images."""
    axes = len(operators.sizes_of(call, name))
    count = 1 if "1d" in call.op else 2
    if axes != count + 2:
        raise refused(call, "it must act on a batch of signals" if count == 1 else "it must act on a batch of images")
    return count


def max_pool(operators: Operators, call: Call) -> list[str]:
    """Of several results, such as the places of maxima, the first is given alone."""
    attributes = _windows(operators, call)
    attributes["dilations"] = along_each(call, "dilation", [1], _axes(operators, call))
    return [operators.add(call, "MaxPool", operators.tensor(call, "self"), **attributes)]


def average_pool(operators: Operators, call: Call) -> str:
    attributes = _windows(operators, call)
    counted, divisor = flag(call, "count_include_pad", True), argument(call, "divisor_override", None)
    if divisor is not None and attributes["ceil_mode"]:
        raise refused(call, "divisor_override together with ceil_mode")
    pooled = operators.add(
        call, "AveragePool", operators.tensor(call, "self"), count_include_pad=int(counted or divisor is not None),
        **attributes,
    )  # fmt: skip
    if divisor is None:
        return pooled
    if number(call, "divisor_override") == 0:
        raise refused(call, "a division by 0")
    share = float(np.prod(attributes["kernel_shape"])) / number(call, "divisor_override")
    return operators.add(call, "Mul", pooled, operators.constant(share, "float64"))


def _windows(operators: Operators, call: Call) -> dict[str, list[int] | int]:
    count = _axes(operators, call)
    kernel = along_each(call, "kernel_size", [], count)
    stride = argument(call, "stride", [])
    padding = along_each(call, "padding", [0], count)
    return {
        "kernel_shape": kernel,
        "strides": along_each(call, "stride", kernel, count) if stride != [] else kernel,
        "pads": [*padding, *padding],
        "ceil_mode": int(flag(call, "ceil_mode")),
    }


def _before_and_after(operators: Operators, call: Call, name: str = "self") -> list[tuple[int, int, int]]:
    """Of each pooled axis: its place, and its sizes before and after."""
    count = _axes(operators, call, name)
    after = operators.stated(call, call.outputs[0])
    changed = []
    for axis in range(2, count + 2):
        size = after[axis] if len(after) == count + 2 else None
        if size is None or not 1 <= size <= MAX_SIDE:
            raise refused(call, f"its output has the sizes {tuple(after)[:8]}; 1 to {MAX_SIDE:,} along an axis are")
        before = operators.known(call, name, axis)
        if before * size > MAX_MATRIX:
            raise refused(call, f"from {before:,} to {size:,} numbers along an axis")
        changed.append((axis, before, size))
    return changed


def adaptive_average_pool(operators: Operators, call: Call) -> str:
    value, changed = operators.tensor(call, "self"), _before_and_after(operators, call)
    if all(after == 1 for _, _, after in changed):
        return operators.add(call, "GlobalAveragePool", value)
    if all(before % after == 0 for _, before, after in changed):
        kernel = [before // after for _, before, after in changed]
        return operators.add(call, "AveragePool", value, kernel_shape=kernel, strides=kernel)
    for axis, before, after in changed:
        value = operators.along(call, value, axis, len(changed) + 2, adaptive_averages(before, after).numpy())
    return value


def adaptive_max_pool(operators: Operators, call: Call) -> list[str]:
    """The windows side by side, each as large as the largest, with one of their numbers several times."""
    value, changed = operators.tensor(call, "self"), _before_and_after(operators, call)
    if all(after == 1 for _, _, after in changed):
        return [operators.add(call, "GlobalMaxPool", value)]
    kernel = []
    for axis, before, after in changed:
        windows = adaptive_windows(before, after)
        kernel.append(max(map(len, windows)))
        if kernel[-1] > MAX_POOL:
            raise refused(call, f"windows of {kernel[-1]} numbers; up to {MAX_POOL} are")
        places = [min(window.start + k, window.stop - 1) for window in windows for k in range(kernel[-1])]
        value = value if before % after == 0 else operators.chosen(call, value, axis, places)
    return [operators.add(call, "MaxPool", value, kernel_shape=kernel, strides=kernel)]


def nearest(operators: Operators, call: Call) -> str:
    """Nearest upsampling, by the places that torch itself takes numbers from."""
    value = operators.tensor(call, _resized(call))
    exact = "exact" in call.op
    for (axis, before, after), scale in zip(_before_and_after(operators, call, _resized(call)), _scales(call)):
        numbers = torch.arange(before, dtype=torch.float32)[None, None]
        places = torch.ops.aten._upsample_nearest_exact1d if exact else torch.ops.aten.upsample_nearest1d
        value = operators.chosen(call, value, axis, places(numbers, [after], scale).flatten().long().numpy())
    return value


def linear(operators: Operators, call: Call) -> str:
    """upsample_linear1d and upsample_bilinear2d: a matrix along each axis."""
    value, aligned = operators.tensor(call, _resized(call)), flag(call, "align_corners")
    changed = _before_and_after(operators, call, _resized(call))
    for (axis, before, after), scale in zip(changed, _scales(call)):
        matrix = stretched(before, after, scale, aligned).numpy()
        value = operators.along(call, value, axis, len(changed) + 2, matrix)
    return value


def _resized(call: Call) -> str:
    """The name of the argument that is resized, which differs between overloads."""
    return "input" if "input" in call.arguments else "self"


def _scales(call: Call) -> list[float | None]:
    """The factors that the caller gave, for each axis; None where it gave sizes."""
    listed = argument(call, "scale_factors", None)
    if type(listed) is list and all(type(factor) in (int, float) and factor > 0 for factor in listed):
        return [float(factor) for factor in listed]
    names = ("scales",) if "1d" in call.op else ("scales_h", "scales_w")
    given = [argument(call, name, None) for name in names]
    return [float(factor) if type(factor) in (int, float) and factor > 0 else None for factor in given]


POOLING: dict[str, Translate] = {
    **dict.fromkeys(("max_pool1d", "max_pool2d", "max_pool2d_with_indices", "max_pool1d_with_indices"), max_pool),
    **dict.fromkeys(("avg_pool1d", "avg_pool2d"), average_pool),
    **dict.fromkeys(("adaptive_avg_pool1d", "adaptive_avg_pool2d", "_adaptive_avg_pool2d"), adaptive_average_pool),
    **dict.fromkeys(("adaptive_max_pool1d", "adaptive_max_pool2d"), adaptive_max_pool),
    **dict.fromkeys(
        ("upsample_nearest1d", "upsample_nearest2d", "_upsample_nearest_exact1d", "_upsample_nearest_exact2d"),
        nearest),
    **dict.fromkeys(("upsample_linear1d", "upsample_bilinear2d"), linear),
}  # fmt: skip
