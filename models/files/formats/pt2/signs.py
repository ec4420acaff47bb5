"""LeakyReLU, PReLU and ReLU as torch's core operators have them: a choice between two tensors by the sign of one."""

from __future__ import annotations

from models.files.formats.pt2.exported_graph import Call, Name
from models.files.formats.pt2.operators import Operators, refused
from models.files.formats.pt2.rearranging import VIEWS


def by_sign(operators: Operators, call: Call) -> str:
    """where(x > 0, x, a x), which is PReLU, and where(x <= 0, 0, x), which is ReLU."""
    condition = operators.calls.get(str(call.arguments.get("condition")))
    if condition is None or condition.op not in ("gt", "ge", "lt", "le") or condition.arguments.get("other") != 0:
        raise refused(call, "it is not continuous; LeakyReLU, PReLU and ReLU are supported")
    value = operators.tensor(condition, "self")
    above, below = ("self", "other") if condition.op in ("gt", "ge") else ("other", "self")
    if operators.operand(call, above) == value:
        if (slope := _slope(operators, call.arguments.get(below), value)) is not None:
            return operators.add(call, "PRelu", value, slope)
        other = operators.constants.get(operators.operand(call, below))
        if other is not None and not other.any():
            return operators.add(call, "Relu", value)
    raise refused(call, "it is not continuous; LeakyReLU, PReLU and ReLU are supported")


def _slope(operators: Operators, name: object, value: str) -> str | None:
    """The constant a of a tensor a x; None if it is no such product."""
    product = operators.calls.get(str(name))
    if product is None or product.op != "mul":
        return None
    factors = [operators.operand(product, side) for side in ("self", "other")]
    if value not in factors:
        return None
    factor = factors[1 - factors.index(value)]
    return factor if _is_constant(operators, factor) else None


def _is_constant(operators: Operators, value: str) -> bool:
    """Whether a value is a constant, or a constant in other sizes."""
    while value not in operators.constants:
        call = operators.calls.get(value)
        if call is None or call.op not in VIEWS or not isinstance(call.arguments.get("self"), Name):
            return False
        value = operators.tensor(call, "self")
    return True
