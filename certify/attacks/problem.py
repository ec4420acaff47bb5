"""The problem of an attack: points, their ball and box, and the network's margins and gradients."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
import torch
from torch import Tensor

from certify.attacks.ball_projection import inside, interval, nearest_step, project
from certify.perturbation.points import Points
from certify.regions.witnesses import margins_at
from geometry.computation.cached_property import cached_property
from geometry.network.network import Network
from geometry.norms import Array, Norm

SEGMENT_HALVINGS = 30  # of the segment from x to an adversarial point: to 1e-9 of its length


@dataclass(frozen=True, eq=False)
class Problem:
    """n points to be moved to another class, flat, in the caller's dtype and on its device.

    `eps` (n,) is the radius they may move by, infinite where none was given; `low` and `high` (input_units,) are the
    legal inputs. `points` holds the same points with the float64 network, which judges the result.
    """

    points: Points
    labels: Tensor
    eps: Tensor
    low: Tensor
    high: Tensor
    seed: int

    @property
    def network(self) -> Network:
        return self.points.network

    @property
    def x(self) -> Tensor:
        return self.points.x

    @property
    def p(self) -> Norm:
        return self.points.p

    def some(self, which: slice) -> Problem:
        """The same problem for some of the points."""
        return replace(self, points=self.points[which], labels=self.labels[which], eps=self.eps[which])

    def random_steps(self, number: int) -> Tensor:
        """(n, d) random steps of l_p length up to 1, the `number`-th of each point.

        They depend on the point, the seed and the number alone: the result must not depend on which points are attacked
        together.
        """
        drawn = [self._random_step(key, number) for key in self._keys]
        steps = np.stack(drawn) if drawn else np.zeros(tuple(self.x.shape))
        return torch.from_numpy(steps).to(self.x)

    @cached_property
    def _keys(self) -> list[int]:
        """A hash of each point."""
        exact = numpy64(self.x)
        return [int.from_bytes(blake2b(point.tobytes(), digest_size=8).digest(), "little") for point in exact]

    def _random_step(self, key: int, number: int) -> Array:
        random, d = np.random.default_rng((self.seed, key, number)), self.x.shape[1]
        length = random.random()
        if self.p == math.inf:
            return np.asarray(length * random.uniform(-1, 1, d))
        # signed exponentials are uniform on the l1 sphere, normal numbers on the l2 sphere
        direction = random.laplace(size=d) if self.p == 1 else random.standard_normal(d)
        return np.asarray(length * direction / np.linalg.norm(direction, self.p))

    def project(self, z: Tensor) -> Tensor:
        """(n, d) -> the nearest points (l2) inside ball and box."""
        if self.p == math.inf:
            return torch.clamp(z, *self._interval)
        return project(z, self.x, self.eps, self.p, self.low, self.high)

    def nearly_projected(self, z: Tensor) -> Tensor:
        """As `project`, but for rounding, which may leave the ball by some bits: for iterates."""
        if self.p == math.inf:
            return self.project(z)
        return self.x + nearest_step(z, self.x, self.eps, self.p, self.low, self.high)

    def inside(self, z: Tensor) -> Tensor:
        """Points moved into the ball and the box by the bits by which rounding left them."""
        return z if self.p == math.inf else inside(self.x, z - self.x, self.eps, self.p, self.low, self.high)

    @cached_property
    def _interval(self) -> tuple[Tensor, Tensor]:
        return interval(self.x, self.eps, self.low, self.high)

    def distances(self, z: Tensor) -> Tensor:
        """(n,) of z from x."""
        return torch.linalg.vector_norm(z - self.x, self.p, dim=1)

    def margins(self, z: Tensor) -> Tensor:
        """(n,) f_label - max over the other classes; differentiable. At most 0 where the class is lost."""
        return margins_of(self.network.scores(z), self.labels)

    def adversarial(self, z: Tensor) -> Tensor:
        """(n,) whether the network's own argmax at z is another class."""
        with torch.no_grad():
            return self.network.scores(z).argmax(dim=1) != self.labels

    def judged(self, z: Tensor) -> Tensor:
        """(n,) whether the float64 network has another class at z, by more than its rounding error."""
        margins, errors = margins_at(self.points.exact, numpy64(z), self.points.labels)
        return torch.from_numpy(margins < -errors).to(self.labels.device)

    @torch.no_grad()
    def shortened(self, z: Tensor) -> Tensor:
        """Adversarial points moved towards x by bisection while they stay adversarial; other points unchanged."""
        lost = self.judged(z)
        inner, outer = torch.zeros_like(z[:, :1]), torch.ones_like(z[:, :1])
        for _ in range(SEGMENT_HALVINGS):
            middle = (inner + outer) / 2
            works = (self.judged(self._between(z, middle)) & lost)[:, None]
            inner, outer = inner.where(works, middle), middle.where(works, outer)
        return self._between(z, outer)

    def _between(self, z: Tensor, share: Tensor) -> Tensor:
        """x + share (z - x), z itself for a share of 1, inside the box."""
        return torch.where(share == 1, z, self.x + share * (z - self.x)).clamp(self.low, self.high)


def margins_of(logits: Tensor, labels: Tensor) -> Tensor:
    """(n, classes) logits -> (n,) f_label - max over the other classes."""
    own = logits.gather(1, labels[:, None])
    others = logits.scatter(1, labels[:, None], -math.inf)
    return (own - others.amax(dim=1, keepdim=True))[:, 0]


@torch.no_grad()
def logits_and_gradients(network: Network, z: Tensor) -> tuple[Tensor, Tensor]:
    """(n, input_units) -> logits (n, classes) and their gradients (n, classes, input_units)."""
    preactivations = network.preactivations(z)
    rows = torch.eye(network.classes, dtype=z.dtype, device=z.device).repeat(len(z), 1)
    for k in range(len(network.layers) - 1, -1, -1):
        rows = network.layers[k].affine.transpose(rows)
        if k:
            bends = torch.where(preactivations[k - 1] > 0, 1.0, network.layers[k - 1].below).to(z.dtype)
            rows = (rows.reshape(len(z), network.classes, -1) * bends[:, None]).reshape(len(rows), -1)
    return preactivations[-1], rows.reshape(len(z), network.classes, -1)


def numpy64(tensor: Tensor) -> Array:
    values: Array = tensor.detach().double().cpu().numpy()
    return values
