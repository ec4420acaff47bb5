"""One training run, step by step, in the thread that calls it."""

from __future__ import annotations

import copy
import hashlib
import math
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from geometry.computation.cached_property import cached_property
from geometry.computation.cancellation import Cancelled, never
from geometry.computation.cores import cores_for
from geometry.network.network import class_scores
from models.networks.error_rate import PROBE, error_rate, tensor_of
from models.objectives import Objective, Progress, make_objective
from models.training.augmentation import augmentation
from models.training.devices import torch_device
from models.training.learning_rates import Drops, check_drops, check_lr, stepped
from models.training.timeline import Metrics, Records, Snapshot, Timeline

INTERVAL = 0.05  # seconds between snapshots, unless SHARE makes them rarer: a limit of 20 a second
SHARE = 0.05  # of the time may go into snapshots: a limit on what watching costs
DIVERGED = 1e6  # a loss above this many times the first one (or 1) counts as diverged: a limit that ends training
MAX_SEED = 2**63  # NumPy's and torch's generators take no larger one


class Pulse:
    """A timer for snapshots: every `INTERVAL`, but rarely enough that they take at most `SHARE` of the time.

    `with pulse:` surrounds the snapshot, which it times.
    """

    def __init__(self) -> None:
        self._next = -math.inf

    def due(self) -> bool:
        return time.monotonic() >= self._next

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        now = time.monotonic()
        self._next = now + max(INTERVAL, (now - self._began) / SHARE)


