"""Whether a torch module computes what its conversion does: layer by layer, on random inputs, up to rounding.

A layer is known by its class, but a subclass, a hook or a parametrization may compute something else, and so may a
Sequential with a forward of its own. So a copy of the module is run in eval mode, which records every call of a layer.
The input of each layer must be the output of the layer before it, bit for bit. Its output must agree with that of its
conversion, evaluated in float64 on the same input. So errors do not grow from layer to layer, and a deviation has the
name of its layer.

A layer with n terms per output and unit roundoff u may be off by (n + c) u times the sum of the terms' absolute values
(Higham 2002, §3.1), in any order of summation; c counts the operations besides the sum.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from geometry.network.affine import Affine, Conv, Dense, Scale, Shape, evaluate
from geometry.network.blocks import Taps
from geometry.network.conversion import Leaf, UnsupportedLayerError, converted_leaves
from geometry.network.module_copy import HOOKS, evaluation_copy, floating_tensors, state

SCALES = (1e-3, 1.0, 1e3)  # sizes of the random inputs of single layers
EXTRA = 10  # operations of one layer besides its sum: BatchNorm's six, with a root of two roundings, are the most

_compared: WeakKeyDictionary[nn.Module, dict[Shape, list[Any] | None]] = WeakKeyDictionary()


def check_agreement(network: nn.Module, input_shape: Shape, now: list[Any] | None) -> None:
    """Compare a module with its conversion, unless that was done before in the same state `now` (None: in any state).

    The module, its mode and torch's random state stay unchanged.

    Raises
    ------
    UnsupportedLayerError
        Naming the layer that computes something else, with the remedy.
    ValueError
        If the module's own forward pass fails.
    """
    states = _compared.setdefault(network, {})
    if input_shape in states and (now is None or states[input_shape] == now):
        return
    before = state(network) if now is None else now
    _compare(network, input_shape)
    states[input_shape] = before


@torch.no_grad()
def check_outputs(
    network: nn.Module, input_shape: Shape, now: list[Any] | None, given: Callable[[Tensor], tuple[Tensor, Tensor]]
) -> None:
    """Compare a module's outputs in float64 with those `given`, and bounds on what either is off by, as above.

    Raises
    ------
    UnsupportedLayerError
        If they differ: the forward pass writes into views, say, or draws random numbers.
    """
    states = _compared.setdefault(network, {})
    if input_shape in states and (now is None or states[input_shape] == now):
        return
    before = state(network) if now is None else now
    x = _inputs(input_shape, torch.Generator().manual_seed(0))
    expected, error = given(x)
    with torch.autocast("cpu", enabled=False), torch.random.fork_rng(devices=[]):
        outputs = evaluation_copy(network, torch.float64, "cpu")(x)
    wrong = torch.isfinite(error) & ~((outputs.reshape(expected.shape) - expected).abs() <= 4 * error)
    if bool(wrong.any()):
        first = tuple(torch.nonzero(wrong)[0].tolist())
        raise UnsupportedLayerError(
            f"the network's own forward pass gives {float(outputs.reshape(expected.shape)[first]):.9g}, but the "
            f"functions that it calls give {float(expected[first]):.9g}: it changes tensors in place, or draws random "
            "numbers; write it with functions that return new tensors"
        )
    states[input_shape] = before


@torch.no_grad()
def _compare(network: nn.Module, input_shape: Shape) -> None:
    copied = evaluation_copy(network, device="cpu")
    like = next(floating_tensors(copied), torch.zeros((), dtype=torch.get_default_dtype()))
    generator = torch.Generator().manual_seed(0)
    expected = list(converted_leaves(copied, input_shape, torch.zeros((), dtype=torch.float64)))
    with ExitStack() as stack:
        stack.enter_context(torch.autocast("cpu", enabled=False))
        if any(_may_draw(module) for module in copied.modules()):
            stack.enter_context(torch.random.fork_rng(devices=[]))
        x = _inputs(input_shape, generator).to(like.dtype)
        calls, output = _recorded(copied, expected, x)
        _check_order(expected, calls, x, output)
        for leaf, call in zip(expected, calls):
            _check_leaf(leaf, call.given, call.output)
            probes = _probes(leaf.in_shape, generator).to(call.given.dtype)
            _check_leaf(leaf, probes, leaf.module(probes.clone()))


def _inputs(shape: Shape, generator: torch.Generator) -> Tensor:
    """(3, *shape): as of an image, around zero, and far from it."""
    image = torch.rand((1, *shape), generator=generator, dtype=torch.float64)
    return torch.cat([image, _normal(shape, generator), 10 * _normal(shape, generator)])


def _probes(shape: Shape, generator: torch.Generator) -> Tensor:
    """(6, *shape): inputs of a single layer, of three sizes and with both signs at every unit."""
    normal = torch.cat([scale * _normal(shape, generator) for scale in SCALES])
    return torch.cat([normal, -normal])


def _normal(shape: Shape, generator: torch.Generator) -> Tensor:
    return torch.randn((1, *shape), generator=generator, dtype=torch.float64)


def _may_draw(module: nn.Module) -> bool:
    """Whether a module could use random numbers in eval mode: all but torch's own, as torch made them."""
    own = vars(module)
    return (
        not type(module).__module__.startswith("torch.nn.modules.")
        or "forward" in own
        or any(own[name] for name in HOOKS)
    )


