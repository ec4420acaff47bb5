"""Torch's matrices, convolutions, normalisations and activations as ONNX operators."""

from __future__ import annotations

import math

import numpy as np
from onnx import TensorProto

from models.files.formats.pt2.exported_graph import Call, Name
from models.files.formats.pt2.operators import (
    Operators,
    Translate,
    along_each,
    argument,
    flag,
    number,
    refused,
    whole,
)

FLOATS = {6, 7, 8, 13}  # torch.export's numbers for types of real numbers
SHORT = {6: TensorProto.FLOAT16, 13: TensorProto.BFLOAT16}  # of 16 bits, as ONNX names them


def linear(operators: Operators, call: Call) -> str:
    weight = operators.tensor(call, "weight")
    axes = len(operators.sizes_of(call, "weight"))
    turned = operators.add(call, "Transpose", weight, perm=list(range(axes))[::-1])
    product = operators.add(call, "MatMul", operators.tensor(call, "input"), turned)
    return _with_bias(operators, call, product)


def product(operators: Operators, call: Call) -> str:
    """matmul, mm, bmm and mv, whose second argument has several names."""
    second = next((name for name in ("other", "mat2", "vec") if name in call.arguments), "other")
    return operators.add(call, "MatMul", operators.tensor(call, "self"), operators.tensor(call, second))


def einsum(operators: Operators, call: Call) -> str:
    equation, tensors = argument(call, "equation", None), argument(call, "tensors", None)
    if type(equation) is not str or type(tensors) is not list or not all(isinstance(item, Name) for item in tensors):
        raise refused(call, "it is read with an equation by letters and tensors")
    return operators.add(call, "Einsum", *(operators.value(call, item) for item in tensors), equation=equation.encode())


def affine_product(operators: Operators, call: Call) -> str:
    """beta self + alpha mat1 mat2"""
    result = operators.add(call, "MatMul", operators.tensor(call, "mat1"), operators.tensor(call, "mat2"))
    alpha, beta, bias = number(call, "alpha", 1), number(call, "beta", 1), operators.tensor(call, "self")
    if alpha != 1:
        result = operators.add(call, "Mul", result, operators.constant(alpha, "float64"))
    if beta != 1:
        bias = operators.add(call, "Mul", bias, operators.constant(beta, "float64"))
    return operators.add(call, "Add", result, bias)


def _with_bias(operators: Operators, call: Call, value: str) -> str:
    bias = operators.optional(call, "bias")
    return value if bias is None else operators.add(call, "Add", value, bias)


