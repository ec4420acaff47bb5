"""Changes of a network by hand: weights, biases, units and layers, as a list that fits into a link.

    w1.3.2:0.5   the weight of layer 1 that leads to unit 3 from input 2 becomes 0.5
    b1.3:-0.2    the bias of unit 3 of layer 1
    u1           one more unit in layer 1, with initial weights; v1: its last unit goes
    s0.1         the slope of all units where they are off; sabs: their activation becomes |z|; sclip: min(max(z, 0), 1)
    l            one more layer before the outputs, with initial weights; m: the last hidden layer goes

Layers and units are counted from 1; the layer of the outputs is the last. All other weights stay.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from models.networks.activations import ABS, CLIP, Activation, activation_of
from models.networks.builders import check_widths, mlp

MOST_IN_A_LINK = 150  # changes; a limit on the length of the link
LARGEST = 1e6  # absolute value of a weight: a limit against overflow
PATTERN = re.compile(
    r"w(?P<layer>\d{1,2})\.(?P<to>\d{1,4})\.(?P<from>\d{1,4}):(?P<weight>[-+.e\d]+)"
    r"|b(?P<blayer>\d{1,2})\.(?P<unit>\d{1,4}):(?P<bias>[-+.e\d]+)"
    rf"|s(?P<activation>{ABS}|{CLIP}|[.\d]+)"
    r"|u(?P<more>\d{1,2})|v(?P<fewer>\d{1,2})|(?P<deeper>l)|(?P<flatter>m)"
)
Kind: TypeAlias = Literal["weight", "bias", "activation", "more", "fewer", "deeper", "flatter"]
Pair: TypeAlias = tuple[Tensor, Tensor]  # the weights and the biases of a layer


@dataclass(frozen=True)
class Change:
    """One change; `layer`, `to` and `source` are counted from 1, 0 where the kind has none."""

    kind: Kind
    layer: int = 0
    to: int = 0
    source: int = 0
    value: float = 0.0
    activation: Activation = 0.0

    @property
    def structural(self) -> bool:
        """Whether it changes the numbers of units."""
        return self.kind not in ("weight", "bias", "activation")

    @property
    def target(self) -> tuple[Kind, int, int, int]:
        return self.kind, self.layer, self.to, self.source


def read_change(text: str) -> Change:
    """A change from its text.

    Raises
    ------
    ValueError
        If it is none, or its value is too large.
    """
    match = PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:20]!r} is no change such as w1.3.2:0.5, b1.3:-0.2, s0.1, sabs, u1, v1, l or m")
    if match["weight"] is not None:
        return Change("weight", int(match["layer"]), int(match["to"]), int(match["from"]), _value(match["weight"]))
    if match["bias"] is not None:
        return Change("bias", int(match["blayer"]), int(match["unit"]), 0, _value(match["bias"]))
    if match["activation"] is not None:
        return Change("activation", activation=_activation(match["activation"]))
    if match["more"] is not None:
        return Change("more", int(match["more"]))
    if match["fewer"] is not None:
        return Change("fewer", int(match["fewer"]))
    return Change("deeper" if match["deeper"] else "flatter")


def changes_from_link(text: str) -> tuple[Change, ...]:
    """The changes of a link, as `changes_to_link` writes them."""
    parts = text.split("_")
    if len(parts) > MOST_IN_A_LINK:
        raise ValueError(f"at most {MOST_IN_A_LINK} changes are read")
    return tuple(map(read_change, parts))


def changes_to_link(changes: tuple[Change, ...]) -> str | None:
    """The changes with underscores between; None for none, or too many."""
    return "_".join(map(_text, changes)) if 0 < len(changes) <= MOST_IN_A_LINK else None


def with_changes(made: tuple[Change, ...], new: Iterable[Change]) -> tuple[Change, ...]:
    """The changes and new ones. A value replaces an earlier one at the same place, if units have not changed since."""
    changes = list(made)
    for change in new:
        since = next((i for i in range(len(changes), 0, -1) if changes[i - 1].structural), 0)
        if not change.structural:
            changes[since:] = [other for other in changes[since:] if other.target != change.target]
        changes.append(change)
    return tuple(changes)


def chain_of(module: nn.Module) -> tuple[list[nn.Linear], Activation] | None:
    """The layers of a network of Linear layers with one `Activation` between all of them; None for any other."""
    if not isinstance(module, nn.Sequential) or len(module) % 2 == 0:
        return None
    layers, units = list(module)[::2], list(module)[1::2]
    activations = {activation_of(unit) for unit in units} or {0.0}
    activation = activations.pop()
    if activation is None or activations:
        return None
    plain = [layer for layer in layers if type(layer) is nn.Linear and layer.bias is not None]
    return (plain, activation) if len(plain) == len(layers) else None


def apply_changes(module: nn.Module, changes: Iterable[Change]) -> nn.Sequential:
    """The network after all changes; `module` stays as it is.

    Raises
    ------
    ValueError
        If the network is no such chain, has no such unit, would lose its last unit or layer, or be too large.
    """
    chain = chain_of(module)
    if chain is None:
        raise ValueError(
            "only networks of fully connected layers with ReLU, LeakyReLU, |z| or a clip to [0, 1] "
            "can be changed by hand"
        )
    layers, activation = chain
    pairs = [(layer.weight.detach().clone(), layer.bias.detach().clone()) for layer in layers]
    for change in changes:
        if change.kind == "activation":
            activation = change.activation
            continue
        pairs = _changed(pairs, change)
        if change.structural:
            check_widths(_widths(pairs))
    network = mlp(_widths(pairs), activation).to(pairs[0][0].dtype)
    with torch.no_grad():
        for layer, pair in zip(list(network)[::2], pairs):
            for parameter, values in zip((layer.get_parameter("weight"), layer.get_parameter("bias")), pair):
                parameter.copy_(values)
    return network.eval()


def _widths(pairs: list[Pair]) -> list[int]:
    return [pairs[0][0].shape[1], *(len(bias) for _, bias in pairs)]


def _changed(pairs: list[Pair], change: Change) -> list[Pair]:
    last = len(pairs)
    if change.kind == "deeper":
        return [*pairs[:-1], *_new_layer(pairs), pairs[-1]]
    if change.kind == "flatter":
        return _without_layer(pairs)
    if not 1 <= change.layer <= (last - 1 if change.structural else last):
        raise ValueError(f"there is no layer {change.layer} for {_text(change)}: the network has {last}")
    if change.kind == "more":
        return _with_unit(pairs, change.layer - 1)
    if change.kind == "fewer":
        return _without_unit(pairs, change.layer - 1)
    weight, bias = pairs[change.layer - 1]
    if not 1 <= change.to <= len(bias) or (change.kind == "weight" and not 1 <= change.source <= weight.shape[1]):
        raise ValueError(f"there is no such place as in {_text(change)}: layer {change.layer} is {tuple(weight.shape)}")
    if change.kind == "weight":
        weight[change.to - 1, change.source - 1] = change.value
    else:
        bias[change.to - 1] = change.value
    return pairs


def _with_unit(pairs: list[Pair], layer: int) -> list[Pair]:
    (weight, bias), (above, above_bias) = pairs[layer], pairs[layer + 1]
    units, inputs = weight.shape
    row, own = _drawn((1, inputs), inputs, layer, units, weight), _drawn((1,), inputs, layer, units + 1000, bias)
    column = _drawn((len(above), 1), units + 1, layer, units + 2000, above)
    grown = (torch.cat([weight, row]), torch.cat([bias, own])), (torch.cat([above, column], dim=1), above_bias)
    return [*pairs[:layer], *grown, *pairs[layer + 2 :]]


def _without_unit(pairs: list[Pair], layer: int) -> list[Pair]:
    (weight, bias), (above, above_bias) = pairs[layer], pairs[layer + 1]
    if len(bias) == 1:
        raise ValueError(f"layer {layer + 1} has one unit left; a layer needs one. Remove the layer instead")
    return [*pairs[:layer], (weight[:-1], bias[:-1]), (above[:, :-1], above_bias), *pairs[layer + 2 :]]


def _new_layer(pairs: list[Pair]) -> list[Pair]:
    """A layer as wide as the one before it, so that the outputs' weights stay."""
    above, bias = pairs[-1]
    width = above.shape[1]
    place = len(pairs) - 1
    return [(_drawn((width, width), width, place, 0, above), _drawn((width,), width, place, 1000, bias))]


