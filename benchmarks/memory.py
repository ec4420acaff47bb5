"""Memory of enumerations and certifications: `python -m benchmarks.memory [regions] [certification]`.

Every row is measured in a process of its own, and printed next to the memory reserved for it in the budget
(`geometry.computation.memory`). For regions: the peak of the enumeration, and with scores, pieces, areas and decision
boundary. For certification: robust error and radii of a few digits. Exit status 1 if a row takes more than twice its
reservation.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys

import numpy as np
import torch

from benchmarks.peak_memory import peak_bytes
from certify.bounds.batches import certification_bytes
from certify.dataset.robust_error import robust_error
from certify.dataset.sorted_radii import sorted_radii
from geometry import Network, Plane, as_network, enumerate_regions
from geometry.regions.enumerate_in_memory import region_bytes
from models.data.images import load_images
from models.gallery import load_shipped
from models.networks.builders import image_mlp, random_network

TOY, DEEP = "2-100-100-100-2", "784-1024-512-10"
REGIONS = (TOY, "mnist-fc1-linf-plain", DEEP, "mnist-cnn-linf-kw")
CERTIFICATION = (
    ("mnist-fc1-linf-kw", 8, "crown", math.inf),
    ("mnist-fc1-linf-kw", 8, "crown", 2),
    ("mnist-cnn-linf-kw", 1, "fast-lin", 2),
    ("mnist-cnn-linf-plain", 1, "alpha-crown", math.inf),
)


def peak() -> float:
    """Peak memory of this process, in MB."""
    return peak_bytes() / 1e6


def network_of(name: str) -> Network:
    if name == TOY:
        return as_network(random_network(seed=0).double(), (2,))
    if name == DEEP:
        return as_network(image_mlp((1024, 512)).double(), (1, 28, 28))
    shipped = load_shipped(name)
    return as_network(shipped.network, shipped.input_shape).to(torch.float64)


def regions_memory(name: str) -> tuple[float, float]:
    """MB at the peak with all that a page computes of the regions, and MB reserved."""
    network, plane, window = network_of(name), Plane.identity(), (-3.0, 3.0, -3.0, 3.0)
    if network.input_shape != (2,):
        corners = load_images("mnist-5k").x[[1, 4, 7]].astype(np.float64)
        plane = Plane.through(*corners)
        spots = plane.project(corners)
        (s, t), half = (spots.min(0) + spots.max(0)) / 2, float(np.ptp(spots, axis=0).max())
        window = (s - half, s + half, t - half, t + half)
    before = peak()
    regions = enumerate_regions(network, window, plane)
    enumeration = peak() - before
    _ = regions.pieces, regions.areas(), regions.classes, regions.decision_boundary()
    print(f"{len(regions):9,} regions  enumerated with {enumeration:6.0f} MB  ", end="")
    return peak() - before, len(regions) * region_bytes(network) / 1e6


def certification_memory(name: str, points: int, method: str, p: float) -> tuple[float, float]:
    """MB at the peak of robust error and radii of `points` digits at once, and MB reserved."""
    network, digits = network_of(name), load_images("mnist-5k")
    x, y = digits.x[:points].astype(np.float64), digits.y[:points]
    before = peak()
    for _ in robust_error(network, x, y, [0.1], p, methods=(method,), attack="pgd", box=(0.0, 1.0), chunk=points):
        pass
    for _ in sorted_radii(network, x, y, p, method, box=(0.0, 1.0), chunk=points):
        pass
    return peak() - before, certification_bytes(network) / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="regions|certification")
    parser.add_argument("--one", nargs=2, metavar=("KIND", "NUMBER"), help="measure one, in this process")
    options = parser.parse_args()
    if options.one:
        kind, number = options.one[0], int(options.one[1])
        taken = regions_memory(REGIONS[number]) if kind == "regions" else certification_memory(*CERTIFICATION[number])
        print(f"taken {taken[0]:6.0f} MB  reserved {taken[1]:6.0f} MB")
        return int(taken[0] > 2 * taken[1])
    worst = 0
    for kind, rows in (("regions", REGIONS), ("certification", CERTIFICATION)):
        for number, row in enumerate(rows if not options.kinds or kind in options.kinds else ()):
            print(f"{row if isinstance(row, str) else ' '.join(map(str, row)):36s}", end="", flush=True)
            command = [sys.executable, "-m", "benchmarks.memory", "--one", kind, str(number)]
            worst = max(worst, subprocess.run(command, check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
