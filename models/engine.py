"""One training run, step by step, in whatever thread calls it."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from models.objectives import Objective, Progress, make_objective

Metrics: TypeAlias = dict[str, float]  # "loss", each of its terms, and "error", the share of points that are wrong

PROBE = 512  # points on which a snapshot's error is measured
INTERVAL = 0.05  # seconds between snapshots, more where taking one is dear
SHARE = 0.05  # of the time may go into snapshots
MAX_LR = 1000
SMALL = 10**7  # weights times batch, below which one core is faster than several
DIVERGED = 1e6  # a loss this many times the first one (or 1) will not come back


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Training at one moment: `weights` as in state_dict, on the CPU, shared with nothing."""

    step: int
    epoch: float
    weights: dict[str, Tensor]
    metrics: Metrics


class Engine:
    """Trains a copy of a network with Adam; parameters and errors as for `Trainer`.

    `snapshot` is replaced as a whole, so any thread may read it at any time. `message` says why training failed;
    the network is then the last good one, that of the latest snapshot.
    """

    def __init__(
        self,
        network: nn.Sequential,
        x: ArrayLike | Tensor,
        y: ArrayLike | Tensor,
        objective: str | Objective,
        *,
        epochs: int,
        batch_size: int,
        lr: float,
        seed: int,
        device: str,
        **objective_options: Any,
    ) -> None:
        if min(epochs, batch_size) < 1:
            raise ValueError(f"epochs and batch_size must be 1 or above, got {epochs} and {batch_size}")
        self.objective = make_objective(objective, **objective_options)
        self.epochs, self.batch_size, self.lr, self.seed = epochs, batch_size, check_lr(lr), seed
        self.device = _device(device)
        self.network = copy.deepcopy(network).to(self.device).requires_grad_(True)
        self.x, self.y = _data(self.network, x, y, self.device)
        work = min(batch_size, len(self.x)) * sum(parameter.numel() for parameter in self.network.parameters())
        self.cores = 1 if work <= SMALL else torch.get_num_threads()
        self._initial = copy.deepcopy(self.network.state_dict())
        self.reset()

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.x) // self.batch_size)

    @property
    def total_steps(self) -> int:
        return self.epochs * self.steps_per_epoch

    def reset(self) -> None:
        """Back to the initial weights, batches and randomness."""
        self.network.load_state_dict(self._initial)
        self.network.train()
        self._optimizer = torch.optim.Adam(self.network.parameters(), lr=self.lr)
        self._random = torch.Generator().manual_seed(self.seed)
        self.step = 0
        self.terms: Metrics = {}
        self.message = ""
        self._largest_loss = math.inf
        self._publish()

    def run(
        self,
        until: int,
        halted: Callable[[], bool] = lambda: False,
        each: Callable[[Metrics], None] = lambda terms: None,
    ) -> None:
        """Train until a step, the end, a failure or `halted()`, with snapshots on the way and at the end.

        `each` is given the terms of every step.
        """
        while self.step < min(until, self.total_steps) and not self.message and not halted():
            self._advance()
            each(self.terms)
            if time.monotonic() >= self._next_snapshot:
                self._publish()
        if not self.message:
            self._publish()

    def error(self, points: int | None = None) -> float:
        """The share of the first `points` data points, or of all, that the network gets wrong."""
        self.network.eval()
        error = error_rate(self.network, self.x[:points], self.y[:points])
        self.network.train()
        return error

    def fail(self, message: str) -> None:
        """Return to the last good network, and keep the message."""
        self.network.load_state_dict(self.snapshot.weights)
        self.step = self.snapshot.step
        self.message = message

    def _advance(self) -> None:
        """One step of Adam on the next batch."""
        start = self.step % self.steps_per_epoch * self.batch_size
        if start == 0:
            self._order = torch.randperm(len(self.x), generator=self._random)
        batch = self._order[start : start + self.batch_size].to(self.device)
        progress = Progress(self.step / self.steps_per_epoch, self.epochs)
        terms = self.objective(self.network, self.x[batch], self.y[batch], progress, self._random)
        loss = torch.stack(list(terms.values())).sum()
        value = float(loss.detach())
        if not (math.isfinite(value) and value <= self._largest_loss):
            self.fail(f"Training diverged: the loss is {value:.3g} at step {self.step}. Try a smaller learning rate.")
            return
        if self.step == 0:
            self._largest_loss = DIVERGED * max(1.0, value)
        for group in self._optimizer.param_groups:
            group["lr"] = self.lr
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        self.step += 1
        self.terms = {"loss": value, **{name: float(term.detach()) for name, term in terms.items()}}

    def _publish(self) -> None:
        """Swap in a new snapshot, unless the weights are no longer finite."""
        started = time.monotonic()
        weights = {name: tensor.detach().to("cpu", copy=True) for name, tensor in self.network.state_dict().items()}
        if not all(bool(torch.isfinite(tensor).all()) for tensor in weights.values()):
            if self.step == 0:
                raise ValueError("the network's weights hold NaN or infinite values; begin with others")
            self.fail(f"Training diverged: weights are infinite at step {self.step}. Try a smaller learning rate.")
            return
        metrics = {**self.terms, "error": self.error(PROBE)}
        self.snapshot = Snapshot(self.step, self.step / self.steps_per_epoch, weights, metrics)
        now = time.monotonic()
        self._next_snapshot = now + max(INTERVAL, (now - started) / SHARE)


def error_rate(network: nn.Sequential, x: ArrayLike | Tensor, y: ArrayLike | Tensor) -> float:
    """The share of points x (n, *input_shape) with labels y (n,) that a network in eval mode gets wrong."""
    like = next(network.parameters())
    points, labels = _tensor(x).to(like), _tensor(y).to(like.device)
    with torch.no_grad():
        batches = zip(points.split(PROBE), labels.split(PROBE))
        wrong = sum(int((network(some).argmax(1) != right).sum()) for some, right in batches)
    return wrong / len(labels)


def check_lr(lr: float) -> float:
    """The learning rate itself, if it is one."""
    if not 0 < lr <= MAX_LR:
        raise ValueError(f"lr must lie above 0 and be at most {MAX_LR}, got {lr}")
    return lr


def _device(device: str) -> torch.device:
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        found = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"device must be auto, cpu or cuda, got {device!r}") from error
    if found.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"there is no CUDA device here for device={device!r}; use auto or cpu")
    return found


def _tensor(value: ArrayLike | Tensor) -> Tensor:
    return value if isinstance(value, Tensor) else torch.tensor(value)


def _data(
    network: nn.Sequential, x: ArrayLike | Tensor, y: ArrayLike | Tensor, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Points in the network's dtype and labels, on the device, checked against each other and the network."""
    dtype = next((parameter.dtype for parameter in network.parameters()), torch.float32)
    points, labels = _tensor(x).to(device, dtype), _tensor(y).to(device)
    if len(points) == 0 or labels.shape != (len(points),) or labels.is_floating_point():
        raise ValueError(
            f"x must be (n, *input_shape) with n > 0 and y (n,) whole numbers, "
            f"got {tuple(points.shape)} and {tuple(labels.shape)} of {labels.dtype}"
        )
    if not bool(torch.isfinite(points).all()):
        raise ValueError("x holds NaN or infinite values")
    try:
        with torch.no_grad():
            classes = network.eval()(points[:1]).shape[-1]
    except RuntimeError as error:
        raise ValueError(f"points of shape {tuple(points.shape[1:])} do not fit the network: {error}") from error
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= classes:
        raise ValueError(f"labels must be 0..{classes - 1} for {classes} classes, got {lowest}..{highest}")
    return points, labels.long()
