"""What `benchmarks.tuning` runs for one constant, and networks for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, partial
from unittest.mock import patch

import numpy as np
import torch

from benchmarks import exact, regions
from benchmarks.outside import digits
from geometry import as_network
from geometry.network.network import Network
from geometry.norms import Array
from models.gallery import load_shipped

Run = Callable[[], float | None]


@dataclass(frozen=True)
class Workload:
    """A computation whose time, or whose result, depends on a constant.

    Parameters
    ----------
    title : what is computed
    make : prepares it, and returns what is measured: a function whose result, if it has one, should be small
    values : to compare with, in place of multiples of the value in use
    most_runs : where a run takes long
    """

    title: str
    make: Callable[[], Run]
    values: tuple[float, ...] = ()
    most_runs: int = 100


@cache
def random_network(*widths: int, dtype: torch.dtype = torch.float64) -> Network:
    """PyTorch's initial weights."""
    module = regions.default(partial(regions.mlp, *widths)).to(dtype)
    return as_network(module.requires_grad_(False), widths[:1])


@cache
def random_cnn(dtype: torch.dtype = torch.float64) -> Network:
    return as_network(regions.default(regions.cnn).to(dtype).requires_grad_(False), (1, 28, 28))


@cache
def trained(*widths: int) -> tuple[Network, Array]:
    """A small network trained on clusters, and points of them (n, inputs)."""
    module, x = exact.trained(list(widths))
    return as_network(module, widths[:1]), x


@cache
def shipped(name: str) -> tuple[Network, Array]:
    """A network of the gallery, and digits (n, 1, 28, 28)."""
    network = load_shipped(name).network.double().requires_grad_(False)
    return as_network(network, (1, 28, 28)), digits()[0][:200]


def processor_clock() -> AbstractContextManager[object]:
    """Within this block time limits count this process's processor time, so that they suit a busy machine, too."""
    return patch.object(time, "perf_counter", time.process_time)


def uniform(*shape: int) -> Array:
    return np.random.default_rng(0).random(shape)
