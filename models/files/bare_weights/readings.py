"""Readings of bare weights: the choices that names and shapes leave open, made by a rule or by the caller.

The order of the layers comes from `models.files.bare_weights.order`; strides, paddings, poolings and the size of images
from `models.files.bare_weights.convolutions`. The file does not contain activations: ReLU is assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from torch import Tensor

from geometry.network.affine import Shape
from models.files.bare_weights.convolutions import (
    GLOBAL,
    INEXACT,
    SAME,
    STATED,
    STATED_ELSEWHERE,
    Constraints,
    Fit,
    Padding,
    Pool,
    fits,
)
from models.files.bare_weights.gaps import block, has_room_for_pooling, relu_before_norm
from models.files.bare_weights.order import Orders, orders_of
from models.files.bare_weights.stages import Stage, as_registered, stages_of
from models.networks.input_shapes import IMAGE_SHAPES

__all__ = ["SAME", "Hints", "Padding", "Pool", "RankedReadings", "Reading", "Weights", "no_second_file", "readings"]

PoolKind: TypeAlias = Literal["", "max", "average"]
# Limits on a list from which a user chooses.
MAX_READINGS = 60
OTHERS_OF_AN_ORDER = 3  # readings of the convolutions for each order of layers but the likeliest
REORDERED_NORMS = 4  # readings that are also listed with BatchNorm after the ReLU


def no_second_file(name: str) -> bytes | None:
    """The second file if none was given."""
    return None


@dataclass(frozen=True)
class Hints:
    """The caller's arguments: the shape of one input; strides and paddings of all convolutions or of each.

    second_file : returns the bytes of the second file of that bare name, None if there is none
    """

    input_shape: Shape | None = None
    stride: int | Sequence[int] | None = None
    padding: Padding | Sequence[Padding] | None = None
    cascade: int = 0
    second_file: Callable[[str], bytes | None] = no_second_file

    def refuse_convolutions(self) -> None:
        """A ValueError if stride or padding is given, for files that contain them."""
        given = [name for name, value in (("stride", self.stride), ("padding", self.padding)) if value is not None]
        if given:
            raise ValueError(f"the file states its own architecture; leave out {' and '.join(given)}")


@dataclass(frozen=True)
class Reading:
    """The choices that bare weights leave open, an argument of `load_network(source, reading=...)`.

    stride, padding : of each convolution; padding "same" is TensorFlow's
    pooling : (kernel, stride) after each convolution or None; (0, 0) is the whole image; empty if there is none
    pool_kind : "max" or "average"; "" if there is no pooling
    order : the names of the layers in their order; empty for the likeliest order
    relu_first : whether BatchNorm follows the ReLU where names do not show it
    """

    input_shape: Shape
    stride: tuple[int, ...] = ()
    padding: tuple[Padding, ...] = ()
    pooling: tuple[Pool | None, ...] = ()
    pool_kind: PoolKind = ""
    order: tuple[str, ...] = ()
    relu_first: bool = False

    def keywords(self) -> dict[str, Any]:
        """`load_network(source, **reading.keywords())` applies this reading."""
        return {"input_shape": self.input_shape, "reading": self}

    def __str__(self) -> str:
        parts = [f"inputs {'×'.join(map(str, self.input_shape))}"]
        if self.stride:
            parts += [f"stride {in_words(self.stride)}", f"padding {in_words(self.padding)}"]
        if self.pool_kind:
            parts.append(pooling_in_words(self.pooling, self.pool_kind))
        if self.relu_first:
            parts.append("BatchNorm behind the ReLU")
        if self.order:
            parts.append(f"layers {' → '.join(name[:30] or 'unnamed' for name in self.order[:8])}"
                         f"{' → …' if len(self.order) > 8 else ''}")  # fmt: skip
        return ", ".join(parts)


@dataclass(frozen=True)
class Weights:
    """The bare weights in a file, with names like '0.weight'.

    padding : of every convolution, if the file format determines it
    cascade : the number of networks in the file (KW's cascades)
    notes : sentences for the user on how the file was read
    registered : whether they are in the order in which a module registered its layers
    format : a title of the format that is more exact than the one in the table of formats
    """

    tensors: Mapping[str, Tensor]
    padding: Padding | None = None
    cascade: int = 1
    notes: tuple[str, ...] = ()
    registered: bool = True
    format: str = ""


@dataclass(frozen=True)
class RankedReadings:
    """The readings of weights, the likeliest first.

    settled : the number of first readings that a stated rule singles out; unless it is 1, the user has to choose
    order : the reason for the first order of layers, as a text
    """

    readings: tuple[Reading, ...]
    settled: int
    order: str


def readings(bare: Weights, hints: Hints) -> RankedReadings:
    """The readings of weights, the best guess first; at least one.

    Raises
    ------
    ValueError
        Naming the weight that belongs to no supported layer, or hints that fit no reading.
    """
    stages = stages_of(bare.tensors)
    orders = orders_of(stages, bare.registered and as_registered(list(bare.tensors)))
    ranked: list[tuple[Reading, int]] = []
    for number, order in enumerate(orders.orders):
        ordered = [stages[place] for place in order]
        own = list(_of_order(ordered, bare, hints, number == 0))
        names = tuple(stage.name for stage in ordered) if number else ()
        ranked += [
            (replace(reading, order=names), rank) for reading, rank in own[: None if not number else OTHERS_OF_AN_ORDER]
        ]
    first = [stages[place] for place in orders.orders[0]]
    return RankedReadings(*_settled(_with_norms(ranked, first), hints, orders), orders.why)


def _settled(ranked: Sequence[tuple[Reading, int]], hints: Hints, orders: Orders) -> tuple[tuple[Reading, ...], int]:
    """The readings, and how many of the first are equally likely by the stated rules."""
    own = [(reading, rank) for reading, rank in ranked if not reading.order and not reading.relu_first]
    best = min(rank for _, rank in own)
    same = [reading for reading, rank in own if rank == best]
    settled = len(same)
    if best > STATED_ELSEWHERE:  # no rule covers such images
        settled = len(own)
    if _given(hints):  # the same layers take images of several sizes
        settled = len({replace(reading, input_shape=()) for reading in same})
    listed = tuple(reading for reading, _ in ranked)[:MAX_READINGS]
    return listed, settled if orders.settled else max(2, settled)


def _given(hints: Hints) -> bool:
    return hints.stride is not None and hints.padding is not None


def _with_norms(ranked: list[tuple[Reading, int]], stages: Sequence[Stage]) -> list[tuple[Reading, int]]:
    """The readings, and the first few also with BatchNorm after the ReLU, if names do not show the order."""
    ambiguous = [
        place for place, stage in enumerate(stages)
        if stage.acts and all(block(stages, place)) and relu_before_norm(stages, place) is None
    ]  # fmt: skip
    if not ambiguous:
        return ranked
    behind = [(replace(reading, relu_first=True), rank) for reading, rank in ranked[:REORDERED_NORMS]]
    return [*ranked[:REORDERED_NORMS], *behind, *ranked[REORDERED_NORMS:]]


def _of_order(stages: Sequence[Stage], bare: Weights, hints: Hints, likeliest: bool) -> Iterator[tuple[Reading, int]]:
    """The readings of layers in one order, each with its rank."""
    convolutions = tuple(stage for stage in stages if stage.convolves)
    if not convolutions:
        flat = stages[next((k for k, stage in enumerate(stages) if not stage.shifts), 0)].takes
        acts = any(stage.acts for stage in stages)
        shapes = [IMAGE_SHAPES[flat], (flat,)] if acts and flat in IMAGE_SHAPES else [(flat,)]
        for shape in [hints.input_shape] if hints.input_shape else shapes:
            yield Reading(shape), STATED if shape in (hints.input_shape, shapes[0]) else INEXACT
        return
    last = stages.index(convolutions[-1])
    _, following = block(stages, last)
    room = tuple(has_room_for_pooling(stages, stages.index(stage)) for stage in convolutions)
    count = len(convolutions)
    padding = hints.padding if hints.padding is not None else bare.padding
    image = hints.input_shape if hints.input_shape is None or len(hints.input_shape) == 3 else None
    constraints = Constraints(
        convolutions, None if following is None else following.takes, room, image,
        tuple(_per_convolution(hints.stride, count, "stride")), tuple(_per_convolution(padding, count, "padding")),
    )  # fmt: skip
    possible = hints.input_shape in (None, image) and (image is None or image[0] == constraints.channels)
    fitting = fits(constraints) if possible else []
    if not fitting and likeliest:
        kernels = ", ".join("×".join(map(str, stage.kernel)) for stage in convolutions)
        given = f"inputs {'×'.join(map(str, hints.input_shape))} do" if hints.input_shape else "no input shape does"
        raise ValueError(
            f"no input shape of square images fits these layers, with kernels {kernels}; give input_shape, stride and "
            "padding"
            if hints.input_shape is None
            else f"{given} not fit these layers, with {constraints.channels} channel(s) and kernels {kernels}, "
            "whatever the stride and padding; leave input_shape out to see what fits"
        )
    for fit in fitting:
        yield from ((reading, fit.rank) for reading in _kinds(fit))


def _kinds(fit: Fit) -> list[Reading]:
    """The readings of a combination: with poolings two, for max-pooling and average pooling."""
    if not any(fit.pooling):
        return [Reading(fit.input_shape, fit.stride, fit.padding)]
    kinds: tuple[PoolKind, ...] = ("average", "max") if set(fit.pooling) <= {None, GLOBAL} else ("max", "average")
    return [Reading(fit.input_shape, fit.stride, fit.padding, fit.pooling, kind) for kind in kinds]


def _per_convolution(hint: Any, count: int, name: str) -> list[Any]:
    """One hint for each convolution; None where there is none."""
    values = [hint] * count if hint is None or isinstance(hint, (int, str)) else list(hint)
    if len(values) != count:
        raise ValueError(f"{name} has {len(values)} values for {count} convolutions")
    low = 1 if name == "stride" else 0
    for value in values:
        whole = type(value) is int and low <= value <= 64
        if not (value is None or whole or (name == "padding" and value == SAME)):
            raise ValueError(f"{name} is a whole number from {low} to 64, got {value!r}")
    return values


def pooling_in_words(pooling: Sequence[Pool | None], kind: PoolKind) -> str:
    """A text such as '2×2 max-pooling after convolution 1, 3'."""
    places = [place for place, pool in enumerate(pooling, 1) if pool is not None]
    sizes = list(dict.fromkeys(pool for pool in pooling if pool is not None))
    words = " and ".join(
        f"{kind}-pooling over the whole image" if pool == GLOBAL
        else f"{pool[0]}×{pool[0]} {kind}-pooling" + ("" if pool[0] == pool[1] else f" of stride {pool[1]}")
        for pool in sizes
    )  # fmt: skip
    if len(places) == len(pooling):
        return f"{words} after {'each' if len(places) > 1 else 'the'} convolution"
    if places == [len(pooling)]:
        return f"{words} after the last convolution"
    return f"{words} after convolution {', '.join(map(str, places))}"


def in_words(values: Sequence[Padding]) -> str:
    """The values as a text, a single one if all are equal."""
    return str(values[0]) if len(set(values)) == 1 else ", ".join(map(str, values))
