"""Random modules with a forward of their own: torch's operators as functions, methods, modules and signs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

Random: TypeAlias = np.random.Generator
Shape: TypeAlias = tuple[int, ...]  # of one input
Step: TypeAlias = Callable[..., Tensor]
Make: TypeAlias = Callable[[Random, Shape], Step]
LARGEST = 150  # numbers in a value


class Program(nn.Module):
    """Steps, each with the values that it takes; the last value goes through a Linear."""

    def __init__(self, steps: list[tuple[Step, tuple[int, ...]]], outputs: nn.Linear, input_shape: Shape) -> None:
        super().__init__()
        self.outputs, self.input_shape = outputs, input_shape
        self.operands = [operands for _, operands in steps]
        self.parts = nn.ModuleList(step if isinstance(step, nn.Module) else Forward(step) for step, _ in steps)

    def forward(self, x: Tensor) -> Tensor:
        values = [x]
        for part, operands in zip(self.parts, self.operands):
            values.append(part(*(values[place] for place in operands)))
        result: Tensor = self.outputs(values[-1].flatten(1))
        return result


class Forward(nn.Module):
    """A module whose forward is a function."""

    def __init__(self, of: Callable[..., Tensor]) -> None:
        super().__init__()
        self.of = of

    def forward(self, x: Tensor, other: Tensor | None = None) -> Tensor:
        return self.of(x) if other is None else self.of(x, other)


class Twice(nn.Module):
    """A module that is used twice."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.part(torch.relu(self.part(x))) + x
        return result


class Scaled(nn.Module):
    """A product with a parameter, and a buffer added."""

    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.register_buffer("bias", bias)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight + self.bias


def any_of(*steps: Step | Make) -> Make:
    """One of several steps."""
    return lambda rng, shape: steps[rng.integers(len(steps))]


def normal(rng: Random, *shape: int) -> Tensor:
    return torch.from_numpy(rng.normal(size=shape)).float()


def written(x: Tensor) -> Tensor:
    y = x * 1
    y += 0.25
    y.mul_(0.5)
    F.relu_(y)
    return y


def by_shape(x: Tensor) -> Tensor:
    """Control flow that depends on the shape alone."""
    return torch.stack([x[:, k] if x.size(-1) > 2 else -x[:, k] for k in range(x.shape[1])], 1)


