"""Torch's sums, products, extremes and reductions as ONNX operators."""

from __future__ import annotations

import math

import numpy as np

from models.files.formats.pt2.exported_graph import Call, Name
from models.files.formats.pt2.operators import (
    MISSING,
    Operators,
    Translate,
    argument,
    flag,
    number,
    refused,
    whole,
    wholes,
)


def _binary(op: str, turned: bool = False) -> Translate:
    """An operator on two operands, of which the second may be a number, times `alpha`."""

    def of(operators: Operators, call: Call) -> str:
        if argument(call, "rounding_mode", None) is not None:
            raise refused(call, "with a rounding mode it is not continuous")
        first, second = _spread(operators, call, "self"), operators.operand(call, "other")
        alpha = number(call, "alpha", 1)
        scaled = first if turned else second
        if alpha != 1:
            scaled = operators.add(call, "Mul", scaled, operators.constant(alpha, "float64"))
        return operators.add(call, op, *((second, scaled) if turned else (first, scaled)))

    return of


def _spread(operators: Operators, call: Call, name: str) -> str:
    """An operand, expanded to the result's sizes if it has others."""
    value = operators.operand(call, name)
    if not isinstance(call.arguments.get(name), Name) or not call.outputs:
        return value
    own, after = operators.sizes_of(call, name), operators.stated(call, call.outputs[0])
    return value if list(own) == list(after) else operators.expanded(call, value, after)


def _extreme(op: str) -> Translate:
    """max and min of two tensors, along an axis, or over all numbers."""
    reduce = _reduced("ReduceMax" if op == "Max" else "ReduceMin")

    def of(operators: Operators, call: Call) -> str | list[str]:
        if "other" not in call.arguments:
            return reduce(operators, call)
        return operators.add(call, op, _spread(operators, call, "self"), operators.operand(call, "other"))

    return of


def _reduced(op: str) -> Translate:
    """A reduction along axes. Of several results, such as the places of maxima, the first is given alone."""

    def of(operators: Operators, call: Call) -> list[str]:
        count = len(operators.sizes_of(call, "self"))
        dims = wholes(call, "dim", []) or list(range(count))
        axes = [operators.axis_of(call, axis, count) for axis in dims]
        for axis in axes:
            operators.known(call, "self", axis)
        if argument(call, "dtype", 7) not in (6, 7, 8, 13):
            raise refused(call, "its result is of whole numbers")
        constant = operators.constant(axes, "int64")
        return [operators.add(call, op, operators.tensor(call, "self"), constant, keepdims=int(flag(call, "keepdim")))]

    return of


def negated(operators: Operators, call: Call) -> str:
    return operators.add(call, "Neg", operators.tensor(call, "self"))


def absolute(operators: Operators, call: Call) -> str:
    return operators.add(call, "Abs", operators.tensor(call, "self"))


def filled(operators: Operators, call: Call) -> str:
    """Tensors of one number: full, zeros and ones, of given sizes or those of another tensor."""
    plain = {"zeros": 0.0, "empty": 0.0, "ones": 1.0}
    kind = next((kind for kind in plain if kind in call.op), "")
    value = plain[kind] if kind else number(call, "s" if call.op == "scalar_tensor" else "fill_value")
    stated = operators.stated(call, call.outputs[0])
    sizes = [1 if size is None or (axis == 0 and size == operators.batch) else size for axis, size in enumerate(stated)]
    if math.prod(sizes) > 10**6:
        raise ValueError(f"{call.title} makes {math.prod(sizes):,} numbers; up to 1,000,000 are read")
    return operators.constant(np.full(sizes, value))


def in_steps(operators: Operators, call: Call) -> str:
    """arange: whole numbers in steps."""
    start, end, step = (whole(call, name, default) for name, default in (("start", 0), ("end", MISSING), ("step", 1)))
    if step == 0 or len(range(start, end, step)) > 10**6:
        raise refused(call, f"from {start} to {end} in steps of {step}")
    return operators.constant(np.arange(start, end, step, dtype=np.int64))


ARITHMETIC: dict[str, Translate] = {
    "add": _binary("Add"), "sub": _binary("Sub"), "subtract": _binary("Sub"), "rsub": _binary("Sub", turned=True),
    "mul": _binary("Mul"), "multiply": _binary("Mul"), "div": _binary("Div"), "divide": _binary("Div"),
    "true_divide": _binary("Div"), "neg": negated, "negative": negated, "abs": absolute, "absolute": absolute,
    **dict.fromkeys(("maximum", "max", "fmax"), _extreme("Max")),
    **dict.fromkeys(("minimum", "min", "fmin"), _extreme("Min")),
    "arange": in_steps, "mean": _reduced("ReduceMean"), "sum": _reduced("ReduceSum"), "amax": _reduced("ReduceMax"),
    "amin": _reduced("ReduceMin"),
    **dict.fromkeys(
        ("full", "zeros", "ones", "full_like", "zeros_like", "ones_like", "new_zeros", "new_ones", "new_full", "empty",
         "empty_like", "new_empty", "scalar_tensor"), filled),
}  # fmt: skip
