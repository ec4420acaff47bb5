"""A torch module as ReLUscope's own network: affine maps with (leaky) ReLUs between them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from geometry.affine import Affine, Conv, Dense, Scale, Shape, compose, detached, evaluate, identity


class UnsupportedLayerError(ValueError):
    """The network holds a layer whose geometry ReLUscope does not know."""


class Normalize(nn.Module):
    """Per-channel (x - mean) / std as a first layer, so that distances stay in the units of the raw input."""

    def __init__(self, mean: Sequence[float] | Tensor, std: Sequence[float] | Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.get_default_dtype()).clone())
        self.register_buffer("std", torch.as_tensor(std, dtype=torch.get_default_dtype()).clone())

    def forward(self, x: Tensor) -> Tensor:
        shape = (-1, *[1] * (x.dim() - 2))
        mean, std = torch.as_tensor(self.mean), torch.as_tensor(self.std)
        return (x - mean.reshape(shape)) / std.reshape(shape)


SUPPORTED = (
    "Linear, Conv2d, AvgPool2d, BatchNorm1d, BatchNorm2d, Flatten, Unflatten, Normalize, ReLU, LeakyReLU, "
    "Identity, Dropout and nested Sequential"
)


@dataclass(frozen=True, eq=False)
class Layer:
    """One row of units: pre-activations affine(a), then max(z, slope * z). The logits have no `slope`."""

    affine: Affine
    slope: float | None

    @property
    def units(self) -> int:
        return math.prod(self.affine.out_shape)

    def activate(self, z: Tensor) -> Tensor:
        """(n, units) pre-activations -> activations."""
        if self.slope is None:
            return z
        return z.clamp(min=0) if self.slope == 0 else torch.maximum(z, self.slope * z)


@dataclass(frozen=True, eq=False)
class Network:
    """A ReLU classifier, converted: hidden layers 1..L and the logits, on inputs of `input_shape`.

    Made by `as_network`; accepted wherever a torch module is, and faster when used again: what follows from its weights
    is kept, so do not change them through `.data` (see `geometry.kept`). Convert again when the module has changed.
    """

    input_shape: Shape
    layers: tuple[Layer, ...]

    @property
    def hidden(self) -> tuple[Layer, ...]:
        return self.layers[:-1]

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each hidden layer, flat."""
        return tuple(layer.units for layer in self.hidden)

    @property
    def classes(self) -> int:
        return self.layers[-1].units

    @property
    def input_units(self) -> int:
        return math.prod(self.input_shape)

    def preactivations(self, x: Tensor) -> list[Tensor]:
        """(n, *input_shape) or flat (n, input_units) -> per layer (n, units); the last are the logits."""
        activations, found = x.reshape(len(x), self.input_units), []
        for layer in self.layers:
            found.append(evaluate(layer.affine, activations))
            activations = layer.activate(found[-1])
        return found

    def __call__(self, x: Tensor) -> Tensor:
        """(n, *input_shape) -> (n, classes) logits."""
        return self.preactivations(x)[-1]

    def weights(self) -> Iterator[Tensor]:
        return (weight for layer in self.layers for weight in layer.affine.weights())

    def to(self, dtype: torch.dtype, device: torch.device | str = "cpu") -> Network:
        device = torch.device(device)
        if all(weight.dtype == dtype and weight.device == device for weight in self.weights()):
            return self
        layers = (replace(layer, affine=layer.affine.to(dtype, device)) for layer in self.layers)
        return replace(self, layers=tuple(layers))

    def detached(self) -> Network:
        """The same network, through which no gradient flows to the weights."""
        return replace(self, layers=tuple(replace(layer, affine=detached(layer.affine)) for layer in self.layers))


