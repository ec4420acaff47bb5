"""Stages: bare weights grouped by layer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from models.files.bare_weights.reparametrised import plain_weights
from models.networks.architecture import COUNTER, MAX_LAYERS, SUPPORTED

PARAMETERS = ("weight", "bias", "running_mean", "running_var", "mean", "std", COUNTER)
PATHS_BESIDE = re.compile(r"(^|[._])(downsample|shortcut|skip|residual)([._0-9]|$)|(^|\.)layer\d+\.\d+\.conv\d")
REMEDY = "export the network with torch.onnx.export instead"
OTHERS: tuple[tuple[str, str], ...] = (  # names of the weights of unsupported layers, and these layers
    (r"(weight|bias)_(ih|hh)(_l\d+)?(_reverse)?", "a recurrent layer (RNN, LSTM or GRU)"),
    (r"in_proj_weight|in_proj_bias|[qkv]_proj_weight|pos_embed|cls_token|position_ids", "an attention layer"),
    (r"kernel|gamma|beta|moving_mean|moving_variance|embeddings", "a layer of Keras or Flax"),
    (r"alpha|scale|temperature|logit_scale|weights?_?scale|zero_point", "a parameter of its module's own"),
)


@dataclass(frozen=True, eq=False)
class Stage:
    """The weights of one layer, with its name and the number in it if there is one."""

    name: str
    number: int | None
    weights: dict[str, Tensor]

    @property
    def normalises(self) -> bool:
        return "running_mean" in self.weights

    @property
    def shifts(self) -> bool:
        """Whether it is a fixed normalisation of the inputs by a mean and a deviation per channel."""
        return "mean" in self.weights

    @property
    def acts(self) -> bool:
        """Whether it is Linear or Conv2d."""
        return not self.normalises and not self.shifts

    @property
    def convolves(self) -> bool:
        return self.acts and self.weights["weight"].dim() == 4

    @property
    def kernel(self) -> tuple[int, int]:
        return tuple(self.weights["weight"].shape[2:])  # type: ignore[return-value]

    @property
    def takes(self) -> int:
        """The number of inputs or input channels."""
        if self.acts:
            return int(self.weights["weight"].shape[1])
        return int(self.weights["mean" if self.shifts else "running_mean"].numel())

    @property
    def gives(self) -> int:
        """The number of outputs or output channels."""
        return int(self.weights["weight"].shape[0]) if self.acts else self.takes


def stages_of(tensors: Mapping[str, Tensor]) -> list[Stage]:
    """The weights grouped by layer: Linear, Conv2d, BatchNorm or a normalisation of the inputs.

    Raises
    ------
    ValueError
        Naming the weight or the layer that is none of these, its probable kind, and a remedy.
    """
    grouped: dict[str, dict[str, Tensor]] = {}
    for key, tensor in plain_weights(tensors).items():
        layer, _, parameter = str(key).rpartition(".")
        if parameter not in PARAMETERS:
            raise ValueError(_unknown(str(key), parameter))
        grouped.setdefault(layer, {})[parameter] = tensor
    beside = next((name for name in grouped if PATHS_BESIDE.search(name)), None)
    if beside is not None:
        raise ValueError(
            f"{beside[:60]!r} seems to be part of a residual network; where its branches are added the weights do "
            f"not say: {REMEDY}"
        )
    stages = [Stage(name, _number(name), weights) for name, weights in grouped.items()]
    if not 1 <= len(stages) <= MAX_LAYERS:
        raise ValueError(f"the file holds weights of {len(stages)} layers; 1 to {MAX_LAYERS} are read")
    for stage in stages:
        _check_stage(stage)
    return stages


def as_registered(names: Sequence[str]) -> bool:
    """Whether weights may be in the order in which a module registered its layers.

    Torch's layers register their weight before their bias. If a bias comes first, or if no layer has both and all names
    are sorted, the file is in alphabetical order, as safetensors files are.
    """
    at = {name: place for place, name in enumerate(names)}
    biases = [name for name in names if name.rpartition(".")[2] == "bias"]
    pairs = [(at[weight], at[bias]) for bias in biases if (weight := bias.removesuffix("bias") + "weight") in at]
    return all(weight < bias for weight, bias in pairs) and (bool(pairs) or list(names) != sorted(names))


def _unknown(key: str, parameter: str) -> str:
    kind = next((kind for names, kind in OTHERS if re.fullmatch(names, parameter)), None)
    if kind is not None:
        return f"{key[:60]!r} is the weight of {kind}, which is not read; use {SUPPORTED}"
    return f"weight {key[:60]!r} belongs to no layer that is known; expected names like '0.weight'"


def _check_stage(stage: Stage) -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in stage.weights.items()}
    layer = f"layer {stage.name[:60]!r}"
    if stage.shifts or "std" in shapes:
        if shapes.keys() != {"mean", "std"} or stage.weights["mean"].numel() != stage.weights["std"].numel():
            raise ValueError(f"{layer} is no normalisation by mean and std, with weights of shape {shapes}")
        if stage.weights["mean"].dim() not in (0, 1, 3, 4) or not 1 <= stage.weights["mean"].numel() <= 4096:
            raise ValueError(f"{layer} is no normalisation per channel, with weights of shape {shapes}")
        return
    if stage.normalises:
        fitting = {shape for name, shape in shapes.items() if name != COUNTER} == {shapes["running_mean"]}
        whole = "running_var" in shapes and ("weight" in shapes) == ("bias" in shapes)
        if len(shapes["running_mean"]) != 1 or not fitting or not whole:
            raise ValueError(f"{layer} is no BatchNorm that is known, with weights of shape {shapes}")
        return
    shape = shapes.get("weight", ())
    if len(shape) not in (2, 4) or shapes.keys() - {"weight", "bias"} or 0 in shape:
        raise ValueError(
            f"{layer} is neither Linear nor Conv2d nor BatchNorm, with weights of shape {shapes}{_guess(shapes)}"
        )
    _check_layout(stage, layer)


def _guess(shapes: Mapping[str, tuple[int, ...]]) -> str:
    """The probable kind of an unsupported layer."""
    shape = shapes.get("weight", ())
    if "weight" not in shapes:
        return ""
    kinds = {1: "LayerNorm, GroupNorm or a BatchNorm without running statistics" if "bias" in shapes else "PReLU",
             3: "Conv1d", 5: "Conv3d"}  # fmt: skip
    return f"; it seems to be {kinds[len(shape)]}" if len(shape) in kinds else ""


def _check_layout(stage: Stage, layer: str) -> None:
    """A ValueError if weights are not in the layout of torch's Linear and Conv2d, with outputs first."""
    weight, bias = stage.weights["weight"], stage.weights.get("bias")
    shape = tuple(weight.shape)
    if bias is None:
        if weight.dim() == 2 and re.search("embedding", stage.name, re.IGNORECASE):
            raise ValueError(f"{layer} seems to be an Embedding, which takes words, not numbers; it is not read")
        return
    if tuple(bias.shape) == shape[:1]:
        return
    if weight.dim() == 4 and tuple(bias.shape) == shape[1:2]:
        raise ValueError(f"{layer} seems to be a ConvTranspose2d, with weights {shape}, which is not supported")
    if tuple(bias.shape) == shape[-1:]:
        raise ValueError(
            f"{layer} has weights {shape} for a bias {tuple(bias.shape)}: they lie as in Keras, inputs first; "
            "torch keeps outputs first, so save them transposed"
        )
    raise ValueError(f"{layer} has weights {shape} and a bias {tuple(bias.shape)}, which do not fit each other")


def _number(name: str) -> int | None:
    match = re.search(r"(?:^|\.)([0-9]{1,6})$", name)
    return int(match[1]) if match else None


def natural(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts '2.weight' before '10.weight'."""
    parts = re.findall(r"([0-9]{1,9})|([^0-9]+)", name)
    return [(0, int(number), "") if number else (1, 0, text) for number, text in parts]