def _without_layer(pairs: list[Pair]) -> list[Pair]:
    """The outputs keep the weights of the units that they have now; further ones get initial weights."""
    if len(pairs) == 1:
        raise ValueError("the network has no hidden layer left")
    above, bias = pairs[-1]
    width, before = above.shape[1], pairs[-2][0].shape[1]
    if before > width:
        above = torch.cat([above, _drawn((len(above), before - width), before, len(pairs), 0, above)], dim=1)
    return [*pairs[:-2], (above[:, :before].clone(), bias)]


def _drawn(shape: tuple[int, ...], inputs: int, layer: int, number: int, like: Tensor) -> Tensor:
    """Initial weights as torch draws them, uniform up to 1/√inputs; the same place gets the same ones."""
    random = torch.Generator().manual_seed(100_000 * layer + number)
    reach = 1 / math.sqrt(inputs)
    return ((2 * torch.rand(shape, generator=random) - 1) * reach).to(like.dtype)


def _value(text: str) -> float:
    value = float(text)
    if not abs(value) <= LARGEST:
        raise ValueError(f"a weight lies between ±{LARGEST:g}, got {text[:20]}")
    return value


def _activation(text: str) -> Activation:
    if text == ABS:
        return ABS
    if text == CLIP:
        return CLIP
    slope = float(text)
    if not 0 <= slope <= 1:
        raise ValueError(f"the slope of units that are off lies between 0 and 1, got {text[:20]}")
    return slope


def _text(change: Change) -> str:
    if change.kind == "weight":
        return f"w{change.layer}.{change.to}.{change.source}:{change.value:.6g}"
    if change.kind == "bias":
        return f"b{change.layer}.{change.to}:{change.value:.6g}"
    if change.kind == "activation":
        return f"s{change.activation if isinstance(change.activation, str) else f'{change.activation:.6g}'}"
    if change.structural and change.layer:
        return f"{'u' if change.kind == 'more' else 'v'}{change.layer}"
    return "l" if change.kind == "deeper" else "m"
