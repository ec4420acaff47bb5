"""Files that are not part of the repository, on machines that have them: where they lie and what they hold."""

from __future__ import annotations

import gzip
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

SHARED = Path(__file__).resolve().parents[2] / "shared"
REFERENCE = SHARED / "reference"  # networks trained by others, and values computed for them
MNIST = SHARED / "data" / "mnist"
NAMES = ("rsl18a-mnist-fc500", "kw-mnist-cnn") if REFERENCE.is_dir() and MNIST.is_dir() else ()
KEYS = {"1": 1, "2": 2, "inf": math.inf}  # of the norms, in the files of values


@cache
def values(name: str) -> dict[str, Any]:
    """What was computed elsewhere for one of NAMES."""
    return json.loads((REFERENCE / f"{name}.json").read_text())


@cache
def network(name: str) -> nn.Sequential:
    """One of NAMES in float64; inputs are (1, 28, 28)."""
    return (_kw_cnn() if name == "kw-mnist-cnn" else _rsl18a()).double().eval().requires_grad_(False)


@cache
def mnist_images() -> np.ndarray:
    """(10000, 1, 28, 28) in [0, 1], the test set."""
    raw = gzip.decompress((MNIST / "t10k-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 1, 28, 28) / 255.0


@cache
def mnist_labels() -> np.ndarray:
    """(10000,) of the test set."""
    raw = gzip.decompress((MNIST / "t10k-labels-idx1-ubyte.gz").read_bytes())
    return np.frombuffer(raw, np.uint8, offset=8).astype(np.int64)


def _kw_cnn() -> nn.Sequential:
    found = nn.Sequential(
        nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(),
        nn.Flatten(), nn.Linear(1568, 100), nn.ReLU(), nn.Linear(100, 10),
    )  # fmt: skip
    weights = torch.load(REFERENCE / "kw-mnist-cnn-linf-0.1.pth", weights_only=True, map_location="cpu")
    found.load_state_dict(weights)
    return found


def _rsl18a() -> nn.Sequential:
    found = nn.Sequential(nn.Flatten(), nn.Linear(784, 500), nn.ReLU(), nn.Linear(500, 10)).double()
    with np.load(REFERENCE / "rsl18a-mnist-fc500.npz") as stored:
        for layer, k in ((found[1], 1), (found[3], 2)):
            layer.load_state_dict({"weight": torch.tensor(stored[f"W{k}"]), "bias": torch.tensor(stored[f"b{k}"])})
    return found