def as_network(network: nn.Module | Network, input_shape: Shape) -> Network:
    """Convert a torch module for inputs of shape `input_shape` (without the batch); a `Network` is passed through.

    The module is read, never changed; weights keep their dtype and device, and gradients flow to them.
    BatchNorm is folded with its running statistics, Dropout is the identity (eval mode).

    Raises
    ------
    UnsupportedLayerError
        Naming the layer and what is supported.
    ValueError
        If a layer does not fit the shape that reaches it, or a weight is NaN or infinite.
    """
    if isinstance(network, Network):
        if math.prod(network.input_shape) != math.prod(input_shape):
            raise ValueError(f"the network takes inputs of shape {network.input_shape}, got {tuple(input_shape)}")
        return network
    shape = tuple(input_shape)
    like = next((t for t in network.parameters()), torch.zeros((), dtype=torch.get_default_dtype()))
    layers: list[Layer] = []
    pending: list[Affine] = []
    for name, module in leaves(network):
        slope = _slope(name, module)
        if slope is not None:
            layers.append(Layer(compose(pending or [identity(shape, like)]), slope))
            pending = []
            continue
        shape, step = _step(name, module, shape, like)
        if step is not None:
            pending.append(step)
    layers.append(Layer(compose(pending or [identity(shape, like)]), None))
    return Network(tuple(input_shape), tuple(layers))


def leaves(module: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The layers in the order they act, with nested Sequentials taken apart, and each one's dotted name."""
    if not isinstance(module, nn.Sequential):
        yield prefix or "the network", module
        return
    for name, child in module._modules.items():  # named_children() would drop a module that is used twice
        if child is not None:
            yield from leaves(child, f"{prefix}.{name}" if prefix else name)


def _slope(name: str, module: nn.Module) -> float | None:
    """The slope for z < 0 if the module is an activation, else None."""
    if isinstance(module, nn.ReLU):
        return 0.0
    if isinstance(module, nn.LeakyReLU):
        if not 0 <= module.negative_slope <= 1:
            raise UnsupportedLayerError(
                f"layer {name}: LeakyReLU slope must lie in [0, 1], got {module.negative_slope}"
            )
        return float(module.negative_slope)
    return None


def _step(name: str, module: nn.Module, shape: Shape, like: Tensor) -> tuple[Shape, Affine | None]:
    """What a module does to activations of `shape`: the new shape, and the affine map if it is not a mere reshape."""
    for tensor_name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        if not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"layer {name}: {tensor_name} holds NaN or infinite values")
    step: Affine
    match module:
        case nn.Identity() | nn.Dropout() | nn.Dropout2d():
            return shape, None
        case nn.Flatten():
            return _flattened(name, module, shape), None
        case nn.Unflatten():
            return _unflattened(name, module, shape), None
        case nn.Linear():
            if shape != (module.in_features,):
                raise ValueError(f"layer {name}: {module} does not fit activations of shape {shape}")
            bias = module.weight.new_zeros(module.out_features) if module.bias is None else module.bias
            step = Dense(module.weight, bias, shape, (module.out_features,))
        case nn.Conv2d():
            step = _conv(name, module, shape)
        case nn.AvgPool2d():
            step = _average_pool(name, module, shape, like)
        case nn.BatchNorm1d() | nn.BatchNorm2d():
            step = _batch_norm(name, module, shape, like)
        case _ if type(module).__name__ == "Normalize" and hasattr(module, "mean") and hasattr(module, "std"):
            mean, std = (torch.as_tensor(value).to(like) for value in (module.mean, module.std))
            step = _per_channel_scale(name, module, 1 / std, -mean / std, shape)
        case _:
            raise UnsupportedLayerError(f"layer {name}: {type(module).__name__} is not supported; use {SUPPORTED}")
    return step.out_shape, step


def _flattened(name: str, module: nn.Flatten, shape: Shape) -> Shape:
    if module.start_dim != 1 or module.end_dim not in (-1, len(shape)):
        raise UnsupportedLayerError(f"layer {name}: {module} is not supported; flatten everything but the batch")
    return (math.prod(shape),)


