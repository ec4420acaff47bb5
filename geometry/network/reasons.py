"""Why functions of torch are not supported, for messages."""

from __future__ import annotations

import re

from torch import nn

SMOOTH = "it is not piecewise linear; train with ReLU or LeakyReLU"
STATISTICS = "it divides by what it computes from the activations; BatchNorm in eval mode is supported"
ATTENTION = "attention multiplies activations with each other, which is not piecewise linear"
RECURRENT = "recurrent networks are not; feed-forward ones are"
JUMPS = "it is not continuous"
PRODUCT = "a product of two activations is not piecewise linear"
ENDING = "it is not piecewise linear; leave it off at the end: the scores before it have the same order"
ORDER = "it puts activations in order; a maximum, a minimum and max-pooling are supported"
REASONS = {  # by the name of the function, in lower case and without underscores around it
    **dict.fromkeys(
        ("sigmoid", "tanh", "softmin", "elu", "selu", "celu", "gelu", "silu", "softplus",
         "mish", "hardswish", "log_sigmoid", "logsigmoid", "exp", "log", "sqrt", "rsqrt", "pow", "square", "reciprocal",
         "sin", "cos", "erf", "logsumexp", "glu", "norm", "linalg_vector_norm", "normalize", "expm1", "log1p",
         "softsign"), SMOOTH),
    **dict.fromkeys(("softmax", "log_softmax"), ENDING),
    **dict.fromkeys(
        ("layer_norm", "native_layer_norm", "group_norm", "native_group_norm", "instance_norm", "rms_norm",
         "local_response_norm", "var", "std", "instance_norm1d",
         "instance_norm2d"), STATISTICS),
    **dict.fromkeys(
        ("scaled_dot_product_attention", "native_multi_head_attention", "multi_head_attention_forward",
         "multihead_attention", "transformer_encoder_layer"), ATTENTION),
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell"), RECURRENT),
    **dict.fromkeys(
        ("sign", "round", "floor", "ceil", "trunc", "gt", "lt", "ge", "le", "eq", "ne", "where", "heaviside",
         "argmax", "argmin", "fmod", "remainder", "masked_fill", "floor_divide"), JUMPS),
    **dict.fromkeys(("topk", "sort", "msort", "kthvalue", "median"), ORDER),
    **dict.fromkeys(("bmm", "baddbmm", "bilinear", "addcmul", "outer", "dot", "cross"), PRODUCT),
}  # fmt: skip


def reason_for(name: str) -> str:
    """The reason why a function is not supported, after a colon; empty if there is none but that it is not listed."""
    said = REASONS.get(name.strip("_").lower())
    return "" if said is None else f": {said}"


def reason_for_module(module: nn.Module) -> str:
    """The same for one of torch's own layers, such as LayerNorm; empty for other modules."""
    own = type(module).__module__.startswith("torch.nn.modules")
    return reason_for(re.sub("(?<=[a-z])(?=[A-Z])", "_", type(module).__name__)) if own else ""
