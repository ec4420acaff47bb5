"""A network as a graph: values that are sums of affine maps of groups of units, laid out in layers.

A *value* is an affine function of the input and of groups of units before it. A *group* is the units of one activation.
Its depth is one more than the largest depth of the groups that it reads, so all groups of one depth make a layer. What
a deeper layer reads from an earlier one is carried along by units of slope 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from geometry.computation.cached_property import cached_property
from geometry.network.affine import Affine, Chain, Conv, Dense, Scale, Shape, evaluate
from geometry.network.blocks import Block, Blocks, Taps
from geometry.network.composition import compose, identity
from geometry.network.tournament import Tournament
from geometry.network.units import Units


@dataclass(frozen=True, eq=False)
class Term:
    """A map without bias of all units of one group; group 0 is the input."""

    group: int
    affine: Affine


@dataclass(frozen=True, eq=False)
class Value:
    """The sum of `terms` and `bias` (units,), of this shape."""

    shape: Shape
    terms: tuple[Term, ...]
    bias: Tensor

    def mapped(self, affine: Affine) -> Value:
        """The affine map of the value."""
        linear = without_bias(affine)
        terms = tuple(Term(term.group, compose([term.affine, linear])) for term in self.terms)
        return Value(affine.out_shape, terms, evaluate(affine, self.bias[None])[0])

    def plus(self, other: Value) -> Value:
        """The sum with a value of the same shape."""
        return Value(self.shape, self.terms + other.terms, self.bias + other.bias)

    def plus_constant(self, constant: Tensor) -> Value:
        return replace(self, bias=self.bias + constant)

    def reshaped(self, shape: Shape) -> Value:
        """The same units in another shape."""
        if shape == self.shape:
            return self
        terms = tuple(Term(term.group, _reshaped(term.affine, shape)) for term in self.terms)
        return Value(shape, terms, self.bias)


@dataclass(frozen=True, eq=False)
class Group:
    """Units max(z, slope z) of one value z; the input is the group 0 without value."""

    depth: int
    units: int
    slope: float | Tensor
    value: Value | None


NO_COMPARISON = -1
MAX_TERMS = 16  # of a value that is computed with: sums of sums without an activation between them double their terms


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Which units matter only where another has one of its two signs: the losers of a maximum of several.

    A unit u matters where the unit `parent`[u] matters and is on (`side`[u] True) or off (False). Without a parent,
    NO_COMPARISON, it matters everywhere. Parents come later in the order of the units.
    """

    parent: NDArray[np.int64]
    side: NDArray[np.bool_]
    won: NDArray[np.bool_] | None = None  # units that are on wherever they matter, whatever their bits say

    @cached_property
    def _rounds(self) -> list[NDArray[np.int64]]:
        """The units with a parent, those whose parents have none first; then theirs, and so on."""
        above, found = np.flatnonzero(self.parent == NO_COMPARISON), []
        left = np.flatnonzero(self.parent != NO_COMPARISON)
        while len(left):
            reached = np.isin(self.parent[left], above)
            above, left = left[reached], left[~reached]
            found.append(above)
        return found

    def relevant(self, patterns: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(m, units) patterns, with the bits of units that do not matter set to False."""
        patterns = patterns if self.won is None else patterns | self.won
        matters = np.ones(patterns.shape, bool)
        for units in self._rounds:
            above = self.parent[units]
            matters[:, units] = matters[:, above] & (patterns[:, above] == self.side[units])
        kept: NDArray[np.bool_] = patterns & matters
        return kept


class Graph:
    """Groups of units in the order they are made, from the input on."""

    def __init__(self, input_shape: Shape, like: Tensor) -> None:
        self.input_shape, self.like = input_shape, like
        self.groups = [Group(0, math.prod(input_shape), 0.0, None)]
        self.comparisons: list[tuple[Tensor, Tensor, Tensor]] = []
        self._tournaments: list[tuple[Tensor, range, bool]] = []
        self.starts: dict[int, int] = {}  # of the groups among all hidden units, once they are laid out

    def input(self) -> Value:
        return self._output(0, self.input_shape)

    def constant(self, values: Tensor) -> Value:
        """A value that depends on nothing."""
        return Value(tuple(values.shape), (), values.flatten().to(self.like))

    def activated(self, value: Value, units: Units) -> Value:
        """The units of an activation, as a new group."""
        before = value if units.before is None else value.mapped(units.before)
        depth = 1 + max((self.groups[term.group].depth for term in before.terms), default=0)
        self.groups.append(Group(depth, len(before.bias), units.slope, before))
        output = self._output(len(self.groups) - 1, before.shape)
        return output if units.after is None else output.mapped(units.after)

    def with_few_terms(self, value: Value) -> Value:
        """The value itself, or if it is a sum of many maps, units that carry it along."""
        if len(value.terms) <= MAX_TERMS:
            return value
        return self.activated(value, Units(self.like.new_ones(len(value.bias))))

    def activation_of(self, value: Value) -> tuple[Value, float] | None:
        """The pre-activations and the slope of a value that is nothing but the units of one (leaky) ReLU, else None."""
        if len(value.terms) != 1 or bool((value.bias != 0).any()):
            return None
        (term,) = value.terms
        group = self.groups[term.group]
        if group.value is None or isinstance(group.slope, Tensor) or group.slope == 1 or not _is_identity(term.affine):
            return None
        return group.value.reshaped(value.shape), group.slope

    def compared(self, units: Tensor, parents: Tensor, sides: Tensor) -> None:
        """Record comparisons: pairs (m, 2) of a group and a unit of it, and of the comparison that decides about it.

        The first matters only where the second does, and where it is on (side True) or off.
        """
        self.comparisons.append((units, parents, sides))

    def tournament(self, present: Tensor, groups: range, rectified: bool) -> None:
        """Record the groups of the rounds of a maximum of several; arguments as of `Tournament`."""
        if len(groups):
            self._tournaments.append((present, groups, rectified))

    def tournaments(self) -> tuple[Tournament, ...]:
        """Those whose result is used, their units counted through all hidden layers of `layers`, which runs before.

        The ReLU behind a maximum is the next group. It is not used where the maximum is pooled again: then one ReLU
        follows both.
        """
        return tuple(
            Tournament(present, [self.starts[group] for group in groups], rectified and groups.stop in self.starts)
            for present, groups, rectified in self._tournaments
            if all(group in self.starts for group in groups)
        )

    def decided_by(self) -> Comparisons | None:
        """The comparisons recorded, their units counted through all hidden layers of `layers`, which runs before.

        None if there are none, or the output depends on no unit.
        """
        if not self.comparisons or not self.starts:
            return None
        units, parents, sides = (torch.cat(parts).cpu().numpy() for parts in zip(*self.comparisons))
        total = 1 + max(start + self.groups[group].units for group, start in self.starts.items())
        parent, side = np.full(total, NO_COMPARISON, np.int64), np.zeros(total, bool)
        first = np.array([self.starts.get(group, -1) for group in range(len(self.groups))])
        live = (first[units[:, 0]] >= 0) & (first[parents[:, 0]] >= 0)
        place = first[units[live, 0]] + units[live, 1]
        parent[place], side[place] = first[parents[live, 0]] + parents[live, 1], sides[live]
        return Comparisons(parent, side)

    def _output(self, group: int, shape: Shape) -> Value:
        units = math.prod(shape)
        return Value(shape, (Term(group, identity(shape, self.like)),), self.like.new_zeros(units))

    def layers(self, output: Value) -> list[tuple[Affine, float | Tensor | None]]:
        """The affine map and the slopes of every layer; the last, without slopes, gives `output`."""
        used, last = self._reads(output)
        depth = max((self.groups[group].depth for group in used), default=0)
        layers: list[tuple[Affine, float | Tensor | None]] = []
        live, start = [0], 0
        for k in range(1, depth + 1):
            kept = [group for group in used if self.groups[group].depth <= k < last[group]]
            layers.append((self._layer(live, [(group, self._read(group, k)) for group in kept]), self._slopes(kept, k)))
            for group in kept:
                if self.groups[group].depth == k:
                    self.starts[group] = start
                start += self.groups[group].units
            live = kept
        layers.append((self._layer(live, [(-1, output)]), None))
        return layers

    def _reads(self, output: Value) -> tuple[list[int], dict[int, int]]:
        """The groups that the output depends on, the input included; and the depth of the deepest reader of each."""
        last: dict[int, int] = {}
        deepest = 1 + max((self.groups[term.group].depth for term in output.terms), default=0)
        readers: list[tuple[int, Value]] = [(deepest, output)]
        for term in output.terms:
            last[term.group] = deepest
        for group in range(len(self.groups) - 1, 0, -1):
            value = self.groups[group].value
            if group not in last or value is None:
                continue
            readers.append((self.groups[group].depth, value))
            for term in value.terms:
                last[term.group] = max(last.get(term.group, 0), self.groups[group].depth)
        last.setdefault(0, 1)
        return sorted(last), last

    def _read(self, group: int, k: int) -> Value:
        """What layer k computes for a group: its own value, or the group's output carried along."""
        value = self.groups[group].value
        if value is not None and self.groups[group].depth == k:
            return value
        return self._output(group, (self.groups[group].units,))

    def _slopes(self, kept: Sequence[int], k: int) -> float | Tensor:
        own = [group for group in kept if self.groups[group].depth == k]
        slopes = {float(slope) for group in own if not isinstance(slope := self.groups[group].slope, Tensor)}
        if (
            len(own) == len(kept)
            and len(slopes) == 1
            and not any(isinstance(self.groups[group].slope, Tensor) for group in own)
        ):
            return slopes.pop()
        parts = []
        for group in kept:
            slope = self.groups[group].slope if self.groups[group].depth == k else 1.0
            parts.append(slope if isinstance(slope, Tensor) else self.like.new_full((self.groups[group].units,), slope))
        return torch.cat(parts)

    def _layer(self, live: Sequence[int], values: Sequence[tuple[int, Value]]) -> Affine:
        """One map from the outputs of the `live` groups to the values, one after the other."""
        (_, first), *others = values
        if not others and len(first.terms) == 1 and len(live) == 1:
            return with_bias(first.terms[0].affine, first.bias)
        starts, begin = {}, 0
        for group in live:
            starts[group] = begin
            begin += self.groups[group].units
        bias = torch.cat([value.bias for _, value in values])
        placed, first_output = [], 0
        for _, value in values:
            for term in value.terms:
                parts = list(term.affine.parts) if isinstance(term.affine, Chain) else [term.affine]
                placed.append((starts[term.group], first_output, parts))
            first_output += len(value.bias)
        return _stages(placed, begin, bias)


def _stages(placed: Sequence[tuple[int, int, list[Affine]]], inputs: int, bias: Tensor) -> Affine:
    """Maps part by part, each from its place among the inputs to its place among the outputs, as a chain of `Blocks`.

    Shorter maps begin with identities.
    """
    steps = max((len(parts) for _, _, parts in placed), default=1)
    padded = [
        (source, target, [identity(parts[0].in_shape, bias)] * (steps - len(parts)) + parts)
        for source, target, parts in placed
    ]
    maps: list[Affine] = []
    sources, width = [source for source, _, _ in padded], inputs
    for step in range(steps):
        last = step == steps - 1
        targets, begin = [], 0
        for _, target, parts in padded:
            targets.append(target if last else begin)
            begin += math.prod(parts[step].out_shape)
        outputs = len(bias) if last else begin
        blocks = tuple(Block(s, t, parts[step]) for s, t, (_, _, parts) in zip(sources, targets, padded))
        maps.append(Blocks(blocks, bias if last else bias.new_zeros(outputs), (width,), (outputs,)))
        sources, width = targets, outputs
    return maps[0] if steps == 1 else Chain(tuple(maps))


def without_bias(affine: Affine) -> Affine:
    """The linear part."""
    if isinstance(affine, Chain):
        return Chain(tuple(without_bias(part) for part in affine.parts))
    assert isinstance(affine, Dense | Conv | Scale | Taps | Blocks)
    return replace(affine, bias=torch.zeros_like(affine.bias))


def with_bias(affine: Affine, bias: Tensor) -> Affine:
    """A map without bias, and this bias (units,) added."""
    if isinstance(affine, Chain):
        return Chain((*affine.parts[:-1], with_bias(affine.parts[-1], bias)))
    assert isinstance(affine, Dense | Conv | Scale | Taps | Blocks)
    return replace(affine, bias=bias)


def _reshaped(affine: Affine, shape: Shape) -> Affine:
    """The same map with outputs of another shape."""
    if isinstance(affine, Chain):
        return Chain((*affine.parts[:-1], _reshaped(affine.parts[-1], shape)))
    if isinstance(affine, Conv):  # whose own shape is an image's
        return Chain((affine, replace(identity(affine.out_shape, affine.bias), out_shape=shape)))
    assert isinstance(affine, Dense | Scale | Taps | Blocks)
    return replace(affine, out_shape=shape)


def _is_identity(affine: Affine) -> bool:
    """Whether the map gives every unit's own value, in whatever shape."""
    return isinstance(affine, Scale) and bool((affine.scale == 1).all()) and not bool((affine.bias != 0).any())
