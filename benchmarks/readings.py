"""CPU time of scoring all readings of a state_dict: `python -m benchmarks.readings`.

A CNN of CIFAR's shape with two poolings, whose weights fit 19 networks, is scored with all usual normalisations on 200
and 500 images. The network panel waits for this once per file.
"""

from __future__ import annotations

import io
import time

import numpy as np
import torch
from torch import nn

from models import readings, scores

SHAPE = (3, 32, 32)
COUNTS = (200, 500)


def state_dict() -> bytes:
    """The state_dict of an untrained network with 560 000 weights, as bytes."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64 * 8 * 8, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip
    stream = io.BytesIO()
    torch.save(network.state_dict(), stream)
    return stream.getvalue()


def main() -> None:
    torch.set_num_threads(1)
    candidates = readings(state_dict(), input_shape=SHAPE)
    random = np.random.default_rng(0)
    for count in COUNTS:
        x, y = random.uniform(0, 1, (count, *SHAPE)).astype(np.float32), random.integers(0, 10, count)
        cpu = time.process_time()
        tried = scores(candidates, x, y, n=count)
        cpu = time.process_time() - cpu
        print(f"{len(candidates)} readings, {len(tried)} choices on {count} images: {cpu:.1f} s of CPU")


if __name__ == "__main__":
    main()