def convolution(operators: Operators, call: Call) -> str:
    """conv1d, conv2d, conv_transpose1d, conv_transpose2d, and the operator convolution for all of them."""
    kernel = operators.sizes_of(call, "weight")[2:]
    count = len(kernel)
    if count not in (1, 2) or None in kernel:
        raise refused(call, f"a kernel of the sizes {tuple(kernel)[:4]}; signals and images are")
    turned = "transpose" in call.op or flag(call, "transposed")
    stride, dilation = (along_each(call, name, [1], count) for name in ("stride", "dilation"))
    before = behind = [0] * count
    if call.arguments.get("padding") in ("same", "valid"):
        added = [
            d * (int(k or 0) - 1) if argument(call, "padding", "") == "same" else 0 for k, d in zip(kernel, dilation)
        ]
        before, behind = [n // 2 for n in added], [n - n // 2 for n in added]
    else:
        before = behind = along_each(call, "padding", [0], count)
    attributes = {
        "kernel_shape": list(kernel), "strides": stride, "dilations": dilation, "pads": [*before, *behind],
        "group": whole(call, "groups", 1),
    }  # fmt: skip
    if turned:
        attributes["output_padding"] = along_each(call, "output_padding", [0], count)
    inputs = [operators.tensor(call, "input"), operators.tensor(call, "weight")]
    if (bias := operators.optional(call, "bias")) is not None:
        inputs.append(bias)
    if len(operators.sizes_of(call, "input")) != count + 2:
        raise refused(call, "it must act on a batch")
    return operators.add(call, "ConvTranspose" if turned else "Conv", *inputs, **attributes)


def batch_norm(operators: Operators, call: Call) -> list[str]:
    if "running_mean" not in call.arguments or call.arguments["running_mean"] is None or flag(call, "training"):
        raise refused(call, "in training mode it is no fixed function; export network.eval()")
    channels = operators.known(call, "running_mean", 0)
    weight, bias = (operators.optional(call, name) for name in ("weight", "bias"))
    inputs = [
        operators.tensor(call, "input"),
        weight or operators.constant(np.ones(channels)),
        bias or operators.constant(np.zeros(channels)),
        operators.tensor(call, "running_mean"),
        operators.tensor(call, "running_var"),
    ]
    return [operators.add(call, "BatchNormalization", *inputs, epsilon=number(call, "eps", 1e-5))]


def relu(operators: Operators, call: Call) -> str:
    return operators.add(call, "Relu", operators.tensor(call, "self"))


def leaky_relu(operators: Operators, call: Call) -> str:
    slope = operators.constant([number(call, "negative_slope", 0.01)], "float64")
    return operators.add(call, "PRelu", operators.tensor(call, "self"), slope)


def parametric_relu(operators: Operators, call: Call) -> str:
    """PReLU with one slope, or one for each channel, which ONNX takes with an axis for each that follows."""
    value, slopes = operators.tensor(call, "self"), operators.tensor(call, "weight")
    axes, sizes = len(operators.sizes_of(call, "self")), operators.sizes_of(call, "weight")
    if len(sizes) == 1 and sizes[0] != 1 and axes > 2:
        slopes = operators.reshaped(call, slopes, [*sizes, *[1] * (axes - 2)])
    return operators.add(call, "PRelu", value, slopes)


def hard_tanh(operators: Operators, call: Call) -> str:
    return clipped(operators, call, number(call, "min_val", -1), number(call, "max_val", 1))


def relu6(operators: Operators, call: Call) -> str:
    return clipped(operators, call, 0.0, 6.0)


def hard_sigmoid(operators: Operators, call: Call) -> str:
    """clip(x + 3, 0, 6) / 6"""
    three, six = (operators.constant(value, "float64") for value in (3, 6))
    shifted = operators.add(call, "Add", operators.tensor(call, "self"), three)
    zero = operators.constant(0, "float64")
    return operators.add(call, "Div", operators.add(call, "Clip", shifted, zero, six), six)


def clamp(operators: Operators, call: Call) -> str:
    """clamp, clamp_min and clamp_max, of numbers or of constant tensors."""
    value = operators.tensor(call, "self")
    ends = {name: call.arguments.get(name) for name in ("min", "max")}
    if all(end is None or type(end) in (int, float) for end in ends.values()):
        low, high = (-math.inf if ends["min"] is None else number(call, "min"),
                     math.inf if ends["max"] is None else number(call, "max"))  # fmt: skip
        return clipped(operators, call, low, high)
    for name, op in (("min", "Max"), ("max", "Min")):
        if ends[name] is not None:
            value = operators.add(call, op, value, operators.operand(call, name))
    return value


def clipped(operators: Operators, call: Call, low: float, high: float) -> str:
    bounds = [operators.constant(end, "float64") if math.isfinite(end) else "" for end in (low, high)]
    if not any(bounds) or math.isnan(low) or math.isnan(high):
        raise refused(call, f"its bounds are {low} and {high}")
    return operators.add(call, "Clip", operators.tensor(call, "self"), *bounds)


def threshold(operators: Operators, call: Call) -> str:
    if number(call, "threshold") != 0 or number(call, "value") != 0:
        raise refused(call, "with other numbers than 0 it is not continuous")
    return relu(operators, call)


def soft_shrink(operators: Operators, call: Call) -> str:
    """r(x - lambda) - r(-x - lambda), r the ReLU"""
    value, edge = operators.tensor(call, "self"), operators.constant(number(call, "lambd", 0.5), "float64")
    above = operators.add(call, "Relu", operators.add(call, "Sub", value, edge))
    below = operators.add(call, "Relu", operators.add(call, "Sub", operators.add(call, "Neg", value), edge))
    return operators.add(call, "Sub", above, below)


def softmax(operators: Operators, call: Call) -> str:
    op = "LogSoftmax" if "log" in call.op else "Softmax"
    axis = operators.axis(call, "dim")
    operators.known(call, "self", axis)
    return operators.add(call, op, operators.tensor(call, "self"), axis=axis)


def sigmoid(operators: Operators, call: Call) -> str:
    return operators.add(call, "Sigmoid", operators.tensor(call, "self"))


def unchanged(operators: Operators, call: Call) -> str:
    """Copies, moves to other devices, casts between real types, and dropout in eval mode."""
    if "dropout" in call.op and flag(call, "train") and number(call, "p", 0.5) != 0:
        raise refused(call, "in training mode it is no fixed function; export network.eval()")
    dtype = argument(call, "dtype", None)
    if dtype is not None and dtype not in FLOATS:
        raise refused(call, "activations are real numbers; only casts between float types are read")
    value = operators.tensor(call, "self" if "self" in call.arguments else "input")
    return operators.add(call, "Cast", value, to=SHORT[dtype]) if dtype in SHORT else value


LAYERS: dict[str, Translate] = {
    "linear": linear, "matmul": product, "mm": product, "mv": product, "bmm": product, "addmm": affine_product,
    "einsum": einsum,
    **dict.fromkeys(("conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "convolution"), convolution),
    **dict.fromkeys(("batch_norm", "_native_batch_norm_legit_no_training", "_batch_norm_no_update"), batch_norm),
    "relu": relu, "leaky_relu": leaky_relu, "prelu": parametric_relu, "_prelu_kernel": parametric_relu,
    "hardtanh": hard_tanh, "relu6": relu6, "hardsigmoid": hard_sigmoid, "threshold": threshold,
    "softshrink": soft_shrink,
    **dict.fromkeys(("clamp", "clamp_min", "clamp_max", "clip"), clamp),
    **dict.fromkeys(("softmax", "_softmax", "log_softmax", "_log_softmax"), softmax), "sigmoid": sigmoid,
    **dict.fromkeys(
        ("clone", "contiguous", "alias", "detach", "lift_fresh", "lift_fresh_copy", "to", "_to_copy", "dropout",
         "feature_dropout", "alpha_dropout", "type_as"), unchanged),
}  # fmt: skip
