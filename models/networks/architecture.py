"""Network architectures as JSON: a list of layers, each with its name and its torch arguments.

A description may come from an untrusted file. So every field is checked, networks are built without memory for their
weights (torch's meta device), and all shapes are checked before real tensors are put in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from geometry.network.absolute_value import Abs
from geometry.network.conversion import Normalize, UnsupportedLayerError, leaves
from models.networks.layer_graph import (
    Add,
    Clamp,
    Concat,
    Constant,
    LayerGraph,
    Maximum,
    Minimum,
    Pick,
    Subtract,
)

SUPPORTED = (  # what files of this project hold
    "Linear, Conv2d, AvgPool2d, BatchNorm1d, BatchNorm2d, Flatten, Unflatten, Normalize, ReLU, LeakyReLU, PReLU, "
    "ReLU6, Hardtanh, Hardsigmoid, Abs, MaxPool2d, Identity, Dropout and nested Sequential"
)
Spec: TypeAlias = dict[str, Any]  # {"layer": "Linear", "in_features": 2, "out_features": 100, "bias": True}
Check: TypeAlias = Callable[[Any], bool]

MAX_LAYERS = 400  # like the following a limit on what a file can make this process allocate
MAX_STEPS = 2000  # of a graph of layers
MAX_OPERANDS = 400  # of one step of it
MAX_PICKED = 10**7  # numbers that one step rearranges
MAX_SIZE = 10**6  # of a layer's inputs, outputs or channels
MAX_NUMBERS = 128_000_000  # in all weights together: one stored tensor may be named many times
REAL = (torch.float16, torch.bfloat16, torch.float32, torch.float64)  # the types of weights that are read
COUNTER = "num_batches_tracked"  # BatchNorm's, the one buffer that is no weight


def _whole(low: int, high: int) -> Check:
    return lambda value: type(value) is int and low <= value <= high


def _real(low: float, high: float) -> Check:
    return lambda value: type(value) in (int, float) and low <= value <= high


def _pair(low: int, high: int) -> Check:
    whole = _whole(low, high)
    return lambda value: whole(value) or (type(value) is list and len(value) == 2 and all(map(whole, value)))


def _flag(value: Any) -> bool:
    return type(value) is bool


def _padding(value: Any) -> bool:
    return value in ("same", "valid") if type(value) is str else _pair(0, 64)(value)


def _shape(value: Any) -> bool:
    return type(value) is list and 1 <= len(value) <= 4 and all(map(_whole(1, MAX_SIZE), value))


@dataclass(frozen=True)
class Kind:
    """A supported layer: its class, the check of each field of its description, and its number of dimensions."""

    make: Callable[..., nn.Module]
    fields: Mapping[str, Check]
    dimensions: int | None = None  # of the activations it takes: 1 flat, 3 an image; None any
    operands: int | None = 1  # in a graph of layers; None is one or more


_size = _whole(1, MAX_SIZE)
_norm = {"num_features": _size, "eps": _real(0, 1), "affine": _flag}
LAYERS: dict[str, Kind] = {
    "Linear": Kind(nn.Linear, {"in_features": _size, "out_features": _size, "bias": _flag}, 1),
    "Conv2d": Kind(
        nn.Conv2d,
        {
            "in_channels": _size,
            "out_channels": _size,
            "kernel_size": _pair(1, 64),
            "stride": _pair(1, 64),
            "padding": _padding,
            "dilation": _pair(1, 64),
            "groups": _size,
            "bias": _flag,
        },
        3,
    ),
    "AvgPool2d": Kind(
        nn.AvgPool2d,
        {"kernel_size": _pair(1, 64), "stride": _pair(1, 64), "padding": _pair(0, 32), "count_include_pad": _flag},
        3,
    ),
    "MaxPool2d": Kind(
        nn.MaxPool2d,
        {"kernel_size": _pair(1, 16), "stride": _pair(1, 64), "padding": _pair(0, 8), "dilation": _pair(1, 64)},
        3,
    ),
    "BatchNorm1d": Kind(nn.BatchNorm1d, _norm, 1),
    "BatchNorm2d": Kind(nn.BatchNorm2d, _norm, 3),
    "Flatten": Kind(nn.Flatten, {}),
    "Unflatten": Kind(lambda unflattened_size: nn.Unflatten(1, tuple(unflattened_size)), {"unflattened_size": _shape}),
    "Normalize": Kind(lambda channels: Normalize(torch.zeros(channels), torch.ones(channels)), {"channels": _size}),
    "ReLU": Kind(nn.ReLU, {}),
    "LeakyReLU": Kind(nn.LeakyReLU, {"negative_slope": _real(0, 1)}),
    "PReLU": Kind(nn.PReLU, {"num_parameters": _size}),
    "ReLU6": Kind(nn.ReLU6, {}),
    "Hardtanh": Kind(nn.Hardtanh, {"min_val": _real(-MAX_SIZE, MAX_SIZE), "max_val": _real(-MAX_SIZE, MAX_SIZE)}),
    "Hardsigmoid": Kind(nn.Hardsigmoid, {}),
    "Abs": Kind(Abs, {}),
    "Identity": Kind(nn.Identity, {}),
    "Dropout": Kind(nn.Dropout, {"p": _real(0, 1)}),
    "Dropout2d": Kind(nn.Dropout2d, {"p": _real(0, 1)}),
}


def _layer_graph(input_shape: Sequence[int], steps: Sequence[Spec]) -> LayerGraph:
    """The graph of these steps: descriptions of layers, each with the field "of" for its operands."""
    made: list[tuple[nn.Module, tuple[int, ...]]] = []
    for place, step in enumerate(steps):
        spec = {name: value for name, value in step.items() if name != "of"} if type(step) is dict else step
        module = _build(str(place), spec, STEPS)
        of: Any = step.get("of")
        count = STEPS[spec["layer"]].operands
        known = type(of) is list and 1 <= len(of) <= MAX_OPERANDS and all(map(_whole(0, place), of))
        if not known or count not in (None, len(of)):
            raise ValueError(f"layer {place}: {spec['layer']} cannot act on the values {str(of)[:40]}")
        made.append((module, tuple(of)))
    return LayerGraph(tuple(input_shape), made)


_units = _whole(1, MAX_PICKED)
_end = _real(-1e38, 1e38)
STEPS: dict[str, Kind] = {  # of a graph of layers
    **LAYERS,
    "Add": Kind(Add, {}, operands=2),
    "Subtract": Kind(Subtract, {}, operands=2),
    "Maximum": Kind(Maximum, {}, operands=2),
    "Minimum": Kind(Minimum, {}, operands=2),
    "Concat": Kind(Concat, {}, operands=None),
    "Pick": Kind(Pick, {"inputs": _units, "outputs": _units}),
    "Constant": Kind(Constant, {"units": _units}),
    "Clamp": Kind(Clamp, dict.fromkeys(("low", "high"), lambda value: value is None or _end(value))),
}
LAYERS["LayerGraph"] = Kind(
    _layer_graph,
    {"input_shape": _shape, "steps": lambda value: type(value) is list and 1 <= len(value) <= MAX_STEPS},
)


def describe(network: nn.Module) -> list[Spec]:
    """The descriptions of a network's layers in order, with nested Sequentials flattened.

    Raises
    ------
    UnsupportedLayerError
        Naming the layer that has no description, and what is supported.
    """
    return [_describe(name, module, LAYERS) for name, module in leaves(network)]


def _describe(name: str, module: nn.Module, kinds: Mapping[str, Kind]) -> Spec:
    kind = type(module).__name__
    if kind not in kinds:
        raise UnsupportedLayerError(f"layer {name}: {kind} is not supported; use {SUPPORTED}")
    spec: Spec = {"layer": kind}
    for field in kinds[kind].fields:
        match field:
            case "steps":
                steps = enumerate(module.steps)  # type: ignore[arg-type]
                value: Any = [{**_describe(f"{name}.{k}", m, STEPS), "of": list(of)} for k, (m, of) in steps]
            case "bias":
                value = module.bias is not None
            case "channels":
                value = torch.as_tensor(module.mean).numel()
            case _:
                value = getattr(module, field)
        spec[field] = list(value) if isinstance(value, tuple) else value
    _check_spec(spec, name, kinds)
    _check_unwritten(name, module)
    return spec


def _check_unwritten(name: str, module: nn.Module) -> None:
    """An UnsupportedLayerError if an argument that descriptions leave out does not have its default value."""
    defaults: dict[str, tuple[Any, ...]] = {
        "padding_mode": ("zeros",),
        "ceil_mode": (False,),
        "return_indices": (False,),
        "divisor_override": (None,),
        "track_running_stats": (True,),
        "start_dim": (1,),
        "end_dim": (-1,),
        "dim": (1, -1),
    }
    for field, values in defaults.items():
        if hasattr(module, field) and getattr(module, field) not in values:
            raise UnsupportedLayerError(f"layer {name}: {field}={getattr(module, field)!r} is not supported")


def build(specs: Sequence[Spec]) -> nn.Sequential:
    """The described network, in eval mode and without weights (on the meta device).

    Raises
    ------
    ValueError
        Naming the layer and the field that is missing, unknown or out of range.
    """
    if not isinstance(specs, list) or not 1 <= len(specs) <= MAX_LAYERS:
        raise ValueError(f"an architecture is a list of 1..{MAX_LAYERS} layers")
    with torch.device("meta"):
        return nn.Sequential(*(_build(str(index), spec, LAYERS) for index, spec in enumerate(specs))).eval()


def _build(name: str, spec: Spec, kinds: Mapping[str, Kind]) -> nn.Module:
    _check_spec(spec, name, kinds)
    fields = {
        field: tuple(value) if type(value) is list else value for field, value in spec.items() if field != "layer"
    }
    try:
        return kinds[spec["layer"]].make(**fields)
    except (ValueError, RuntimeError) as error:  # fields that do not go together, such as groups and channels
        raise ValueError(f"layer {name}: {error}") from error


def _check_spec(spec: Spec, name: str, kinds: Mapping[str, Kind]) -> None:
    if type(spec) is not dict or type(spec.get("layer")) is not str or spec["layer"] not in kinds:
        raise UnsupportedLayerError(f"layer {name}: {str(spec)[:80]} is not supported; use {SUPPORTED}")
    legal = kinds[spec["layer"]].fields
    if spec.keys() != {"layer", *legal}:
        raise ValueError(f"layer {name}: {spec['layer']} has fields {sorted(legal)}, got {str(sorted(spec))[:200]}")
    for field, check in legal.items():
        if not check(spec[field]):
            raise ValueError(f"layer {name}: {spec['layer']} cannot have {field} = {str(spec[field])[:40]}")


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    """All parameters and buffers, named as in `build(describe(network))`."""
    weights: dict[str, Tensor] = {}
    for index, (_, module) in enumerate(leaves(network)):
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            flat = type(module).__name__ == "Normalize"
            weights[f"{index}.{name}"] = tensor.detach().reshape(-1) if flat else tensor.detach()
    return weights


def assemble(specs: Sequence[Spec], weights: Mapping[str, Tensor]) -> nn.Sequential:
    """The described network with these weights: all float64 if one is, else float32.

    Raises
    ------
    ValueError
        Naming the weight that is missing, superfluous, of another shape, no number, NaN or infinite.
    """
    network = build(specs)
    expected = {name: tensor for name, tensor in network.state_dict().items() if not name.endswith(COUNTER)}
    given = {name: tensor for name, tensor in weights.items() if not name.endswith(COUNTER)}
    if expected.keys() != given.keys():
        names = sorted(expected.keys() ^ given.keys())
        raise ValueError(f"weights and architecture do not fit: {str(names[0])[:60]!r} is in only one of them")
    for name, tensor in given.items():
        _check_weight(name, tensor, expected[name])
    check_total(given)
    dtype = torch.float64 if any(tensor.dtype == torch.float64 for tensor in given.values()) else torch.float32
    state = {
        name: tensor.to(dtype if tensor.is_floating_point() else tensor.dtype, copy=True).contiguous()
        for name, tensor in given.items()
    }
    for name in network.state_dict().keys() - expected.keys():
        batches = weights.get(name, torch.tensor(0))
        counted = batches.dtype == torch.int64 and batches.numel() == 1 and not batches.is_meta
        state[name] = torch.tensor(int(batches) if counted else 0)
    network.load_state_dict(state, assign=True)
    for name, module in network.named_modules():
        if isinstance(module, Pick) and not bool(((module.index >= 0) & (module.index < module.inputs)).all()):
            raise ValueError(f"weight {name}.index names places outside 0..{module.inputs - 1}")
    return network.eval()


def check_total(weights: Mapping[str, Tensor]) -> None:
    """A ValueError if the weights have too many numbers in all, counting tensors with shared memory separately."""
    numbers = sum(tensor.numel() for tensor in weights.values())
    if numbers > MAX_NUMBERS:
        raise ValueError(f"the network has {numbers:,} weights; up to {MAX_NUMBERS:,} are read")


def _check_weight(name: str, tensor: Tensor, expected: Tensor) -> None:
    if tensor.shape != expected.shape:
        shapes = tuple(tensor.shape), tuple(expected.shape)
        raise ValueError(f"weight {name} has shape {shapes[0]}, the architecture asks for {shapes[1]}")
    kinds = REAL if expected.is_floating_point() else (torch.int64,)
    if tensor.is_meta or tensor.layout != torch.strided or tensor.dtype not in kinds:
        raise ValueError(f"weight {name} is a {tensor.dtype} of layout {tensor.layout}, not plain real numbers")
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise ValueError(f"weight {name} claims more numbers than are stored")
    if not bool(torch.isfinite(tensor).all()):
        raise ValueError(f"weight {name} holds NaN or infinite values; the training that made it has failed")
    if name.endswith("running_var") and bool((tensor < 0).any()):
        raise ValueError(f"weight {name} is a variance but holds negative values")
    if name.endswith(".std") and bool((tensor <= 0).any()):
        raise ValueError(f"weight {name} is a standard deviation but holds values of 0 or below")