class Engine:
    """Trains a copy of a network with Adam; parameters and errors as for `Trainer`.

    `snapshot` is replaced as a whole, so any thread may read it at any time. `message` is the reason why training
    failed; the network is then that of the latest snapshot. While a thread holds the lock `whole`, the network's
    parameters, the optimiser's moments and `step` belong to the same completed step.

    The batch of a step and its random numbers depend on seed and step alone. So objectives with the same seed see the
    same batches, and training resumes exactly from any step.
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
        lr_drop: Drops = None,
        lr_divisor: float = 10,
        seed: int,
        device: str,
        augment: str | None = None,
        timeline: Timeline | None = None,
        **objective_options: Any,
    ) -> None:
        if min(epochs, batch_size) < 1:
            raise ValueError(f"epochs and batch_size must be 1 or above, got {epochs} and {batch_size}")
        if not 0 <= seed < MAX_SEED:
            raise ValueError(f"seed must be a whole number from 0 and below 2^63, got {seed}")
        check_drops(lr_drop, lr_divisor)
        self.objective = make_objective(objective, **objective_options)
        self.epochs, self.batch_size, self.seed = epochs, batch_size, seed
        self.lr, self.lr_drop, self.lr_divisor = check_lr(lr), lr_drop, lr_divisor
        self.device = torch_device(device)
        self.network = copy.deepcopy(network).to(self.device).requires_grad_(True)
        self.x, self.y = _data(self.network, x, y, self.device)
        self.augment, self._augmentation = augment, augmentation(augment, self.x)
        work = min(batch_size, len(self.x)) * sum(parameter.numel() for parameter in self.network.parameters())
        self.cores = cores_for(work, repeatable=True)
        self.whole = threading.RLock()
        self.notice = ""  # a warning about the checkpoint that it resumes
        self._dropout = any(isinstance(module, (nn.Dropout, nn.Dropout2d)) for module in self.network.modules())
        self.initial = copy.deepcopy(self.network.state_dict())
        self.timeline = Timeline(2) if timeline is None else timeline
        self.losses = Records()
        self.reset()

    def keep_buffers(self) -> None:
        """Copy BatchNorm's running statistics after a completed step, as the next step changes them at its begin."""
        self.buffers = {name: buffer.clone() for name, buffer in self.network.named_buffers()}

    def initial_network(self) -> nn.Sequential:
        """A new network with the weights training began with."""
        network = copy.deepcopy(self.network)
        network.load_state_dict(self.initial)
        return network

    @cached_property
    def data(self) -> str:
        """A fingerprint of the points and their labels."""
        digest = hashlib.sha256()
        for tensor in (self.x, self.y):
            digest.update(str((tensor.dtype, tuple(tensor.shape))).encode())
            digest.update(tensor.cpu().contiguous().numpy().data)
        return digest.hexdigest()

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.x) // self.batch_size)

    @property
    def total_steps(self) -> int:
        return self.epochs * self.steps_per_epoch

    @property
    def ended(self) -> bool:
        """Whether there is no next step: all are done or training has failed."""
        return bool(self.message) or self.step >= self.total_steps

    @property
    def progress(self) -> Progress:
        return Progress(self.step / self.steps_per_epoch, self.epochs)

    @property
    def lr_now(self) -> float:
        """The learning rate of the next step."""
        return stepped(self.lr, self.lr_drop, self.lr_divisor, self.progress.epoch, self.epochs)

    def reset(self) -> None:
        """Back to the initial weights, and to the first batch."""
        with self.whole:
            self.network.load_state_dict(self.initial)
            self.network.train()
            self.optimizer = torch.optim.Adam(self.network.parameters(), lr=self.lr, fused=True)
            self.step = 0
            self.keep_buffers()
        self._random = torch.Generator()
        self._epoch = -1
        self.seconds = 0.0  # that steps have taken
        self.terms: Metrics = {}
        self.message = ""
        self.largest_loss = math.inf
        self.losses.forget()
        self.publish(first=True)

    def run(
        self,
        until: int,
        cancelled: Cancelled = never,
        each: Callable[[Metrics], None] = lambda terms: None,
    ) -> None:
        """Train until step `until`, the last step, a failure or `cancelled`, with snapshots during it and at its end.

        `each` is called with the terms of every step.
        """
        pulse = Pulse()
        while self.step < until and not self.ended and not cancelled():
            self.advance()
            each(self.terms)
            if pulse.due():
                with pulse:
                    self.publish_last()
        self.publish_last()

    def error(self, points: int | None = None) -> float:
        """The share of the first `points` data points, or of all, that the network gets wrong."""
        self.network.eval()
        error = error_rate(self.network, self.x[:points], self.y[:points])
        self.network.train()
        return error

    def fail(self, message: str) -> None:
        """Return to the network of the latest snapshot, and keep the message."""
        with self.whole:
            self.message = message
            self.network.load_state_dict(self.snapshot.weights)
            self.step = self.snapshot.step
            self.keep_buffers()
        self.losses.forget(after=self.step)

    def advance(self) -> None:
        """One step of Adam on the next batch."""
        began = time.monotonic()
        batch = self._batch()
        chance = (self.seed * 1_000_003 + self.step) % 2**32
        self._random.manual_seed(chance)
        if self._dropout:
            torch.manual_seed(chance)  # Dropout draws from torch's global generator
        x = self.x[batch]
        if self._augmentation is not None:
            x = self._augmentation.apply(x, self._drawn, batch)
        terms = self.objective(self.network, x, self.y[batch], self.progress, self._random)
        stacked = torch.stack(list(terms.values()))
        values = dict(zip(terms, stacked.tolist()))
        value = sum(values.values())
        if not (math.isfinite(value) and value <= self.largest_loss):
            self.fail(f"Training diverged: the loss is {value:.3g} at step {self.step}. Try a smaller learning rate.")
            return
        if self.step == 0:
            self.largest_loss = DIVERGED * max(1.0, value)
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr_now
        self.optimizer.zero_grad(set_to_none=True)
        stacked.sum().backward()
        with self.whole:
            self.optimizer.step()
            self.step += 1
            self.terms = {"loss": value, **values}
            self.keep_buffers()
        self.losses.record(self.step, self.terms)
        self.seconds += time.monotonic() - began

    def _batch(self) -> Tensor:
        """Indices of the next batch. Every epoch visits all points in a new random order, newly augmented."""
        epoch, at = divmod(self.step, self.steps_per_epoch)
        if epoch != self._epoch:
            order = np.random.default_rng((self.seed, epoch)).permutation(len(self.x))
            self._order, self._epoch = torch.from_numpy(order).to(self.device), epoch
            if self._augmentation is not None:
                self._drawn = self._augmentation.draw(len(self.x), self.seed, epoch, self.device)
        return self._order[at * self.batch_size : (at + 1) * self.batch_size]

    def publish_last(self) -> None:
        """Publish a snapshot of this step, unless there is one or training has failed."""
        if not self.message and self.step > self.snapshot.step:
            self.publish()

    def publish(self, first: bool = False) -> None:
        """Replace the snapshot by a new one. If the weights are not finite, training fails instead."""
        weights = {name: tensor.detach().to("cpu", copy=True) for name, tensor in self.network.state_dict().items()}
        if not all(bool(torch.isfinite(tensor).all()) for tensor in weights.values()):
            if first:
                raise ValueError("the network's weights hold NaN or infinite values; begin with others")
            self.fail(f"Training diverged: weights are infinite at step {self.step}. Try a smaller learning rate.")
            return
        snapshot = Snapshot(self.step, self.progress.epoch, weights, {**self.terms, "error": self.error(PROBE)})
        if first:
            self.timeline.restart(snapshot)
        else:
            self.timeline.append(snapshot)
        self.snapshot = snapshot


def _data(
    network: nn.Sequential, x: ArrayLike | Tensor, y: ArrayLike | Tensor, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Points in the network's dtype and labels, on the device, checked against each other and the network."""
    dtype = next((parameter.dtype for parameter in network.parameters()), torch.float32)
    points, labels = tensor_of(x).to(device, dtype), tensor_of(y).to(device)
    if len(points) == 0 or labels.shape != (len(points),) or labels.is_floating_point():
        raise ValueError(
            f"x must be (n, *input_shape) with n > 0 and y (n,) whole numbers, "
            f"got {tuple(points.shape)} and {tuple(labels.shape)} of {labels.dtype}"
        )
    if not bool(torch.isfinite(points).all()):
        raise ValueError("x holds NaN or infinite values")
    try:
        with torch.no_grad():
            classes = class_scores(network.eval()(points[:1])).shape[-1]
    except RuntimeError as error:
        raise ValueError(f"points of shape {tuple(points.shape[1:])} do not fit the network: {error}") from error
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= classes:
        raise ValueError(f"labels must be 0..{classes - 1} for {classes} classes, got {lowest}..{highest}")
    return points, labels.long()
