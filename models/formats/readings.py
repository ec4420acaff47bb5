"""The ways to read bare weights: what names and shapes leave open, settled by a rule or by the caller.

Strides, paddings and the size of the images are guessed by this rule:
- A convolution with a 4 x 4 kernel has stride 2 and padding 1; any other has stride 1 and half its kernel as padding.
- Images of one channel are 28 x 28, else 32 x 32; of more channels the other way round.
- Where no image of these sizes fits and no kernel is 4 x 4, another stride (1 or 2) and padding (none or half the
  kernel) that does fit one is taken, the same for all; and only then the rule with images of other sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, TypeAlias

from torch import Tensor

from geometry.affine import Shape
from models.architecture import IMAGE_SHAPES
from models.formats.padding import Sides, outputs, same
from models.formats.stages import Stage, stages_of

SAME: Literal["same"] = "same"  # TensorFlow's padding, which depends on stride and size
USUAL_SIZES = {1: (28, 32)}  # of images with so many channels
OTHERWISE_USUAL = (32, 28)
OTHER_SIZES = tuple(range(1, 257))
Padding: TypeAlias = int | Literal["same"]


@dataclass(frozen=True)
class Hints:
    """What the caller knows: the shape of one input, and of the convolutions one value for all or one for each."""

    input_shape: Shape | None = None
    stride: int | Sequence[int] | None = None
    padding: Padding | Sequence[Padding] | None = None
    cascade: int = 0

    def refuse_convolutions(self) -> None:
        """A ValueError if stride or padding is given: for files that state their own."""
        given = [name for name, value in (("stride", self.stride), ("padding", self.padding)) if value is not None]
        if given:
            raise ValueError(f"the file states its own architecture; leave out {' and '.join(given)}")


@dataclass(frozen=True)
class Reading:
    """One way to read weights: what they leave open, settled. As `load_network` takes it.

    stride, padding : of each convolution; padding "same" is TensorFlow's
    """

    input_shape: Shape
    stride: tuple[int, ...] = ()
    padding: tuple[Padding, ...] = ()

    def keywords(self) -> dict[str, Any]:
        """`load_network(source, **reading.keywords())` reads the file in this way."""
        convolves = {"stride": self.stride, "padding": self.padding} if self.stride else {}
        return {"input_shape": self.input_shape, **convolves}

    def __str__(self) -> str:
        inputs = "×".join(map(str, self.input_shape))
        if not self.stride:
            return f"inputs {inputs}"
        return f"inputs {inputs}, stride {_in_words(self.stride)}, padding {_in_words(self.padding)}"


@dataclass(frozen=True)
class Weights:
    """What a file of bare weights holds: they, named like '0.weight' in the order of their layers.

    padding : of every convolution, where this kind of file says it
    cascade : how many networks there were to choose from (KW's cascades)
    """

    tensors: Mapping[str, Tensor]
    padding: Padding | None = None
    cascade: int = 1


def readings(found: Weights, hints: Hints) -> list[Reading]:
    """The ways to read weights, the best guess first; at least one.

    Raises
    ------
    ValueError
        Naming the weight that belongs to no supported layer, or hints that fit no reading.
    """
    stages = stages_of(found.tensors)
    convolutions = [stage for stage in stages if stage.convolves]
    if not convolutions:
        linear = next((stage.weights["weight"] for stage in stages if not stage.normalises), None)
        flat = (linear if linear is not None else stages[0].weights["running_mean"]).shape[-1]
        shapes = [IMAGE_SHAPES[flat], (flat,)] if linear is not None and flat in IMAGE_SHAPES else [(flat,)]
        return [Reading(shape) for shape in ([hints.input_shape] if hints.input_shape else shapes)]
    fitting = [reading for reading in _candidates(convolutions, found, hints) if _fits(stages, reading)]
    if not fitting:
        kernels = ", ".join("×".join(map(str, stage.kernel)) for stage in convolutions)
        raise ValueError(f"no input shape fits these layers, with kernels {kernels}; give stride and padding")
    if _usual(fitting[0]):  # then images of other sizes, which may fit by rounding alone, are not worth a question
        fitting = [reading for reading in fitting if _usual(reading)]
    return list(dict.fromkeys(fitting))


def _candidates(convolutions: Sequence[Stage], found: Weights, hints: Hints) -> Iterator[Reading]:
    """All readings of convolutions, the likely ones first, whether they fit or not."""
    count, channels = len(convolutions), convolutions[0].weights["weight"].shape[1]
    published = [stage.kernel == (4, 4) for stage in convolutions]  # KW's and MMR's networks
    stride = _each(hints.stride, count, "stride")
    padding = _each(hints.padding if hints.padding is not None else found.padding, count, "padding")
    half = [stage.kernel[0] // 2 if len(set(stage.kernel)) == 1 else SAME for stage in convolutions]
    rule = _settled(stride, padding, [(2, 1) if own else (1, some) for own, some in zip(published, half)])
    others = [
        _settled(stride, padding, [(step, some) for some in paddings])
        for step in (1, 2)
        for paddings in ([0] * count, half)
    ]
    usual = [(channels, size, size) for size in USUAL_SIZES.get(channels, OTHERWISE_USUAL)]
    all_others = [Reading(shape, *other) for shape in usual for other in others]
    if hints.input_shape is not None:
        yield from (Reading(hints.input_shape, *way) for way in (rule, *others))
        return
    yield from (Reading(shape, *rule) for shape in usual)
    if not any(published):
        yield from all_others
    yield from (Reading((channels, size, size), *rule) for size in OTHER_SIZES)
    yield from all_others


def _usual(reading: Reading) -> bool:
    channels, *size = reading.input_shape
    return size in [[side, side] for side in USUAL_SIZES.get(channels, OTHERWISE_USUAL)]


def _settled(
    stride: Sequence[int | None], padding: Sequence[Padding | None], guess: Sequence[tuple[int, Padding]]
) -> tuple[tuple[int, ...], tuple[Padding, ...]]:
    """What is given, and else what is guessed, as (stride, padding) of each convolution."""
    strides = tuple(given if given is not None else guessed for given, (guessed, _) in zip(stride, guess))
    paddings = tuple(given if given is not None else guessed for given, (_, guessed) in zip(padding, guess))
    return strides, paddings


def _each(hint: Any, count: int, name: str) -> list[Any]:
    """One hint per convolution; None where there is none."""
    values = [hint] * count if hint is None or isinstance(hint, (int, str)) else list(hint)
    if len(values) != count:
        raise ValueError(f"{name} has {len(values)} values for {count} convolutions")
    low = 1 if name == "stride" else 0
    for value in values:
        whole = type(value) is int and low <= value <= 64
        if not (value is None or whole or (name == "padding" and value == SAME)):
            raise ValueError(f"{name} is a whole number from {low} to 64, got {value!r}")
    return values


def paddings_of(convolutions: Sequence[Stage], reading: Reading) -> Iterator[tuple[int, tuple[Sides, Sides]]]:
    """Per convolution its stride and the zeros around rows and columns."""
    size = tuple(reading.input_shape[1:])
    for stage, stride, padding in zip(convolutions, reading.stride, reading.padding):
        if padding == SAME:
            paddings = tuple(same(n, k, stride) for n, k in zip(size, stage.kernel))
        else:
            paddings = ((padding, padding),) * len(size)
        yield stride, paddings  # type: ignore[misc]
        size = tuple(outputs(n, k, stride, sides) for n, k, sides in zip(size, stage.kernel, paddings))


def _fits(stages: Sequence[Stage], reading: Reading) -> bool:
    """Whether the convolutions leave as many numbers as the first Linear takes."""
    if len(reading.input_shape) != 3:
        return False
    convolutions = [stage for stage in stages if stage.convolves]
    channels, *size = reading.input_shape
    for stage, (stride, paddings) in zip(convolutions, paddings_of(convolutions, reading)):
        if channels != stage.weights["weight"].shape[1]:
            return False
        channels = len(stage.weights["weight"])
        size = [outputs(n, k, stride, sides) for n, k, sides in zip(size, stage.kernel, paddings)]
        if min(size) < 1:
            return False
    last = stages.index(convolutions[-1])
    linear = next((stage for stage in stages[last:] if not stage.normalises and not stage.convolves), None)
    return linear is None or linear.weights["weight"].shape[1] == channels * prod(size)


def _in_words(values: Sequence[Padding]) -> str:
    return str(values[0]) if len(set(values)) == 1 else ", ".join(map(str, values))
