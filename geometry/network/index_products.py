"""Sums of products of activations and one constant by letters for axes: einsum, such as "bi,ji->bj"."""

from __future__ import annotations

import math
import string

import torch

from geometry.network.affine import Dense
from geometry.network.calls import Call, Recorded
from geometry.network.graph import Value

LARGEST = 1 << 24  # entries of the matrix that is made of it: limits memory


def einsum(call: Call) -> Value:
    """A matrix, from the equation applied to each unit alone."""
    equation, *operands = call.arguments
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        operands = list(operands[0])
    recorded = [place for place, operand in enumerate(operands) if isinstance(operand, Recorded)]
    if len(recorded) == 2:
        call.refuse("of two activations is not piecewise linear")
    if not isinstance(equation, str) or len(operands) != 2:
        call.refuse("is supported of two operands and an equation by letters")
    try:
        letters, result = operand_axes(equation)
    except ValueError as error:
        call.refuse(str(error))
    (place,) = recorded
    value, constant = operands[place].value, call.constant(operands[1 - place])
    of_value, of_constant = letters[place], letters[1 - place]
    if not of_value or result[:1] != of_value[0] or of_value[0] in of_constant:
        call.refuse(f"with the equation {equation!r} combines the inputs of a batch")
    units, made = math.prod(value.shape), math.prod(call.shape)
    if units * made > LARGEST:
        call.refuse(f"from {units:,} to {made:,} numbers is too large")
    each = next(letter for letter in string.ascii_letters if letter not in equation)
    every = torch.eye(units, dtype=constant.dtype, device=constant.device)
    spec = f"{each}{of_value[1:]},{of_constant}->{each}{result[1:]}"
    rows = torch.einsum(spec, every.reshape(units, *value.shape), constant).reshape(units, made)
    return value.mapped(Dense(rows.T.contiguous(), rows.new_zeros(made), value.shape, call.shape))


def operand_axes(equation: str) -> tuple[tuple[str, str], str]:
    """The letters of einsum's two operands, and of the result: in alphabetical order where the equation does not say.

    Raises
    ------
    ValueError
        For anything but letters, another number of operands, an axis twice in one, or one that no operand has.
    """
    sides, arrow, result = equation.replace(" ", "").partition("->")
    letters = sides.split(",")
    if len(letters) != 2 or not all(part.isalpha() or not part for part in (*letters, result)):
        raise ValueError(f"the equation {equation[:60]!r} is read for two operands without an ellipsis")
    if not arrow:
        result = "".join(sorted(letter for letter in set(sides) - {","} if sides.count(letter) == 1))
    if any(len(set(part)) < len(part) for part in (*letters, result)) or not set(result) <= set(sides):
        raise ValueError(f"the equation {equation[:60]!r} has an axis twice in an operand, or one that no operand has")
    return (letters[0], letters[1]), result
