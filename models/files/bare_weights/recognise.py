"""The architecture of bare weights, from their names and shapes and one reading.

The weights leave choices open. These rules make them, with those of `models.files.bare_weights.order` and
`.convolutions`:
- A 2-D weight is Linear, a 4-D one Conv2d, one with a running mean BatchNorm, one with mean and std a normalisation of
  the inputs.
- Weights do not contain activations. A ReLU is assumed between two Linear or Conv2d, unless numbers in the names leave
  no room for it. A BatchNorm between them precedes the ReLU, unless these numbers show the contrary.
- A pooling follows the ReLU.
- The first Linear after convolutions has a Flatten before it, and so has a first layer Linear of an image's size.
- Convolutions have no dilation and no groups; weights do not contain the dilation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor

from geometry.network.affine import Shape
from models.files.bare_weights.convolutions import GLOBAL, after_convolution, after_pool, sides_of
from models.files.bare_weights.gaps import block, has_relu, relu_before_norm, unweighted
from models.files.bare_weights.order import orders_of
from models.files.bare_weights.padding import symmetric
from models.files.bare_weights.readings import Pool, Reading, Weights
from models.files.bare_weights.stages import Stage, as_registered, stages_of
from models.networks.architecture import Spec
from models.networks.input_shapes import IMAGE_SHAPES

MAX_POOL = "MaxPool2d"  # named in readings of bare weights, which do not offer it yet


@dataclass(frozen=True)
class Origin:
    """The origin of a layer as a text: what was read and what was assumed."""

    text: str
    assumed: bool = False


@dataclass(frozen=True)
class Architecture:
    """The layers and weights of a network; input_shape is None if the file does not determine it.

    notes : sentences for the user on how the file was read, such as a Softmax that was left off
    origins : one for each layer if something was assumed; else empty
    """

    specs: list[Spec]
    weights: dict[str, Tensor]
    input_shape: Shape | None = None
    notes: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()


@dataclass
class _Layers:
    """The layers so far, while an architecture is built."""

    specs: list[Spec] = field(default_factory=list)
    weights: dict[str, Tensor] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)

    def add(self, spec: Spec, origin: Origin, weights: dict[str, Tensor] | None = None) -> None:
        self.weights |= {f"{len(self.specs)}.{name}": tensor for name, tensor in (weights or {}).items()}
        self.specs.append(spec)
        self.origins.append(origin)


def architecture(bare: Weights, reading: Reading) -> Architecture:
    """The layers of bare weights in one reading, with the weights renamed accordingly.

    Raises
    ------
    ValueError
        If the reading does not belong to these weights.
    """
    stages = _ordered(bare, reading)
    layers = _Layers()
    acting = [place for place, stage in enumerate(stages) if stage.acts]
    for stage in stages[: acting[0] if acting else len(stages)]:
        _add_front(layers, stage, bool(acting) and stages[acting[0]].convolves)
    size, convolution = tuple(reading.input_shape[1:]), 0
    image = bool(acting) and stages[acting[0]].convolves
    for place in acting:
        stage = stages[place]
        if stage.convolves:
            size = _add_convolution(layers, stage, reading, convolution, size)
            convolution += 1
        else:
            if image or (place == acting[0] and stage.takes in IMAGE_SHAPES):
                layers.add({"layer": "Flatten"}, Origin("images as rows of numbers"))
            layers.add(_linear(stage), Origin(f"weights {stage.name[:60]!r}"), dict(stage.weights))
            image = False
        _add_behind(layers, stages, place, reading, convolution - 1 if stage.convolves else None, size)
        if stage.convolves and reading.pooling and reading.pooling[convolution - 1] is not None:
            size = after_pool(reading.pooling[convolution - 1], size)  # type: ignore[arg-type]
    if image and reading.pooling and reading.pooling[-1] == GLOBAL:
        layers.add({"layer": "Flatten"}, Origin("images as rows of numbers"))
    return Architecture(layers.specs, layers.weights, reading.input_shape, bare.notes, tuple(layers.origins))


def _ordered(bare: Weights, reading: Reading) -> list[Stage]:
    stages = stages_of(bare.tensors)
    convolutions = sum(stage.convolves for stage in stages)
    if {len(reading.stride), len(reading.padding), len(reading.pooling) or convolutions} != {convolutions}:
        raise ValueError(f"the reading speaks of {len(reading.stride)} convolutions, the file has {convolutions}")
    if not reading.order:
        return [
            stages[place]
            for place in orders_of(stages, bare.registered and as_registered(list(bare.tensors))).orders[0]
        ]
    named = {stage.name: stage for stage in stages}
    if sorted(reading.order) != sorted(named):
        raise ValueError("the reading names other layers than the file has")
    return [named[name] for name in reading.order]


def _add_front(layers: _Layers, stage: Stage, image: bool) -> None:
    """Add a normalisation or BatchNorm before the first Linear or Conv2d."""
    if stage.shifts:
        mean, std = stage.weights["mean"].reshape(-1), stage.weights["std"].reshape(-1)
        origin = Origin(f"weights {stage.name[:60]!r}; assumed to be (x - mean) / std", True)
        layers.add({"layer": "Normalize", "channels": mean.numel()}, origin, {"mean": mean, "std": std})
    else:
        layers.add(_batch_norm(stage, image), Origin(f"weights {stage.name[:60]!r}"), dict(stage.weights))


def _add_convolution(layers: _Layers, stage: Stage, reading: Reading, number: int, size: Shape) -> Shape:
    """Add a convolution; the size of the image after it."""
    stride, padding = reading.stride[number], reading.padding[number]
    own = dict(stage.weights)
    own["weight"], around = symmetric(own["weight"], *sides_of(stage, stride, padding, size))
    text = f"weights {stage.name[:60]!r}, {stage.kernel[0]}×{stage.kernel[1]}; stride {stride} and padding {padding}"
    layers.add(_convolution(own["weight"], stride, around, "bias" in own), Origin(f"{text} assumed", True), own)
    return after_convolution(stage, stride, padding, size)


def _add_behind(
    layers: _Layers, stages: Sequence[Stage], place: int, reading: Reading, convolution: int | None, size: Shape
) -> None:
    """Add BatchNorm, ReLU and pooling after a Linear or Conv2d."""
    norms, following = block(stages, place)
    relu = following is not None and has_relu(stages, place)
    by_number = relu_before_norm(stages, place)
    first = reading.relu_first if by_number is None else by_number
    where = f"{'behind' if first else 'before'} the ReLU, {'assumed' if by_number is None else 'as its number tells'}"
    if relu and first:
        _add_relu(layers, stages, place)
    for stage in norms:
        origin = Origin(f"weights {stage.name[:60]!r}" + (f"; {where}" if relu else ""), relu and by_number is None)
        layers.add(_batch_norm(stage, convolution is not None), origin, dict(stage.weights))
    if relu and not first:
        _add_relu(layers, stages, place)
    if convolution is not None and reading.pooling and (pool := reading.pooling[convolution]) is not None:
        layers.add(_pool(pool, reading.pool_kind, size), Origin("assumed: weights do not say, the shapes fit", True))


def _add_relu(layers: _Layers, stages: Sequence[Stage], place: int) -> None:
    room = "" if unweighted(stages, place) is None else "; the numbers in the names leave room for it"
    layers.add({"layer": "ReLU"}, Origin(f"assumed: weights say nothing of activations{room}", True))


def _pool(pool: Pool, kind: str, size: Shape) -> Spec:
    kernel, stride = (list(size), list(size)) if pool == GLOBAL else ([pool[0]] * 2, [pool[1]] * 2)
    layer = MAX_POOL if kind == "max" else "AvgPool2d"
    return {"layer": layer, "kernel_size": kernel, "stride": stride, "padding": 0, "count_include_pad": True}


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
