"""The ways to read bare weights: what names and shapes leave open, settled by a rule or by the caller.

The order of the layers is that of `models.files.bare_weights.order`; strides, paddings, poolings and the size of the
images those of `models.files.bare_weights.convolutions`. Nothing in the file says which activations there are: ReLU is
assumed.
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
    Asked,
    Fit,
    Padding,
    Pool,
    fits,
)
from models.files.bare_weights.gaps import block, has_room_for_pooling, relu_before_norm
from models.files.bare_weights.order import Orders, orders_of
from models.files.bare_weights.stages import Stage, as_registered, stages_of
from models.networks.architecture import IMAGE_SHAPES

__all__ = ["SAME", "Hints", "Padding", "Pool", "Reading", "Ways", "Weights", "no_second_file", "readings"]

PoolKind: TypeAlias = Literal["", "max", "average"]
MAX_READINGS = 60
OTHERS_OF_AN_ORDER = 3  # ways to read the convolutions of an order of layers that is not the likeliest
REORDERED_NORMS = 4  # readings that are also given with BatchNorm behind the ReLU


def no_second_file(name: str) -> bytes | None:
    """Where no file but the first was given."""
    return None


@dataclass(frozen=True)
class Hints:
    """What the caller knows: the shape of one input, and of the convolutions one value for all or one for each.

    second_file : the bytes of the file of that bare name which came with the first, None if there is none
    """

    input_shape: Shape | None = None
    stride: int | Sequence[int] | None = None
    padding: Padding | Sequence[Padding] | None = None
    cascade: int = 0
    second_file: Callable[[str], bytes | None] = no_second_file

    def refuse_convolutions(self) -> None:
        """A ValueError if stride or padding is given: for files that state their own."""
        given = [name for name, value in (("stride", self.stride), ("padding", self.padding)) if value is not None]
        if given:
            raise ValueError(f"the file states its own architecture; leave out {' and '.join(given)}")


@dataclass(frozen=True)
class Reading:
    """One way to read weights: what they leave open, settled. As `load_network(source, reading=...)` takes it.

    stride, padding : of each convolution; padding "same" is TensorFlow's
    pooling : (kernel, stride) behind each convolution or None; (0, 0) over all of the image; empty if there is none
    pool_kind : what the poolings take, "max" or "average"; "" if there is none
    order : the names of the layers in the order in which they act; empty for the likeliest order
    relu_first : whether BatchNorm stands behind the ReLU where names do not say
    """

    input_shape: Shape
    stride: tuple[int, ...] = ()
    padding: tuple[Padding, ...] = ()
    pooling: tuple[Pool | None, ...] = ()
    pool_kind: PoolKind = ""
    order: tuple[str, ...] = ()
    relu_first: bool = False

    def keywords(self) -> dict[str, Any]:
        """`load_network(source, **reading.keywords())` reads the file in this way."""
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
    """What a file of bare weights holds: they, named like '0.weight'.

    padding : of every convolution, where this kind of file says it
    cascade : how many networks there were to choose from (KW's cascades)
    notes : what the user should know of how the file was read, each a sentence
    registered : whether they come in the order in which a module registered its layers
    format : what kind of file it is, where its names tell more than the table of formats does
    """

    tensors: Mapping[str, Tensor]
    padding: Padding | None = None
    cascade: int = 1
    notes: tuple[str, ...] = ()
    registered: bool = True
    format: str = ""


@dataclass(frozen=True)
class Ways:
    """The readings of weights, the likeliest first.

    settled : how many of the first ones a stated rule singles out; other than 1 means that somebody has to say
    order : why the first order of layers was taken, in words
    """

    readings: tuple[Reading, ...]
    settled: int
    order: str


def readings(found: Weights, hints: Hints) -> Ways:
    """The ways to read weights, the best guess first; at least one.

    Raises
    ------
    ValueError
        Naming the weight that belongs to no supported layer, or hints that fit no reading.
    """
    stages = stages_of(found.tensors)
    orders = orders_of(stages, found.registered and as_registered(list(found.tensors)))
    named: list[tuple[Reading, int]] = []
    for number, order in enumerate(orders.orders):
        ordered = [stages[place] for place in order]
        own = list(_of_order(ordered, found, hints, number == 0))
        names = tuple(stage.name for stage in ordered) if number else ()
        named += [
            (replace(reading, order=names), rank) for reading, rank in own[: None if not number else OTHERS_OF_AN_ORDER]
        ]
    first = [stages[place] for place in orders.orders[0]]
    return Ways(*_settled(_with_norms(named, first), hints, orders), orders.why)


def _settled(ranked: Sequence[tuple[Reading, int]], hints: Hints, orders: Orders) -> tuple[tuple[Reading, ...], int]:
    """The readings, and how many of them are equally likely by the stated rules."""
    own = [(reading, rank) for reading, rank in ranked if not reading.order and not reading.relu_first]
    best = min(rank for _, rank in own)
    same = [reading for reading, rank in own if rank == best]
    settled = len(same)
    if best > STATED_ELSEWHERE:  # no rule speaks of such images
        settled = len(own)
    if _given(hints):  # images of several sizes go through the same layers
        settled = len({replace(reading, input_shape=()) for reading in same})
    listed = tuple(reading for reading, _ in ranked)[:MAX_READINGS]
    return listed, settled if orders.settled else max(2, settled)


def _given(hints: Hints) -> bool:
    return hints.stride is not None and hints.padding is not None


def _with_norms(ranked: list[tuple[Reading, int]], stages: Sequence[Stage]) -> list[tuple[Reading, int]]:
    """The first few also with BatchNorm behind the ReLU, where names do not tell."""
    open_ones = [
        place for place, stage in enumerate(stages)
        if stage.acts and all(block(stages, place)) and relu_before_norm(stages, place) is None
    ]  # fmt: skip
    if not open_ones:
        return ranked
    behind = [(replace(reading, relu_first=True), rank) for reading, rank in ranked[:REORDERED_NORMS]]
    return [*ranked[:REORDERED_NORMS], *behind, *ranked[REORDERED_NORMS:]]


def _of_order(stages: Sequence[Stage], found: Weights, hints: Hints, likeliest: bool) -> Iterator[tuple[Reading, int]]:
    """The readings of layers in one order, and how likely each is."""
    convolutions = tuple(stage for stage in stages if stage.convolves)
    if not convolutions:
        flat = stages[next((k for k, stage in enumerate(stages) if not stage.shifts), 0)].takes
        acts = any(stage.acts for stage in stages)
        shapes = [IMAGE_SHAPES[flat], (flat,)] if acts and flat in IMAGE_SHAPES else [(flat,)]
        for known in [hints.input_shape] if hints.input_shape else shapes:
            yield Reading(known), STATED if known in (hints.input_shape, shapes[0]) else INEXACT
        return
    last = stages.index(convolutions[-1])
    _, following = block(stages, last)
    room = tuple(has_room_for_pooling(stages, stages.index(stage)) for stage in convolutions)
    count = len(convolutions)
    padding = hints.padding if hints.padding is not None else found.padding
    shape = hints.input_shape if hints.input_shape is None or len(hints.input_shape) == 3 else None
    asked = Asked(
        convolutions, None if following is None else following.takes, room, shape,
        tuple(_each(hints.stride, count, "stride")), tuple(_each(padding, count, "padding")),
    )  # fmt: skip
    fitting = (
        fits(asked) if hints.input_shape in (None, shape) and (shape is None or shape[0] == asked.channels) else []
    )
    if not fitting and likeliest:
        kernels = ", ".join("×".join(map(str, stage.kernel)) for stage in convolutions)
        given = f"inputs {'×'.join(map(str, hints.input_shape))} do" if hints.input_shape else "no input shape does"
        raise ValueError(
            f"no input shape of square images fits these layers, with kernels {kernels}; give input_shape, stride and "
            "padding"
            if hints.input_shape is None
            else f"{given} not fit these layers, with {asked.channels} channel(s) and kernels {kernels}, whatever the "
            "stride and padding; leave input_shape out to see what fits"
        )
    for fit in fitting:
        yield from ((reading, fit.rank) for reading in _kinds(fit))


def _kinds(fit: Fit) -> list[Reading]:
    """A way with poolings as two readings: they may take the greatest number or the mean."""
    if not any(fit.pooling):
        return [Reading(fit.input_shape, fit.stride, fit.padding)]
    kinds: tuple[PoolKind, ...] = ("average", "max") if set(fit.pooling) <= {None, GLOBAL} else ("max", "average")
    return [Reading(fit.input_shape, fit.stride, fit.padding, fit.pooling, kind) for kind in kinds]


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


def pooling_in_words(pooling: Sequence[Pool | None], kind: PoolKind) -> str:
    """Such as '2×2 max-pooling after convolution 1 and 3'."""
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
    """One value if all are the same."""
    return str(values[0]) if len(set(values)) == 1 else ", ".join(map(str, values))
