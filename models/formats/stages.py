"""Bare weights, sorted into the layers they belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from models.architecture import COUNTER, MAX_LAYERS

PARAMETERS = ("weight", "bias", "running_mean", "running_var", COUNTER)


@dataclass(frozen=True, eq=False)
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

    @property
    def kernel(self) -> tuple[int, int]:
        return tuple(self.weights["weight"].shape[2:])  # type: ignore[return-value]


def stages_of(tensors: Mapping[str, Tensor]) -> list[Stage]:
    """The weights layer by layer, each one a Linear, a Conv2d or a BatchNorm; else a ValueError."""
    grouped: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        layer, _, parameter = str(key).rpartition(".")
        if parameter not in PARAMETERS:
            raise ValueError(
                f"weight {str(key)[:60]!r} belongs to no layer that is known; expected names like '0.weight'"
            )
        grouped.setdefault(layer, {})[parameter] = tensor
    stages = [Stage(name, _number(name), weights) for name, weights in grouped.items()]
    if not 1 <= len(stages) <= MAX_LAYERS:
        raise ValueError(f"the file holds weights of {len(stages)} layers; 1 to {MAX_LAYERS} are read")
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


def natural(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts '2.weight' before '10.weight'."""
    parts = re.findall(r"([0-9]{1,9})|([^0-9]+)", name)
    return [(0, int(number), "") if number else (1, 0, text) for number, text in parts]
