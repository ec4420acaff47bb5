"""Strides, paddings, poolings and image sizes for which convolutions give as many numbers as the next Linear takes.

Weights contain none of these. Combinations are ranked (`Fit.rank`, lower is likelier):

0  stated: a 4 x 4 kernel has stride 2 and padding 1, any other stride 1 and half its kernel, no pooling, at least one
   kernel is 4 x 4 (Wong and Kolter's networks), images of a usual size; or the caller gives all of these
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
MAX_FITS = 24  # of one rank, or of one kind of pooling: a limit on a list from which a user chooses
MAX_FITS_ELSEWHERE = 2  # the same for each size that is not usual
MIXED = 5  # convolutions up to which strides may differ: a limit on time, 2^5 combinations
STATED, LIKELY, OTHER_SIZE, STATED_ELSEWHERE, MIXTURE, ELSEWHERE, INEXACT = range(7)


@dataclass(frozen=True)
class Fit:
    """One combination of choices for the convolutions that fits the weights.

    stride, padding, pooling : of each convolution; pooling None where there is none
    """

    input_shape: Shape
    stride: tuple[int, ...]
    padding: tuple[Padding, ...]
    pooling: tuple[Pool | None, ...]
    rank: int


@dataclass(frozen=True, eq=False)
class Constraints:
    """The constraints on a combination.

    numbers : the inputs of the Linear after the convolutions; None if there is none
    room : whether the names allow a pooling after each convolution
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
class _Setting:
    """A stride and a padding for each convolution, and their rank at a usual size."""

    stride: tuple[int, ...]
    padding: tuple[Padding, ...]
    rank: int
    pooled: int  # the rank with poolings


def fits(constraints: Constraints) -> list[Fit]:
    """The combinations that fit, the likeliest first, up to MAX_FITS of each rank."""
    usual, settings = _usual(constraints), _settings(constraints)
    searches = [_PoolingSearch(constraints, setting) for setting in settings]
    fitting = [fit for search in searches for fit in _fits_of_setting(search, usual, True)]
    likely = [fit for fit in fitting if fit.rank <= OTHER_SIZE]
    settled = any(fit.rank == STATED for fit in likely) or len(likely) >= MAX_FITS
    if constraints.input_shape is None and constraints.numbers is not None and not settled:
        others = [(side, side) for side in OTHER_SIDES if (side, side) not in usual]
        fitting += [
            fit for search in searches if search.setting.rank != MIXTURE
            for fit in _fits_of_setting(search, others, False)
            if not (likely and fit.rank == INEXACT)  # with likely fits, those by rounding are left out
        ]  # fmt: skip
    if constraints.given and any(not any(fit.pooling) for fit in fitting):
        fitting = [fit for fit in fitting if not any(fit.pooling)]
    unique: dict[tuple[Any, ...], Fit] = {}
    for fit in fitting:
        unique.setdefault((fit.input_shape, fit.stride, fit.padding, fit.pooling), fit)
    ordered = sorted(unique.values(), key=lambda fit: (fit.rank, _rarity(fit)))
    return [fit for rank in range(7) for fit in [fit for fit in ordered if fit.rank == rank][:MAX_FITS]]


def _usual(constraints: Constraints) -> list[Size]:
    if constraints.input_shape is not None:
        return [constraints.input_shape[1:]]
    return [(side, side) for side in USUAL_SIDES.get(constraints.channels, OTHERWISE_USUAL)]


def _rarity(fit: Fit) -> tuple[int, ...]:
    """The order within a rank: pooling after each convolution, then after the last, then none, then others."""
    pools = [pool for pool in fit.pooling if pool is not None]
    everywhere, at_the_end = len(pools) == len(fit.pooling), fit.pooling[-1] is not None
    place = 0 if pools and everywhere else 1 if len(pools) == 1 and at_the_end else 2 if not pools else 3
    kind = max((POOLS.index(pool) if pool in POOLS else 1 for pool in pools), default=0)
    return kind, place, not at_the_end, len(pools), max(fit.stride)


