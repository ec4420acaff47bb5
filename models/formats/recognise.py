"""An architecture from nothing but the names and shapes of weights.

What the weights do not say is guessed by this rule:
- Layers follow each other in the order of the file. A 2-D weight is Linear, a 4-D one Conv2d, one with a running
  mean BatchNorm.
- A convolution with a 4 x 4 kernel has stride 2 and padding 1; any other has stride 1 and half its kernel as padding.
- A ReLU stands between two Linear or Conv2d, after a BatchNorm between them unless the numbers in the names leave a
  gap before the BatchNorm and none after it.
- The first Linear after convolutions has a Flatten before it, and a Linear of an image's size at the front too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from models.architecture import COUNTER, IMAGE_SHAPES, Spec

PARAMETERS = ("weight", "bias", "running_mean", "running_var", COUNTER)


@dataclass(frozen=True)
class Hints:
    """What the caller knows of the convolutions: one value for all, or one for each."""

    stride: int | Sequence[int] | None = None
    padding: int | Sequence[int] | None = None

    def given(self) -> list[str]:
        return [name for name, value in (("stride", self.stride), ("padding", self.padding)) if value is not None]


@dataclass(frozen=True)
class Stage:
    """The weights of one layer, and the number in its name if there is one."""

    name: str
    number: int | None
    weights: dict[str, Tensor]

    @property
    def normalises(self) -> bool:
        return "running_mean" in self.weights

    @property
    def convolves(self) -> bool:
        return not self.normalises and self.weights["weight"].dim() == 4


def recognise(tensors: Mapping[str, Tensor], hints: Hints) -> tuple[list[Spec], dict[str, Tensor]]:
    """The architecture that fits named weights such as '0.weight', by the rule above, and the weights renamed to it.

    Raises
    ------
    ValueError
        Naming the weight that belongs to no supported layer, or hints that do not fit.
    """
    stages = _stages(tensors)
    convolutions = sum(stage.convolves for stage in stages)
    strides, paddings = _each(hints.stride, convolutions, "stride"), _each(hints.padding, convolutions, "padding")
    specs: list[Spec] = []
    weights: dict[str, Tensor] = {}
    image = False  # whether activations still have rows and columns
    owes_relu = False
    for before, stage in zip([None, *stages], stages):
        if owes_relu and not (stage.normalises and _touches(before, stage, stages)):
            specs.append({"layer": "ReLU"})
            owes_relu = False
        if stage.normalises:
            spec = _batch_norm(stage, image)
        elif stage.convolves:
            spec, image = _convolution(stage, strides.pop(0), paddings.pop(0)), True
        else:
            spec = _linear(stage)
            if image or (before is None and spec["in_features"] in IMAGE_SHAPES):
                specs.append({"layer": "Flatten"})
            image = False
        owes_relu = owes_relu or not stage.normalises
        weights |= {f"{len(specs)}.{name}": tensor for name, tensor in stage.weights.items()}
        specs.append(spec)
    return specs, weights


def _stages(tensors: Mapping[str, Tensor]) -> list[Stage]:
    grouped: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        layer, _, parameter = str(key).rpartition(".")
        if parameter not in PARAMETERS:
            raise ValueError(
                f"weight {str(key)[:60]!r} belongs to no layer that is known; expected names like '0.weight'"
            )
        grouped.setdefault(layer, {})[parameter] = tensor
    stages = [Stage(name, _number(name), weights) for name, weights in grouped.items()]
    if not stages:
        raise ValueError("the file holds no weights")
    for stage in stages:
        _check_stage(stage)
    return stages


def _check_stage(stage: Stage) -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in stage.weights.items()}
    layer = f"layer {stage.name[:60]!r}"
    if stage.normalises:
        if (
            len(shapes["running_mean"]) != 1
            or "running_var" not in shapes
            or ("weight" in shapes) != ("bias" in shapes)
        ):
            raise ValueError(f"{layer} is no BatchNorm that is known, with weights of shape {shapes}")
    elif len(shapes.get("weight", ())) not in (2, 4) or shapes.keys() - {"weight", "bias"}:
        raise ValueError(f"{layer} is neither Linear nor Conv2d nor BatchNorm, with weights of shape {shapes}")


def _number(name: str) -> int | None:
    match = re.search(r"(?:^|\.)([0-9]{1,6})$", name)
    return int(match[1]) if match else None


def _touches(before: Stage | None, stage: Stage, stages: list[Stage]) -> bool:
    """Whether a BatchNorm comes before the ReLU of the layer in front of it."""
    place = stages.index(stage)
    after = stages[place + 1] if place + 1 < len(stages) else None
    if before is None or after is None or None in (before.number, stage.number, after.number):
        return True
    gap_before, gap_after = stage.number - before.number > 1, after.number - stage.number > 1  # type: ignore[operator]
    return gap_after or not gap_before


def _each(hint: int | Sequence[int] | None, count: int, name: str) -> list[int | None]:
    """One hint per convolution; None where there is none."""
    if hint is None or isinstance(hint, int):
        return [hint] * count
    if len(hint) != count:
        raise ValueError(f"{name} has {len(hint)} values for {count} convolutions")
    return list(hint)


def _linear(stage: Stage) -> Spec:
    rows, columns = stage.weights["weight"].shape
    return {"layer": "Linear", "in_features": columns, "out_features": rows, "bias": "bias" in stage.weights}


def _convolution(stage: Stage, stride: int | None, padding: int | None) -> Spec:
    channels_out, channels_in, *kernel = stage.weights["weight"].shape
    published = kernel == [4, 4]  # KW's and MMR's networks
    half: Any = [size // 2 for size in kernel]
    return {
        "layer": "Conv2d",
        "in_channels": channels_in,
        "out_channels": channels_out,
        "kernel_size": list(kernel),
        "stride": stride if stride is not None else 2 if published else 1,
        "padding": padding if padding is not None else 1 if published else half,
        "dilation": 1,
        "groups": 1,
        "bias": "bias" in stage.weights,
    }


def _batch_norm(stage: Stage, image: bool) -> Spec:
    (features,) = stage.weights["running_mean"].shape
    layer = "BatchNorm2d" if image else "BatchNorm1d"
    return {"layer": layer, "num_features": features, "eps": 1e-5, "affine": "weight" in stage.weights}