@dataclass(frozen=True, eq=False)
class _Call:
    module: nn.Module
    given: Tensor
    output: Tensor


def _recorded(network: nn.Module, expected: list[Leaf], x: Tensor) -> tuple[list[_Call], Tensor]:
    """Every call of a layer in the network's own forward pass, and the network's output."""
    calls: list[_Call] = []
    given: list[Tensor] = []

    def before(module: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        given.append(arguments[0].clone())  # a layer may work in place

    def after(module: nn.Module, arguments: Any, output: Tensor) -> None:
        calls.append(_Call(module, given.pop(), output.clone()))

    handles = []
    for module in {id(leaf.module): leaf.module for leaf in expected}.values():
        handles += [module.register_forward_pre_hook(before, prepend=True), module.register_forward_hook(after)]
    try:
        output = network(x.clone())
    except Exception as error:  # a user's own layers may raise anything
        at = f"layer {expected[len(calls)].name}: " if len(calls) < len(expected) else ""
        raise ValueError(
            f"{at}the network's own forward pass fails on inputs of shape {tuple(x.shape)} and {x.dtype}: {error}"
        ) from error
    for handle in handles:
        handle.remove()
    return calls, output


def _check_order(expected: list[Leaf], calls: list[_Call], x: Tensor, output: Tensor) -> None:
    """Check that the layers run in order, each on exactly the output of the one before."""
    value, before = x, "the input"
    for leaf, call in zip(expected, calls):
        if call.module is not leaf.module or not _same(call.given, value):
            raise UnsupportedLayerError(_unlisted_step(f"between {before} and layer {leaf.name}"))
        value, before = call.output, f"layer {leaf.name}"
    if len(calls) != len(expected) or not _same(output, value):
        raise UnsupportedLayerError(_unlisted_step(f"after {before}"))


def _unlisted_step(where: str) -> str:
    return (
        f"{where} the network's own forward pass does something that its list of layers does not say; a Sequential "
        "whose forward, hooks and pre-hooks are torch's own is supported"
    )


def _same(given: Any, expected: Tensor) -> bool:
    """Bit for bit, in the same shape; NaN equals itself."""
    if not isinstance(given, Tensor) or given.shape != expected.shape:
        return False
    return bool(((given == expected) | (given != given)).all())


def _check_leaf(leaf: Leaf, given: Tensor, output: Any) -> None:
    """Check that a layer's output is that of its conversion, in float64 on the same inputs, up to rounding."""
    z = given.double()
    if leaf.slope is not None:
        expected, size, terms = _units(leaf, z)
    elif leaf.affine is not None:
        flat = z.flatten(1)
        expected = evaluate(leaf.affine, flat).unflatten(1, leaf.out_shape)
        size = evaluate(_sizes(leaf), flat.abs()).unflatten(1, leaf.out_shape)
        terms = _terms(leaf.affine)
    else:
        expected, size, terms = z.reshape(len(z), *leaf.out_shape), torch.zeros(()), 0
    shape = tuple(output.shape[1:]) if isinstance(output, Tensor) else None
    if shape != leaf.out_shape:
        raise UnsupportedLayerError(
            f"layer {leaf.name}: {leaf.module} gives {shape}, where {leaf.out_shape} is expected"
        )
    limits = torch.finfo(output.dtype)
    unit = _unit(given.dtype, output.dtype)
    error = (terms + EXTRA) * (unit * size + limits.smallest_normal * limits.eps * (size > 0))
    finite = size + expected.abs() < limits.max / 4  # otherwise its own pass may overflow
    wrong = finite & ~((output.double() - expected).abs() <= error)
    if bool(wrong.any()):
        first = tuple(torch.nonzero(wrong)[0].tolist())
        raise UnsupportedLayerError(
            f"layer {leaf.name}: {type(leaf.module).__name__} gives {float(output[first]):.9g} where a layer of its "
            f"kind gives {float(expected[first]):.9g}; a layer whose forward, hooks or parametrizations change what "
            "its class computes is not supported: write it with the layers that are"
        )


def _units(leaf: Leaf, z: Tensor) -> tuple[Tensor, Tensor, int]:
    """Outputs of a layer of units for inputs z, the absolute values of all their terms added up, and how many."""
    assert leaf.slope is not None
    flat, size, terms = z.flatten(1), z.flatten(1).abs(), 0
    if leaf.affine is not None:
        flat, size, terms = evaluate(leaf.affine, flat), evaluate(leaf.affine.absolute(), size), _terms(leaf.affine)
    flat, size = torch.where(flat > 0, flat, leaf.slope * flat), size if leaf.after is not None else leaf.slope * size
    if leaf.after is not None:
        flat, size = evaluate(leaf.after, flat), evaluate(leaf.after.absolute(), size)
        terms += _terms(leaf.after)
    return flat.unflatten(1, leaf.out_shape), size.unflatten(1, leaf.out_shape), terms


def _unit(given: torch.dtype, output: torch.dtype) -> float:
    """Twice the unit roundoff of the products behind an output."""
    unit = max(torch.finfo(given).eps, torch.finfo(output).eps)
    if output == torch.float32 and torch.get_float32_matmul_precision() != "highest":
        unit = torch.finfo(torch.bfloat16).eps  # in which torch may then multiply
    return unit


def _sizes(leaf: Leaf) -> Affine:
    """The map that adds up the absolute values of everything that the layer's own operations add up."""
    assert leaf.affine is not None
    absolute, module = leaf.affine.absolute(), leaf.module
    if isinstance(absolute, Scale):  # (x - mean) scale + bias: mean and bias may nearly cancel in the folded one
        mean = module.running_mean if hasattr(module, "running_mean") else module.mean
        shift = torch.as_tensor(mean).double().abs().reshape(-1)
        spread = shift.repeat_interleave(len(absolute.bias) // len(shift))
        return Scale(absolute.scale, 2 * absolute.scale * spread + absolute.bias, leaf.in_shape, leaf.out_shape)
    return absolute


def _terms(affine: Affine) -> int:
    """How many products an output is the sum of."""
    match affine:
        case Dense():
            return affine.weight.shape[1]
        case Conv():
            return math.prod(affine.weight.shape[1:])
        case Scale():
            return 1
        case Taps():
            return affine.index.shape[1]
    return sum(map(_terms, getattr(affine, "parts", ())))