def _settings(constraints: Constraints) -> list[_Setting]:
    """Strides and paddings without duplicates, the likely ones first."""
    count = len(constraints.convolutions)
    published = [stage.kernel == (4, 4) for stage in constraints.convolutions]
    half = [stage.kernel[0] // 2 if len(set(stage.kernel)) == 1 else SAME for stage in constraints.convolutions]
    rule = [(2, 1) if is_published else (1, padding) for is_published, padding in zip(published, half)]
    stated = STATED if any(published) or constraints.given else LIKELY
    settings = [_setting(constraints, rule, stated, MIXTURE if any(published) else LIKELY)]
    even = [SAME] * count if any(size % 2 == 0 for stage in constraints.convolutions for size in stage.kernel) else half
    paddings: list[list[Any]] = [half, [0] * count, even]
    settings += [_setting(constraints, [(1, around) for around in padding], LIKELY, LIKELY) for padding in paddings]
    settings += [
        _setting(constraints, [(2, around) for around in padding], LIKELY, MIXTURE) for padding in paddings[:2]
    ]
    settings += [_setting(constraints, [(stride, 1)] * count, MIXTURE, MIXTURE) for stride in (1, 2)]
    if count <= MIXED:
        for strides, padding in product(product((1, 2), repeat=count), paddings[:2]):
            settings.append(_setting(constraints, list(zip(strides, padding)), MIXTURE, MIXTURE))
    return list({(setting.stride, setting.padding): setting for setting in reversed(settings)}.values())[::-1]


def _setting(constraints: Constraints, guess: Sequence[tuple[int, Any]], rank: int, pooled: int) -> _Setting:
    """The given strides and paddings, and guesses for the others."""
    stride = tuple(given if given is not None else guessed for given, (guessed, _) in zip(constraints.stride, guess))
    padding = tuple(given if given is not None else guessed for given, (_, guessed) in zip(constraints.padding, guess))
    return _Setting(stride, padding, rank, pooled)


def _fits_of_setting(search: _PoolingSearch, sizes: Sequence[Size], usual: bool) -> Iterator[Fit]:
    """The combinations with these strides and paddings, without pooling and with each kind of it."""
    constraints, setting = search.constraints, search.setting
    for size, pool in product(sizes, (None, *(POOLS if any(constraints.room) else ()))):
        for pooling in search.placed(size, pool, MAX_FITS if usual else MAX_FITS_ELSEWHERE):
            if pool is not None and not any(pooling):
                continue
            rank = setting.pooled if any(pooling) else setting.rank
            several = len([place for place in pooling if place]) > 1
            if pool in POOLS[2:] and rank == LIKELY and None in pooling[:-1] and several:
                rank = MIXTURE
            if usual and constraints.input_shape is None and size != sizes[0] and rank == LIKELY:
                rank = OTHER_SIZE
            if not usual:
                elsewhere = STATED_ELSEWHERE if rank == STATED else ELSEWHERE
                rank = elsewhere if search.exact(size, pooling) else INEXACT
            yield Fit((constraints.channels, *size), setting.stride, setting.padding, pooling, rank)


class _PoolingSearch:
    """A search for the places of poolings such that the Linear fits, with the sizes of the image after each layer."""

    def __init__(self, constraints: Constraints, setting: _Setting) -> None:
        self.constraints, self.setting = constraints, setting
        self.convolutions = constraints.convolutions
        self.last = len(self.convolutions) - 1
        self.reaches: dict[tuple[int, Size, Pool | None], bool] = {}
        self.sizes: dict[tuple[int, Size], Size] = {}

    def placed(self, size: Size, pool: Pool | None, most: int) -> Iterator[tuple[Pool | None, ...]]:
        """At most so many placements of a kind of pooling; those before a change of the channels come first."""
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
            if place < self.last and self.convolutions[place].gives == self.convolutions[place + 1].gives:
                choices.reverse()  # the last one pushed is tried first
            for choice, following in choices:
                if self._reaches(place + 1, following, pool):
                    pending.append((following, (*placed, choice)))

    def _after(self, place: int, size: Size) -> Size:
        key = (place, size)
        if key not in self.sizes:
            stage, stride, padding = self.convolutions[place], self.setting.stride[place], self.setting.padding[place]
            self.sizes[key] = after_convolution(stage, stride, padding, size)
        return self.sizes[key]

    def _choices(self, place: int, size: Size, pool: Pool | None) -> list[tuple[Pool | None, Size]]:
        """The poolings that fit after a convolution, None for none, each with the size after it."""
        after = self._after(place, size)
        if min(after) < 1:
            return []
        choices: list[tuple[Pool | None, Size]] = [(None, after)]
        if pool is not None and self.constraints.room[place] and min(after) >= pool[0]:
            choices.append((pool, after_pool(pool, after)))
        if place == self.last and pool in (None, POOLS[0]) and self.constraints.room[place] and max(after) > 1:
            choices.append((GLOBAL, (1,) * len(after)))
        return choices

    def _reaches(self, place: int, size: Size, pool: Pool | None) -> bool:
        """Whether the remaining convolutions can give the Linear's number of inputs."""
        if place > self.last:
            return self.constraints.numbers in (None, self.convolutions[-1].gives * prod(size))
        key = (place, size, pool)
        if key not in self.reaches:
            self.reaches[key] = any(
                self._reaches(place + 1, after, pool) for _, after in self._choices(place, size, pool)
            )
        return self.reaches[key]

    def exact(self, size: Size, pooling: Sequence[Pool | None]) -> bool:
        """Whether strides and poolings use every row and column."""
        for place, (stage, pool) in enumerate(zip(self.convolutions, pooling)):
            stride, padding = self.setting.stride[place], self.setting.padding[place]
            if padding != SAME and any((n + 2 * int(padding) - k) % stride for n, k in zip(size, stage.kernel)):
                return False
            size = after_convolution(stage, stride, padding, size)
            if pool not in (None, GLOBAL) and any((n - pool[0]) % pool[1] for n in size):
                return False
            size = size if pool is None else after_pool(pool, size)
        return True


def sides_of(stage: Stage, stride: int, padding: Padding, size: Size) -> tuple[Sides, Sides]:
    """The zeros before and after rows and columns of an image of this size."""
    if padding == SAME:
        rows, columns = (same(n, k, stride) for n, k in zip(size, stage.kernel))
        return rows, columns
    return (padding, padding), (padding, padding)


def after_convolution(stage: Stage, stride: int, padding: Padding, size: Size) -> Size:
    """Rows and columns after a convolution; below 1 if the kernel does not fit."""
    sides = sides_of(stage, stride, padding, size)
    return tuple(outputs(n, k, stride, around) for n, k, around in zip(size, stage.kernel, sides))


def after_pool(pool: Pool, size: Size) -> Size:
    """Rows and columns after a pooling that fits."""
    return (1,) * len(size) if pool == GLOBAL else tuple((n - pool[0]) // pool[1] + 1 for n in size)
