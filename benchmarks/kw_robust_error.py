"""KW's robust error on MNIST: `python -m benchmarks.kw_robust_error [--first N]`.

The published network's bound at l-infinity, eps = .1, without a box; in float64, decided above rounding errors. Over
the 10 000 test images the paper and the authors' code give 5.82 %. Needs the network and the images beside the
repository.
"""

from __future__ import annotations

import argparse
import gzip
import math
import time
from pathlib import Path

import numpy as np
import torch

from certify import complete, robust_error
from models import load_network

SHARED = Path(__file__).resolve().parents[2] / "shared"
NETWORK = SHARED / "reference" / "kw-mnist-cnn-linf-0.1.pth"
MNIST = SHARED / "data" / "mnist"
EPS = 0.1
CHUNK = 50


def pixels(name: str, offset: int) -> np.ndarray:
    return np.frombuffer(gzip.decompress((MNIST / name).read_bytes()), np.uint8, offset=offset)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=10_000, metavar="N", help="images, from the first")
    parser.add_argument("--methods", nargs="*", default=["fast-lin"])
    parser.add_argument("--attack", default="", help="as well, such as pgd: the error from below")
    options = parser.parse_args()
    if not NETWORK.exists() or not MNIST.is_dir():
        print(f"left out: {NETWORK.name} and MNIST are not beside the repository")
        return
    network = load_network(NETWORK).eval().requires_grad_(False)
    x = torch.from_numpy(pixels("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)[: options.first] / 255.0)
    labels = pixels("t10k-labels-idx1-ubyte.gz", 8)[: options.first].astype(np.int64)
    started, cpu = time.perf_counter(), time.process_time()
    found = complete(
        robust_error(network, x, labels, EPS, math.inf, methods=options.methods, attack=options.attack, chunk=CHUNK),
        lambda known: print(f"\r{known.done} / {known.total}", end="", flush=True),
    )
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(f"\r{found.done} images: clean error {found.clean:.2%}", end="")
    if options.attack:
        print(f", {options.attack} {found.lower()[0]:.2%}", end="")
    for method in options.methods:
        print(f", {method} {found.upper(method)[0]:.2%}", end="")
    print(f"; {seconds:.1f} s, {1e3 * cpu / max(1, found.done):.1f} ms of CPU per image")


if __name__ == "__main__":
    main()