EVERYWHERE: dict[str, Make] = {
    "ReLU": any_of(torch.relu, F.relu, Tensor.relu, nn.ReLU(), lambda x: x.clamp(min=0),
                   lambda x: F.threshold(x, 0, 0)),
    "LeakyReLU": any_of(lambda x: F.leaky_relu(x, 0.1), nn.LeakyReLU(0.2), lambda x: F.leaky_relu(x, 1 / 3)),
    "PReLU": lambda rng, shape: _prelu(rng, shape[0]),
    "clip": any_of(
        nn.Hardtanh(-0.3, 0.7), nn.ReLU6(), F.relu6, F.hardtanh, lambda x: x.clamp(-1 / 3, 0.6), nn.Hardsigmoid(),
        lambda x: torch.clamp(x, max=0.4), lambda x: torch.clip(x, -0.4, 0.5), lambda x: x.clamp_min(-0.2),
        F.hardsigmoid,
    ),
    "abs": any_of(torch.abs, Tensor.abs, abs),
    "numbers": any_of(
        lambda x: x + 0.3, lambda x: 1 - x, lambda x: x * 1.7, lambda x: 2 * x, lambda x: x / 3, lambda x: -x,
        lambda x: x.add(0.1), lambda x: torch.sub(x, 0.1, alpha=2), lambda x: torch.mul(x, -0.7), written,
        lambda x: torch.neg(x).div(1.5),
    ),
    "tensors": lambda rng, shape: Scaled(normal(rng, *shape[1:]), normal(rng, *shape)),
    "with numbers": lambda rng, shape: _extreme_of_constants(rng, shape),
    "Linear": lambda rng, shape: nn.Linear(shape[-1], int(rng.integers(1, 5)), bias=bool(rng.integers(2))),
    "matrix": lambda rng, shape: _times(normal(rng, shape[-1], 3)),
    "twice": lambda rng, shape: Twice(nn.Linear(shape[-1], shape[-1])),
    "by shape": lambda rng, shape: by_shape,
    "flatten": any_of(lambda x: x.flatten(1), lambda x: torch.flatten(x, 1), nn.Flatten(),
                      lambda x: x.view(x.size(0), -1), lambda x: x.reshape(x.shape[0], -1)),
    "slice": any_of(lambda x: x[:, 1:] if x.shape[1] > 1 else x, lambda x: x[..., ::2], lambda x: x[..., -1:],
                    lambda x: x.narrow(1, 0, 1), lambda x: torch.index_select(x, -1, torch.tensor([0, 0]))),
    "turn": any_of(lambda x: x.flip(-1), lambda x: torch.roll(x, 1, -1),
                   lambda x: x.flip([1, -1]) if x.dim() > 2 else x),
    "halves": any_of(lambda x: torch.cat(x.chunk(2, -1)[::-1], -1), lambda x: torch.cat(x.split(1, 1)[::-1], dim=1),
                     lambda x: sum(x.unbind(1)) if x.dim() > 2 else x, lambda x: torch.stack([x, -x], 1).flatten(1, 2)),  # type: ignore[arg-type,return-value]
    "reduce": any_of(lambda x: x.mean(-1, keepdim=True), lambda x: x.sum(1, keepdim=True),
                     lambda x: x.amax(-1, keepdim=True), lambda x: torch.amin(x, 1, keepdim=True),
                     lambda x: torch.max(x, 1, keepdim=True)[0]),
    "repeat": any_of(lambda x: x.repeat(1, 2, *[1] * (x.dim() - 2)), lambda x: x.unsqueeze(1).squeeze(1),
                     lambda x: x[..., :1].expand_as(x), lambda x: x.repeat_interleave(2, -1)),
    "pad": any_of(lambda x: F.pad(x, (1, 0)), lambda x: F.pad(x, (0, 2), value=0.5),
                  lambda x: F.pad(x, (1, 1), "constant", 1.0)),
    "Dropout": any_of(nn.Dropout(), lambda x: F.dropout(x, training=False), nn.Identity(), Tensor.contiguous),
}  # fmt: skip
FLAT: dict[str, Make] = {
    "BatchNorm1d": lambda rng, shape: _norm(rng, nn.BatchNorm1d(shape[0])),
    "unflatten": lambda rng, shape: _unflattened(shape[0]),
}
TURNS: dict[str, Make] = {
    "transpose": any_of(lambda x: x.transpose(1, -1), lambda x: x.permute(0, *range(x.dim() - 1, 0, -1)),
                        lambda x: torch.movedim(x, 1, -1), lambda x: x.mT),
}  # fmt: skip
SIGNALS: dict[str, Make] = {
    "Conv1d": lambda rng, shape: _convolution(rng, nn.Conv1d, F.conv1d, shape),
    "ConvTranspose1d": lambda rng, shape: nn.ConvTranspose1d(shape[0], 2, 2, stride=2, padding=int(rng.integers(2))),
    "MaxPool1d": lambda rng, shape: _pool(rng, nn.MaxPool1d, F.max_pool1d, shape),
    "AvgPool1d": lambda rng, shape: _pool(rng, nn.AvgPool1d, F.avg_pool1d, shape),
    "adaptive": lambda rng, shape: _adaptive(rng, nn.AdaptiveAvgPool1d, F.adaptive_avg_pool1d, 1),
    "adaptive maximum": lambda rng, shape: _adaptive(rng, nn.AdaptiveMaxPool1d, F.adaptive_max_pool1d, 1),
    "BatchNorm1d": lambda rng, shape: _norm(rng, nn.BatchNorm1d(shape[0])),
    "interpolate": lambda rng, shape: _resized(rng, "linear"),
    "pad": any_of(lambda x: F.pad(x, (1, 1), mode="replicate"), nn.ConstantPad1d((1, 0), 0.5), nn.ReplicationPad1d(1),
                  lambda x: F.pad(x, (1, 0), mode="reflect") if x.shape[-1] > 1 else x,
                  lambda x: F.pad(x, (1, 1), mode="circular")),
}  # fmt: skip
IMAGES: dict[str, Make] = {
    "Conv2d": lambda rng, shape: _convolution(rng, nn.Conv2d, F.conv2d, shape),
    "ConvTranspose2d": lambda rng, shape: nn.ConvTranspose2d(shape[0], 2, 2, stride=2, padding=int(rng.integers(2))),
    "MaxPool2d": lambda rng, shape: _pool(rng, nn.MaxPool2d, F.max_pool2d, shape),
    "AvgPool2d": lambda rng, shape: _pool(rng, nn.AvgPool2d, F.avg_pool2d, shape),
    "adaptive": lambda rng, shape: _adaptive(rng, nn.AdaptiveAvgPool2d, F.adaptive_avg_pool2d, 2),
    "adaptive maximum": lambda rng, shape: _adaptive(rng, nn.AdaptiveMaxPool2d, F.adaptive_max_pool2d, 2),
    "BatchNorm2d": lambda rng, shape: _norm(rng, nn.BatchNorm2d(shape[0])),
    "interpolate": lambda rng, shape: _resized(rng, "bilinear"),
    "PixelShuffle": lambda rng, shape: nn.PixelShuffle(2) if shape[0] % 4 == 0 else nn.Identity(),
    "pad": any_of(nn.ZeroPad2d(1), nn.ReflectionPad2d((1, 0, 0, 0)), nn.ReplicationPad2d(1),
                  lambda x: F.pad(x, (0, 1, 1, 0), mode="circular"), lambda x: F.pad(x, (-1, 0, 0, 1))),
    "Dropout2d": any_of(nn.Dropout2d()),
}  # fmt: skip
PAIRS: dict[str, Step] = {
    "a + b": lambda a, b: a + b, "torch.add": lambda a, b: torch.add(a, b, alpha=0.5), "a - b": lambda a, b: a - b,
    "a.sub": lambda a, b: a.sub(b, alpha=2), "maximum": torch.maximum, "minimum": torch.minimum, "max": torch.max,
    "a.min": lambda a, b: a.min(b), "cat": lambda a, b: torch.cat([a, b], 1),
    "cat at the end": lambda a, b: torch.cat((a, b), dim=-1), "stack": lambda a, b: torch.stack((a, b), 1).sum(1),
    "relu of the sum": lambda a, b: F.relu(a + b, inplace=True),
}  # fmt: skip


