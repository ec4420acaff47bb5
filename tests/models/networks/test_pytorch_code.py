"""The code that is copied builds the network again, without this project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from geometry.network.network import Normalize
from models.files.network_files import save_network
from models.networks.builders import mlp
from models.networks.pytorch_code import as_pytorch_code


def small_image_network() -> nn.Sequential:
    network = nn.Sequential(
        nn.Unflatten(1, (2, 4, 4)), Normalize([0.1, 0.2], [0.3, 0.4]), nn.Conv2d(2, 3, 3, padding="same"),
        nn.BatchNorm2d(3), nn.LeakyReLU(0.1), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(12, 3),
    )  # fmt: skip
    network(torch.rand(10, 32))
    return network.eval()


@pytest.mark.parametrize(
    ("network", "inputs"),
    [
        (mlp((2, 9, 3)), 2),
        (mlp((2, 9, 3), 0.3).double(), 2),
        (small_image_network(), 32),
        (mlp((2, 9, 3), "abs"), 2),
        (mlp((2, 9, 3), "clip"), 2),
    ],
    ids=["mlp", "leaky float64", "image", "abs", "clip"],
)
def test_the_code_builds_the_same_network(network: nn.Sequential, inputs: int) -> None:
    namespace: dict[str, nn.Module] = {}
    exec(as_pytorch_code(network), namespace)  # type: ignore[arg-type]
    x = torch.rand(5, inputs, dtype=next(network.parameters()).dtype)
    assert torch.equal(namespace["network"](x), network(x))


def test_large_networks_load_the_file_that_is_saved_beside_the_code(tmp_path: Path) -> None:
    network = mlp((2, 60, 60, 2))
    save_network(network, tmp_path / "mine.safetensors")
    code = as_pytorch_code(network, "mine.safetensors")
    assert len(code) < 1000
    (tmp_path / "code.py").write_text(code + "print(network(torch.ones(1, 2)).tolist())\n")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [sys.executable, "code.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == str(network(torch.ones(1, 2)).tolist())
