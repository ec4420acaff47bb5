"""Small files for the controls that take one: points, images, a network."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models import mlp, network_bytes
from tests.models.data.images.builders import npz, png
from tests.models.samples import torch_bytes

FOUR_POINTS = b"x,y,label\n0,0,0\n1,0,1\n0,1,1\n1,1,0\n"


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="reluscope-controls-"))


def _written(name: str, content: bytes) -> str:
    path = _folder() / name
    path.write_bytes(content)
    return str(path)


def points_file() -> str:
    """A CSV of four points."""
    return _written("four-points.csv", FOUR_POINTS)


def images_file() -> str:
    """An NPZ of 40 images 1×8×8 of two classes."""
    rng = np.random.default_rng(0)
    return _written("small.npz", npz(x=rng.integers(0, 256, (40, 8, 8), np.uint8), y=np.arange(40) % 2))


def picture_file() -> str:
    """A PNG."""
    return _written("picture.png", png(np.random.default_rng(1).integers(0, 256, (28, 28), np.uint8)))


def lesson_file() -> str:
    """A lesson of one step, which is a view of Explore."""
    return _written("lesson.txt", b"lesson: Small\n## One\nlink: /?data=xor\nWords.\n")


def network_file() -> str:
    """A state_dict for MNIST's digits."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(784, 8), nn.ReLU(), nn.Linear(8, 10))
    return _written("network.pth", torch_bytes(network.state_dict()))


def ambiguous_file() -> str:
    """A state_dict for MNIST's digits that several networks fit: it does not say how they pool."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 2, 5, padding=2), nn.ReLU(), nn.AvgPool2d(4), nn.Flatten(), nn.Linear(98, 10))
    return _written("ambiguous.pth", torch_bytes(network.state_dict()))


def cascade_file() -> str:
    """The state_dicts of two networks for MNIST's digits, as a cascade is saved."""
    torch.manual_seed(0)
    networks = [nn.Sequential(nn.Linear(784, width), nn.ReLU(), nn.Linear(width, 10)) for width in (8, 6)]
    return _written("cascade.pth", torch_bytes({"state_dict": [network.state_dict() for network in networks]}))


def aircraft_file() -> str:
    """A CSV of four encounters of two aircraft, with advice as ACAS Xu names it."""
    rows = ["rho [ft],theta [rad],psi [rad],v_own [ft/s],v_int [ft/s],advice", "2000,0.5,3,600,700,strong left",
            "9000,-1,1,300,800,clear of conflict", "40000,2,-2,900,200,clear of conflict",
            "15000,0.1,3.1,1000,1000,weak right"]  # fmt: skip
    return _written("aircraft.csv", "\n".join(rows).encode())


def numbers_network_file() -> str:
    """A network on three numbers."""
    torch.manual_seed(0)
    return _written("numbers.safetensors", network_bytes(mlp((3, 8, 3))))


def property_file() -> str:
    """A property in VNN-LIB about all of ACAS Xu's inputs, which is not decided within a minute."""
    limits = ((0, 60760), (-3.141593, 3.141593), (-3.141593, 3.141593), (100, 1200), (0, 1200))
    inputs = "".join(
        f"(declare-const X_{k} Real) (assert (>= X_{k} {low})) (assert (<= X_{k} {high}))\n"
        for k, (low, high) in enumerate(limits)
    )
    outputs = "".join(f"(declare-const Y_{k} Real)\n" for k in range(5))
    return _written("hard.vnnlib", f"{inputs}{outputs}(assert (>= Y_1 2.4))\n".encode())
