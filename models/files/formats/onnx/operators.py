"""The tables of ONNX operators that are layers or joins, and the reasons for those that are not supported."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from models.files.formats.onnx.chain import Chain, Indices, Node
from models.files.formats.onnx.images import convolution, pad
from models.files.formats.onnx.joins import JOINS
from models.files.formats.onnx.linear import einsum, gemm, matmul
from models.files.formats.onnx.one_dimensional import of_signals_too
from models.files.formats.onnx.pooling import average_pool, global_average_pool, max_pool, reduce_mean
from models.files.formats.onnx.rearranging import REARRANGING
from models.files.formats.onnx.segment_layers import SEGMENT_LAYERS
from models.files.formats.onnx.units import UNIT_WISE

__all__ = ["JOINS", "LAYERS", "SEGMENT_LAYERS", "UNIT_WISE", "reason"]

Layer: TypeAlias = Callable[[Chain, Node], Indices]  # adds layers to the chain, and returns a view of its output

LAYERS: dict[str, Layer] = {
    "Gemm": gemm,
    "MatMul": matmul,
    "Einsum": einsum,
    "Conv": of_signals_too(convolution),
    "AveragePool": of_signals_too(average_pool),
    "MaxPool": of_signals_too(max_pool),
    "GlobalAveragePool": of_signals_too(global_average_pool),
    "ReduceMean": reduce_mean,
    "ReduceSum": reduce_mean,
    "Pad": pad,
    **UNIT_WISE,
}
SUPPORTED = ", ".join(dict.fromkeys((*LAYERS, *SEGMENT_LAYERS, *JOINS, *REARRANGING, "Split")))
SMOOTH = "it is not piecewise linear; train with ReLU or LeakyReLU"
QUANTISED = "quantised networks are not read; export the float network that it was made of"
REASONS = {
    "ArgMax": "it gives a class, not a score for each; export the network without it",
    "TopK": "it gives classes, not a score for each; export the network without it",
    "LSTM": "recurrent networks are not; feed-forward ones are",
    "GRU": "recurrent networks are not; feed-forward ones are",
    **dict.fromkeys(
        ("Tanh", "Elu", "Selu", "Celu", "Gelu", "Softplus", "Mish", "HardSwish", "Erf", "Exp", "Swish"),
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
