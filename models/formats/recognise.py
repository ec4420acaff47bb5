"""An architecture from nothing but the names and shapes of weights.

What the weights do not say is guessed by this rule, and by that of `models.formats.readings`:
- Layers follow each other in the order of the file. A 2-D weight is Linear, a 4-D one Conv2d, one with a running
  mean BatchNorm.
- A ReLU stands between two Linear or Conv2d, after a BatchNorm between them unless the numbers in the names leave a
  gap before the BatchNorm and none after it.
- The first Linear after convolutions has a Flatten before it, and a Linear of an image's size at the front too.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from geometry.affine import Shape
from models.architecture import IMAGE_SHAPES, Spec
from models.formats.padding import symmetric
from models.formats.readings import Reading, Weights, paddings_of
from models.formats.stages import Stage, stages_of


@dataclass(frozen=True)
class Architecture:
    """What a file holds that states its layers; input_shape None where it leaves that open."""

    specs: list[Spec]
    weights: dict[str, Tensor]
    input_shape: Shape | None = None


def architecture(found: Weights, reading: Reading) -> Architecture:
    """The layers that weights are in one reading, and the weights renamed to them."""
    stages = stages_of(found.tensors)
    sizes = paddings_of([stage for stage in stages if stage.convolves], reading)
    specs: list[Spec] = []
    weights: dict[str, Tensor] = {}
    image = any(stage.convolves for stage in stages)  # whether activations have rows and columns here
    owes_relu = False
    for before, stage in zip([None, *stages], stages):
        if owes_relu and not (stage.normalises and _touches(before, stage, stages)):
            specs.append({"layer": "ReLU"})
            owes_relu = False
        own = dict(stage.weights)
        if stage.normalises:
            spec = _batch_norm(stage, image)
        elif stage.convolves:
            stride, paddings = next(sizes)
            own["weight"], padding = symmetric(own["weight"], *paddings)
            spec = _convolution(own["weight"], stride, padding, "bias" in own)
        else:
            spec = _linear(stage)
            if image or (before is None and spec["in_features"] in IMAGE_SHAPES):
                specs.append({"layer": "Flatten"})
            image = False
        owes_relu = owes_relu or not stage.normalises
        weights |= {f"{len(specs)}.{name}": tensor for name, tensor in own.items()}
        specs.append(spec)
    return Architecture(specs, weights, reading.input_shape)


def _touches(before: Stage | None, stage: Stage, stages: list[Stage]) -> bool:
    """Whether a BatchNorm comes before the ReLU of the layer in front of it."""
    place = stages.index(stage)
    after = stages[place + 1] if place + 1 < len(stages) else None
    if before is None or after is None or None in (before.number, stage.number, after.number):
        return True
    gap_before, gap_after = stage.number - before.number > 1, after.number - stage.number > 1  # type: ignore[operator]
    return gap_after or not gap_before


def _linear(stage: Stage) -> Spec:
    rows, columns = stage.weights["weight"].shape
    return {"layer": "Linear", "in_features": columns, "out_features": rows, "bias": "bias" in stage.weights}


def _convolution(weight: Tensor, stride: int, padding: tuple[int, int], bias: bool) -> Spec:
    channels_out, channels_in, *kernel = weight.shape
    return {
        "layer": "Conv2d",
        "in_channels": channels_in,
        "out_channels": channels_out,
        "kernel_size": list(kernel),
        "stride": stride,
        "padding": padding[0] if padding[0] == padding[1] else list(padding),
        "dilation": 1,
        "groups": 1,
        "bias": bias,
    }


def _batch_norm(stage: Stage, image: bool) -> Spec:
    (features,) = stage.weights["running_mean"].shape
    layer = "BatchNorm2d" if image else "BatchNorm1d"
    return {"layer": layer, "num_features": features, "eps": 1e-5, "affine": "weight" in stage.weights}