def _prelu(rng: Random, channels: int) -> Step:
    module = nn.PReLU(channels if rng.integers(2) else 1)
    module.weight.data = normal(rng, *module.weight.shape)
    weight = module.weight.detach()
    return module if rng.integers(2) else lambda x: F.prelu(x, weight.to(x.dtype))


def _extreme_of_constants(rng: Random, shape: Shape) -> Step:
    numbers = normal(rng, *shape[-1:])
    one, other = (torch.maximum, torch.minimum) if rng.integers(2) else (torch.min, torch.max)
    return lambda x: other(one(x, numbers.to(x.dtype)), torch.tensor(0.5, dtype=x.dtype))


def _times(matrix: Tensor) -> Step:
    return lambda x: x @ matrix.to(x.dtype)


def _norm(rng: Random, module: Any) -> nn.Module:
    for tensor in (module.weight.data, module.bias.data, module.running_mean):
        tensor.copy_(normal(rng, *tensor.shape))
    module.running_var.copy_(normal(rng, *module.running_var.shape).abs() + 0.5)
    return module  # type: ignore[no-any-return]


def _unflattened(units: int) -> Step:
    rows = next(k for k in (3, 2, 1) if units % k == 0)
    return nn.Unflatten(1, (rows, units // rows))


def _convolution(rng: Random, module: Any, function: Any, shape: Shape) -> Step:
    groups = shape[0] if rng.integers(2) else 1
    kernel = int(rng.integers(1, 4))
    options: dict[str, Any] = {"groups": groups, "dilation": int(rng.integers(1, 3)), "padding": int(rng.integers(3))}
    if rng.integers(3) == 0:
        options["padding"] = "same"
    else:
        options["stride"] = int(rng.integers(1, 3))
    made = module(shape[0], groups * int(rng.integers(1, 3)), kernel, bias=bool(rng.integers(2)), **options)
    if rng.integers(2):
        return made  # type: ignore[no-any-return]
    weight = made.weight.detach()
    return lambda x: function(x, weight.to(x.dtype), **options)  # type: ignore[no-any-return]


def _pool(rng: Random, module: Any, function: Any, shape: Shape) -> Step:
    kernel = int(rng.integers(1, 4))
    options: dict[str, Any] = {"stride": int(rng.integers(1, 4)), "padding": int(rng.integers(kernel // 2 + 1))}
    options["ceil_mode"] = bool(rng.integers(2))
    if "Avg" in module.__name__:
        options["count_include_pad"] = bool(rng.integers(2))
    return module(kernel, **options) if rng.integers(2) else lambda x: function(x, kernel, **options)  # type: ignore[no-any-return]


def _adaptive(rng: Random, module: Any, function: Any, axes: int) -> Step:
    size = tuple(int(n) for n in rng.integers(1, 4, axes))
    return module(size) if rng.integers(2) else lambda x: function(x, size)  # type: ignore[no-any-return]


def _resized(rng: Random, linear: str) -> Step:
    mode = linear if rng.integers(2) else "nearest"
    options: dict[str, Any] = {"mode": mode}
    if mode == linear:
        options["align_corners"] = bool(rng.integers(2))
    if rng.integers(2):
        return nn.Upsample(scale_factor=2, **options)
    size = int(rng.integers(1, 6))
    return lambda x: F.interpolate(x, size=[size] * (x.dim() - 2), **options)


def kinds(shape: Shape) -> dict[str, Make]:
    """The steps that take values of this shape."""
    own = {1: FLAT, 2: {**TURNS, **SIGNALS}, 3: {**TURNS, **IMAGES}}.get(len(shape), TURNS)
    return {**EVERYWHERE, **own}


def random_program(seed: int, input_shape: Shape, steps: int) -> Program:
    """A program of up to so many steps, in eval mode and float32. Steps that do not fit are left out."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    values, made = [torch.zeros(2, *input_shape)], list[tuple[Step, tuple[int, ...]]]()
    for _ in range(steps):
        shape = tuple(values[-1].shape[1:])
        others = [place for place, value in enumerate(values) if value.shape == values[-1].shape]
        if rng.integers(4) == 0:
            step: Step = PAIRS[sorted(PAIRS)[rng.integers(len(PAIRS))]]
            operands: tuple[int, ...] = (len(values) - 1, others[rng.integers(len(others))])
        else:
            fitting = kinds(shape)
            step, operands = fitting[sorted(fitting)[rng.integers(len(fitting))]](rng, shape), (len(values) - 1,)
        if isinstance(step, nn.Module):
            step.eval()
        try:
            with torch.no_grad():
                value = step(*(values[place] for place in operands))
        except (RuntimeError, ValueError, IndexError):
            continue
        if 0 < value.numel() <= 2 * LARGEST and 2 <= value.dim() <= 4:
            values.append(value)
            made.append((step, operands))
    last = nn.Linear(math.prod(values[-1].shape[1:]), 3)
    return Program(made, last, input_shape).eval()
