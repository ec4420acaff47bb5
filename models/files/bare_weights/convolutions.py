"""Strides, paddings, poolings and image sizes with which convolutions give as many numbers as the next Linear takes.

Weights say none of these. How likely a combination is (`Fit.rank`, lower is likelier):

0  stated: a 4 x 4 kernel has stride 2 and padding 1, any other stride 1 and half its kernel, no pooling, at least one
   kernel is 4 x 4 (Wong and Kolter's networks), images of a usual size; or all of it is given
1  the usual size (28 x 28 grey, 32 x 32 otherwise), and the same stride (1 or 2) and padding (none or half the kernel)
   in all convolutions; or stride 1 and pooling, after some or all of them
2  the same at the other usual size
3  the stated one at another size that its strides divide
4  another stride in each convolution, or pooling as well as stride, at a usual size
5  images of another size that strides and poolings divide
6  images of another size
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Literal, TypeAlias

from geometry.network.affine import Shape
from models.files.bare_weights.padding import Sides, outputs, same
from models.files.bare_weights.stages import Stage

SAME: Literal["same"] = "same"  # TensorFlow's padding, which depends on stride and size
Padding: TypeAlias = int | Literal["same"]
Pool: TypeAlias = tuple[int, int]  # kernel and stride; GLOBAL is over all of the image
Size: TypeAlias = tuple[int, ...]

GLOBAL: Pool = (0, 0)
POOLS: tuple[Pool, ...] = ((2, 2), (3, 2), (3, 3), (4, 4))
USUAL_SIDES = {1: (28, 32)}  # of images with so many channels
OTHERWISE_USUAL = (32, 28)
OTHER_SIDES = range(1, 257)
MAX_FITS = 24  # of one rank, or of one way to place poolings: more would help nobody to choose
MAX_FITS_ELSEWHERE = 2  # the same for each size that is not usual
MIXED = 5  # convolutions up to which strides may differ: 2^5 combinations
STATED, LIKELY, OTHER_SIZE, STATED_ELSEWHERE, MIXTURE, ELSEWHERE, INEXACT = range(7)


@dataclass(frozen=True)
class Fit:
    """What bare weights leave open of convolutions, settled in one way that fits.

    stride, padding, pooling : of each convolution; pooling None where there is none
    """

    input_shape: Shape
    stride: tuple[int, ...]
    padding: tuple[Padding, ...]
    pooling: tuple[Pool | None, ...]
    rank: int


@dataclass(frozen=True, eq=False)
class Asked:
    """What a combination has to fit.

    numbers : that the Linear behind the convolutions takes; None if there is none
    room : whether there is room for a pooling behind each convolution, as far as names tell
    input_shape : of one input, if it is given
    stride, padding : of each convolution, None where not given
    """

    convolutions: tuple[Stage, ...]
    numbers: int | None
    room: tuple[bool, ...]
    input_shape: Shape | None
    stride: tuple[int | None, ...]
    padding: tuple[Padding | None, ...]

    @property
    def given(self) -> bool:
        return None not in self.stride and None not in self.padding

    @property
    def channels(self) -> int:
        return self.convolutions[0].takes


@dataclass(frozen=True)
class _Way:
    """A stride and a padding for each convolution, and how likely they are at a usual size."""

    stride: tuple[int, ...]
    padding: tuple[Padding, ...]
    rank: int
    pooled: int  # the same with poolings


def fits(asked: Asked) -> list[Fit]:
    """All combinations that fit, the likeliest first, up to MAX_FITS of each rank; empty if none does."""
    usual, ways = _usual(asked), _ways(asked)
    fitting = [fit for way in ways for fit in _of_way(_Steps(asked, way), usual, True)]
    likely = [fit for fit in fitting if fit.rank <= OTHER_SIZE]
    settled = any(fit.rank == STATED for fit in likely) or len(likely) >= MAX_FITS
    if asked.input_shape is None and asked.numbers is not None and not settled:
        others = [(side, side) for side in OTHER_SIDES if (side, side) not in usual]
        fitting += [
            fit for way in ways if way.rank != MIXTURE for fit in _of_way(_Steps(asked, way), others, False)
            if not (likely and fit.rank == INEXACT)  # sizes that fit by rounding are not worth a question then
        ]  # fmt: skip
    if asked.given and any(not any(fit.pooling) for fit in fitting):
        fitting = [fit for fit in fitting if not any(fit.pooling)]
    unique: dict[tuple[Any, ...], Fit] = {}
    for fit in fitting:
        unique.setdefault((fit.input_shape, fit.stride, fit.padding, fit.pooling), fit)
    ordered = sorted(unique.values(), key=lambda fit: (fit.rank, _rarity(fit)))
    return [fit for rank in range(7) for fit in [fit for fit in ordered if fit.rank == rank][:MAX_FITS]]


def _usual(asked: Asked) -> list[Size]:
    if asked.input_shape is not None:
        return [asked.input_shape[1:]]
    return [(side, side) for side in USUAL_SIDES.get(asked.channels, OTHERWISE_USUAL)]


def _rarity(fit: Fit) -> tuple[int, ...]:
    """Among equally likely ones: pooling after each convolution, then after the last, then none, then others."""
    pools = [pool for pool in fit.pooling if pool is not None]
    everywhere, at_the_end = len(pools) == len(fit.pooling), fit.pooling[-1] is not None
    place = 0 if pools and everywhere else 1 if len(pools) == 1 and at_the_end else 2 if not pools else 3
    kind = max((POOLS.index(pool) if pool in POOLS else 1 for pool in pools), default=0)
    return kind, place, not at_the_end, len(pools), max(fit.stride)


def _ways(asked: Asked) -> list[_Way]:
    """Strides and paddings, the likely ones first, each once."""
    count = len(asked.convolutions)
    published = [stage.kernel == (4, 4) for stage in asked.convolutions]
    half = [stage.kernel[0] // 2 if len(set(stage.kernel)) == 1 else SAME for stage in asked.convolutions]
    rule = [(2, 1) if own else (1, some) for own, some in zip(published, half)]
    stated = STATED if any(published) or asked.given else LIKELY
    ways = [_way(asked, rule, stated, MIXTURE if any(published) else LIKELY)]
    even = [SAME] * count if any(size % 2 == 0 for stage in asked.convolutions for size in stage.kernel) else half
    paddings: list[list[Any]] = [half, [0] * count, even]
    ways += [_way(asked, [(1, some) for some in padding], LIKELY, LIKELY) for padding in paddings]
    ways += [_way(asked, [(2, some) for some in padding], LIKELY, MIXTURE) for padding in paddings[:2]]
    ways += [_way(asked, [(step, 1)] * count, MIXTURE, MIXTURE) for step in (1, 2)]
    if count <= MIXED:
        for steps, padding in product(product((1, 2), repeat=count), paddings[:2]):
            ways.append(_way(asked, list(zip(steps, padding)), MIXTURE, MIXTURE))
    return list({(way.stride, way.padding): way for way in reversed(ways)}.values())[::-1]


def _way(asked: Asked, guess: Sequence[tuple[int, Any]], rank: int, pooled: int) -> _Way:
    """What is given, and else what is guessed."""
    stride = tuple(given if given is not None else guessed for given, (guessed, _) in zip(asked.stride, guess))
    padding = tuple(given if given is not None else guessed for given, (_, guessed) in zip(asked.padding, guess))
    return _Way(stride, padding, rank, pooled)


def _of_way(steps: _Steps, sizes: Sequence[Size], usual: bool) -> Iterator[Fit]:
    """The combinations with these strides and paddings, without pooling and with each kind of it."""
    asked, way = steps.asked, steps.way
    for size, pool in product(sizes, (None, *(POOLS if any(asked.room) else ()))):
        for pooling in steps.placed(size, pool, MAX_FITS if usual else MAX_FITS_ELSEWHERE):
            if pool is not None and not any(pooling):
                continue
            rank = way.pooled if any(pooling) else way.rank
            several = len([place for place in pooling if place]) > 1
            if pool in POOLS[2:] and rank == LIKELY and None in pooling[:-1] and several:
                rank = MIXTURE
            if usual and asked.input_shape is None and size != sizes[0] and rank == LIKELY:
                rank = OTHER_SIZE
            if not usual:
                elsewhere = STATED_ELSEWHERE if rank == STATED else ELSEWHERE
                rank = elsewhere if steps.exact(size, pooling) else INEXACT
            yield Fit((asked.channels, *size), way.stride, way.padding, pooling, rank)


class _Steps:
    """The sizes that an image goes through, and where poolings can stand so that the Linear fits."""

    def __init__(self, asked: Asked, way: _Way) -> None:
        self.asked, self.way = asked, way
        self.last = len(asked.convolutions) - 1
        self.reaches: dict[tuple[int, Size, Pool | None], bool] = {}
        self.sizes: dict[tuple[int, Size], Size] = {}

    def placed(self, size: Size, pool: Pool | None, most: int) -> Iterator[tuple[Pool | None, ...]]:
        """The placings of a kind of pooling, at most so many; where the number of channels changes first."""
        pending: list[tuple[Size, tuple[Pool | None, ...]]] = [(size, ())] if self._reaches(0, size, pool) else []
        count = 0
        while pending and count < most:
            current, placed = pending.pop()
            place = len(placed)
            if place > self.last:
                count += 1
                yield placed
                continue
            choices = self._choices(place, current, pool)
            if place < self.last and self.asked.convolutions[place].gives == self.asked.convolutions[place + 1].gives:
                choices.reverse()  # what is pushed last is tried first
            for choice, following in choices:
                if self._reaches(place + 1, following, pool):
                    pending.append((following, (*placed, choice)))

    def _after(self, place: int, size: Size) -> Size:
        key = (place, size)
        if key not in self.sizes:
            stage, stride, padding = self.asked.convolutions[place], self.way.stride[place], self.way.padding[place]
            self.sizes[key] = after_convolution(stage, stride, padding, size)
        return self.sizes[key]

    def _choices(self, place: int, size: Size, pool: Pool | None) -> list[tuple[Pool | None, Size]]:
        """What may stand behind a convolution, and the size after it."""
        after = self._after(place, size)
        if min(after) < 1:
            return []
        choices: list[tuple[Pool | None, Size]] = [(None, after)]
        if pool is not None and self.asked.room[place] and min(after) >= pool[0]:
            choices.append((pool, after_pool(pool, after)))
        if place == self.last and pool in (None, POOLS[0]) and self.asked.room[place] and max(after) > 1:
            choices.append((GLOBAL, (1,) * len(after)))
        return choices

    def _reaches(self, place: int, size: Size, pool: Pool | None) -> bool:
        """Whether what is left of the convolutions can give what the Linear takes."""
        if place > self.last:
            return self.asked.numbers is None or self.asked.numbers == self.asked.convolutions[-1].gives * prod(size)
        key = (place, size, pool)
        if key not in self.reaches:
            self.reaches[key] = any(
                self._reaches(place + 1, after, pool) for _, after in self._choices(place, size, pool)
            )
        return self.reaches[key]

    def exact(self, size: Size, pooling: Sequence[Pool | None]) -> bool:
        """Whether strides and poolings leave no row or column out."""
        for place, (stage, pool) in enumerate(zip(self.asked.convolutions, pooling)):
            stride, padding = self.way.stride[place], self.way.padding[place]
            if padding != SAME and any((n + 2 * int(padding) - k) % stride for n, k in zip(size, stage.kernel)):
                return False
            size = after_convolution(stage, stride, padding, size)
            if pool not in (None, GLOBAL) and any((n - pool[0]) % pool[1] for n in size):
                return False
            size = size if pool is None else after_pool(pool, size)
        return True


def sides_of(stage: Stage, stride: int, padding: Padding, size: Size) -> tuple[Sides, Sides]:
    """The zeros around rows and columns of an image of this size."""
    if padding == SAME:
        rows, columns = (same(n, k, stride) for n, k in zip(size, stage.kernel))
        return rows, columns
    return (padding, padding), (padding, padding)


def after_convolution(stage: Stage, stride: int, padding: Padding, size: Size) -> Size:
    """Rows and columns after a convolution; below 1 where the kernel does not fit."""
    sides = sides_of(stage, stride, padding, size)
    return tuple(outputs(n, k, stride, around) for n, k, around in zip(size, stage.kernel, sides))


def after_pool(pool: Pool, size: Size) -> Size:
    """Rows and columns after a pooling that fits."""
    return (1,) * len(size) if pool == GLOBAL else tuple((n - pool[0]) // pool[1] + 1 for n in size)
