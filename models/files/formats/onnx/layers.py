"""The table of ONNX operators that are layers, and the reasons for those that are not supported."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from models.files.formats.onnx.chain import Chain, Indices, Node
from models.files.formats.onnx.images import average_pool, convolution, global_average_pool, max_pool, pad, reduce_mean
from models.files.formats.onnx.linear import gemm, matmul
from models.files.formats.onnx.rearranging import REARRANGING
from models.files.formats.onnx.units import UNIT_WISE

Layer: TypeAlias = Callable[[Chain, Node], Indices]  # adds layers to the chain, and returns a view of its output

LAYERS: dict[str, Layer] = {
    "Gemm": gemm,
    "MatMul": matmul,
    "Conv": convolution,
    "AveragePool": average_pool,
    "MaxPool": max_pool,
    "GlobalAveragePool": global_average_pool,
    "ReduceMean": reduce_mean,
    "ReduceSum": reduce_mean,
    "Pad": pad,
    **UNIT_WISE,
}
SUPPORTED = ", ".join((*LAYERS, *REARRANGING))
SMOOTH = "it is no piecewise linear function with one bend at 0; train with ReLU or LeakyReLU"
QUANTISED = "quantised networks are not read; export the float network that it was made of"
REASONS = {
    "GlobalMaxPool": "the largest of a whole image is not supported yet; MaxPool and GlobalAveragePool are",
    "ReduceMax": "the largest of several numbers is not supported yet; ReduceMean is",
    "ArgMax": "it gives a class, not a score for each; export the network without it",
    "TopK": "it gives classes, not a score for each; export the network without it",
    "ConvTranspose": "transposed convolutions are not; Conv is",
    "Resize": "resized images are not; resize them before the network",
    "Upsample": "resized images are not; resize them before the network",
    "LSTM": "recurrent networks are not; feed-forward ones are",
    "GRU": "recurrent networks are not; feed-forward ones are",
    "Abs": "it has two linear parts that are both not 0; ReLU and LeakyReLU are supported",
    **dict.fromkeys(
        ("Tanh", "Elu", "Selu", "Celu", "Gelu", "Softplus", "Mish", "HardSwish", "HardSigmoid", "Erf", "Exp", "Swish"),
        SMOOTH,
    ),
}


def reason(op: str) -> str:
    """The reason why an operator is not supported, and the alternatives."""
    if op in REASONS:
        return f": {REASONS[op]}"
    if "Quantize" in op or op.startswith("QLinear") or op.endswith("Integer"):
        return f": {QUANTISED}"
    return f"; use {SUPPORTED}"
