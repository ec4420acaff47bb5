"""PGD's processor time beside foolbox's, at the same steps and success: `python -m benchmarks.attacks`.

Forty steps from the point itself, 200 digits, one core, in turn, best of three. Without foolbox, which `make test`
installs, the comparison is left out.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.outside import digits, left_out
from certify import attack
from geometry.network.network import as_network
from geometry.norms import Norm
from models.gallery import load_shipped

CASES = (
    ("mnist-fc1-linf-kw", math.inf, 0.1),
    ("mnist-fc1-linf-kw", 2, 0.5),
    ("mnist-cnn-linf-kw", math.inf, 0.1),
    ("mnist-cnn-linf-plain", math.inf, 0.1),
    ("mnist-cnn-linf-kw", 2, 1.0),
)
T = TypeVar("T")
STEPS, POINTS, REPEATS = 40, 200, 3


def main() -> None:
    torch.set_num_threads(1)
    if find_spec("foolbox") is None:
        left_out("foolbox: run `make test` first")
        return
    x, y = digits()
    x, y = x[:POINTS].astype(np.float32), y[:POINTS]
    print(f"{'network':<24}{'norm':>6}{'foolbox s':>12}{'ours s':>10}{'ratio':>8}{'success: both':>16}")
    for name, p, eps in CASES:
        other, own, found = _compared(name, p, eps, x, y)
        print(f"{name:<24}{p:>6}{other:>12.2f}{own:>10.2f}{own / other:>8.2f}{found:>16}", flush=True)


def _compared(
    name: str, p: Norm, eps: float, x: NDArray[np.floating], y: NDArray[np.int64]
) -> tuple[float, float, str]:
    """Seconds of foolbox and ours, and how many points each moves to another class."""
    import foolbox

    module = load_shipped(name).network.float().eval()
    network = as_network(module, x.shape[1:])
    model = foolbox.PyTorchModel(module, bounds=(0, 1))
    kind = foolbox.attacks.L2PGD if p == 2 else foolbox.attacks.LinfPGD
    theirs = kind(steps=STEPS, random_start=False, rel_stepsize=2 / STEPS)
    inputs, labels = torch.from_numpy(x), torch.from_numpy(y)
    times: list[tuple[float, float]] = []
    for _ in range(REPEATS):
        other, found = _timed(lambda: theirs(model, inputs, labels, epsilons=eps)[2])
        own, result = _timed(lambda: attack(network, x, y, "pgd", eps=eps, p=p, box=(0, 1), restarts=1))
        times.append((other, own))
    other, own = (min(column) for column in zip(*times))
    return other, own, f"{int(found.sum())}, {int(result.success.sum())}"


def _timed(run: Callable[[], T]) -> tuple[float, T]:
    began = time.process_time()
    result = run()
    return time.process_time() - began, result


if __name__ == "__main__":
    main()
