"""Optional files next to the repository that benchmarks compare with: prototypes, MNIST, a published network.

Where a file is missing, a benchmark prints one line and goes on without it, or with a replacement from the project: its
own digits, or a network of the gallery with the same layers as the published one.
"""

from __future__ import annotations

import gzip
import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models import load_images, load_network
from models.gallery import load_shipped

SHARED = Path(__file__).resolve().parents[2] / "shared"
OWN_CNN = "mnist-cnn-linf-kw"  # of the gallery


def mnist_folder() -> Path:
    return SHARED / "data" / "mnist"


def kw_file() -> Path:
    """Wong and Kolter's published MNIST network, for l-infinity at eps = .1."""
    return SHARED / "reference" / "kw-mnist-cnn-linf-0.1.pth"


def prototype_file(name: str) -> Path:
    return SHARED / "prototypes" / f"{name}.py"


def prototype(name: str) -> ModuleType | None:
    """An older version of an algorithm, to compare with; None, with a printed line, where it is missing."""
    path = prototype_file(name)
    if not path.exists():
        left_out(f"the comparison with the prototype {path.name}")
        return None
    sys.path.append(str(path.parent))
    spec = importlib.util.spec_from_file_location(f"prototype_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def digits() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(n, 1, 28, 28) images in [0, 1] and (n,) labels: MNIST's test set, or the project's own digits."""
    folder = mnist_folder()
    if not folder.is_dir():
        left_out("MNIST's test set; instead: 1 000 digits of its training set")
        images = load_images("mnist-5k", "test")
        return images.x.astype(np.float64), images.y
    pixels = gzip.decompress((folder / "t10k-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "t10k-labels-idx1-ubyte.gz").read_bytes())
    x = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 1, 28, 28) / 255
    return x, np.frombuffer(labels, np.uint8, offset=8).astype(np.int64)


def first_digits(count: int) -> Tensor:
    """(count, 1, 28, 28) float32."""
    return torch.from_numpy(digits()[0][:count].astype(np.float32))


def kw_network() -> nn.Sequential:
    """Wong and Kolter's published network, or one of the gallery with the same layers and objective."""
    if kw_file().exists():
        return load_network(kw_file(), input_shape=(1, 28, 28))
    left_out(f"Wong and Kolter's published network; instead: {OWN_CNN} of the gallery")
    return load_shipped(OWN_CNN).network


@cache
def left_out(missing: str) -> None:
    """Print once what is left out; on stderr, since other programs may read the numbers."""
    print(f"left out, since it does not lie beside the repository: {missing}", file=sys.stderr, flush=True)