def _unflattened(name: str, module: nn.Unflatten, shape: Shape) -> Shape:
    sizes = tuple(int(size) for size in module.unflattened_size)
    if module.dim not in (1, -1) or len(shape) != 1:
        raise UnsupportedLayerError(f"layer {name}: {module} is not supported on activations of shape {shape}")
    if -1 in sizes:
        known = -math.prod(sizes)
        sizes = tuple(shape[0] // known if size == -1 else size for size in sizes)
    if math.prod(sizes) != shape[0]:
        raise ValueError(f"layer {name}: {module} does not fit activations of shape {shape}")
    return sizes


def _conv(name: str, module: nn.Conv2d, shape: Shape) -> Conv:
    if len(shape) != 3 or shape[0] != module.in_channels:
        raise ValueError(f"layer {name}: {module} does not fit activations of shape {shape}")
    if module.padding_mode != "zeros":
        raise UnsupportedLayerError(f"layer {name}: padding_mode {module.padding_mode!r}; only 'zeros' is supported")
    kernel, dilation = _pair(module.kernel_size), _pair(module.dilation)
    match module.padding:
        case "valid":
            padding = (0, 0, 0, 0)
        case "same":  # torch puts the odd one behind
            (top, bottom), (left, right) = (
                (d * (k - 1) // 2, (d * (k - 1) + 1) // 2) for k, d in zip(kernel, dilation)
            )
            padding = (left, right, top, bottom)
        case sizes:
            rows, columns = _pair(sizes)  # type: ignore[arg-type]
            padding = (columns, columns, rows, rows)
    stride = _pair(module.stride)
    size = _conv_size(name, module, shape, kernel, stride, padding, dilation)
    out_shape = (module.out_channels, *size)
    per_channel = module.weight.new_zeros(module.out_channels) if module.bias is None else module.bias
    bias = per_channel.repeat_interleave(math.prod(size))
    return Conv(module.weight, bias, shape, out_shape, stride, padding, dilation, module.groups)


def _average_pool(name: str, module: nn.AvgPool2d, shape: Shape, like: Tensor) -> Affine:
    """Average pooling as a convolution per channel; where padding is not counted, rescaled at the border."""
    if len(shape) != 3:
        raise ValueError(f"layer {name}: {module} does not fit activations of shape {shape}")
    if module.ceil_mode:
        raise UnsupportedLayerError(f"layer {name}: AvgPool2d with ceil_mode=True is not supported")
    kernel, stride, (rows, columns) = _pair(module.kernel_size), _pair(module.stride), _pair(module.padding)
    padding = (columns, columns, rows, rows)
    out_shape = (shape[0], *_conv_size(name, module, shape, kernel, stride, padding, (1, 1)))
    window = math.prod(kernel)
    weight = like.detach().new_full((shape[0], 1, *kernel), 1 / (module.divisor_override or window))
    bias = weight.new_zeros(math.prod(out_shape))
    pool = Conv(weight, bias, shape, out_shape, stride, padding, (1, 1), shape[0])
    if module.count_include_pad or module.divisor_override or (rows, columns) == (0, 0):
        return pool
    share_inside = pool.linear(weight.new_ones(1, math.prod(shape)))[0]
    return compose([pool, Scale(1 / share_inside, bias, out_shape, out_shape)])


def _batch_norm(name: str, module: nn.BatchNorm1d | nn.BatchNorm2d, shape: Shape, like: Tensor) -> Scale:
    if module.running_mean is None or module.running_var is None:
        raise UnsupportedLayerError(f"layer {name}: {module} keeps no running statistics, so it is no fixed function")
    scale = (module.running_var + module.eps).rsqrt()
    if module.weight is not None:
        scale = scale * module.weight
    shift = -module.running_mean * scale
    if module.bias is not None:
        shift = shift + module.bias
    return _per_channel_scale(name, module, scale.to(like), shift.to(like), shape)


def _per_channel_scale(name: str, module: nn.Module, scale: Tensor, shift: Tensor, shape: Shape) -> Scale:
    channels, per_channel = shape[0], math.prod(shape[1:])
    if scale.numel() not in (1, channels) or shift.numel() not in (1, channels):
        raise ValueError(f"layer {name}: {module} has {scale.numel()} channels, the activations have shape {shape}")
    spread = [value.reshape(-1).expand(channels).repeat_interleave(per_channel) for value in (scale, shift)]
    return Scale(spread[0], spread[1], shape, shape)


def _conv_size(
    name: str,
    module: nn.Module,
    shape: Shape,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    dilation: tuple[int, int],
) -> tuple[int, int]:
    left, right, top, bottom = padding
    padded = (shape[1] + top + bottom, shape[2] + left + right)
    height, width = ((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(padded, kernel, stride, dilation))
    if min(height, width) < 1:
        raise ValueError(f"layer {name}: {module} does not fit activations of shape {shape}")
    return height, width


def _pair(value: int | tuple[int, ...]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
