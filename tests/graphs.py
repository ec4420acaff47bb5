"""Networks with a forward of their own: random graphs of sums, maxima, clips and absolute values."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.strategies import Case, seeds

Step = tuple[str, int, int]  # an operation, and which of the values so far it takes
OPERATIONS = ["linear", "relu", "abs", "clamp", "add", "subtract", "maximum", "minimum", "cat", "leaky", "carry"]


class RandomGraph(nn.Module):
    """Vectors of one width, each made from one or two before by an operation of the list."""

    def __init__(self, inputs: int, width: int, outputs: int, steps: Sequence[Step]) -> None:
        super().__init__()
        self.steps, self.width = tuple(steps), width
        self.first, self.last = nn.Linear(inputs, width), nn.Linear(width, outputs)
        self.maps = nn.ModuleList(nn.Linear(width, width) for _ in steps)

    def forward(self, x: Tensor) -> Tensor:
        values = [self.first(x.flatten(1))]
        for linear, (operation, one, other) in zip(self.maps, self.steps):
            a, b = values[one % len(values)], values[other % len(values)]
            match operation:
                case "linear":
                    made = linear(a)
                case "relu":
                    made = torch.relu(linear(a))
                case "abs":
                    made = linear(a).abs()
                case "clamp":
                    made = torch.clamp(a, -0.5, 0.7)
                case "add":
                    made = a + b
                case "subtract":
                    made = 1.0 - a - 0.5 * b
                case "maximum":
                    made = torch.maximum(a, b)
                case "minimum":
                    made = torch.min(linear(a), b)
                case "cat":
                    made = torch.cat([a[:, 1:], b], dim=1)[:, : self.width]
                case "leaky":
                    made = F.leaky_relu(linear(a), 0.2)
                case _:
                    made = a.reshape(len(a), 1, -1).transpose(1, 2).squeeze(-1)
            values.append(made)
        return self.last(values[-1] + values[len(values) // 2])


class Residual(nn.Module):
    """A residual block with BatchNorm, in place and out of place."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = (
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.Conv2d(channels, channels, 3, padding=1),
        )
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm(self.first(x)), inplace=True)
        y = self.second(y)
        y += x
        return F.relu(y)


class PooledResidual(nn.Module):
    """Convolution, residual block, max-pooling, and a linear layer."""

    def __init__(self, kernel: int, stride: int, padding: int) -> None:
        super().__init__()
        self.stem, self.block = nn.Conv2d(1, 2, 3, padding=1), Residual(2)
        self.pool = nn.MaxPool2d(kernel, stride, padding)
        self.last = nn.LazyLinear(3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.block(torch.relu(self.stem(x))))
        return self.last(x.view(x.size(0), -1))


@st.composite
def graph_networks(draw: st.DrawFn, inputs: int = 3, steps: int = 5) -> Case:
    """Random graphs on vectors."""
    torch.manual_seed(draw(seeds))
    step = st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 9), st.integers(0, 9))
    graph = RandomGraph(inputs, draw(st.integers(1, 3)), draw(st.integers(2, 3)), draw(st.lists(step, max_size=steps)))
    return Case(graph.double().eval().requires_grad_(False), (inputs,))


@st.composite
def pooled_networks(draw: st.DrawFn) -> Case:
    """Small convolutional networks with a residual block and max-pooling."""
    torch.manual_seed(draw(seeds))
    size = draw(st.integers(3, 4))
    network = PooledResidual(*draw(st.sampled_from([(2, 2, 0), (2, 1, 0), (3, 2, 1)])))
    network(torch.zeros(1, 1, size, size))
    network.block.norm.running_var.uniform_(0.5, 2)
    network.block.norm.running_mean.normal_()
    return Case(network.double().eval().requires_grad_(False), (1, size, size))
