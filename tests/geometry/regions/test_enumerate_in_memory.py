"""Regions that take their memory from the budget."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from geometry import as_network, enumerate_regions
from geometry.computation.memory import Budget, NoRoomError
from geometry.regions import enumerate_in_memory
from geometry.regions.enumerate_in_memory import LEAST, region_bytes
from models.networks.builders import mlp, random_network

NETWORK = as_network(mlp((2, 40, 40, 2), seed=3).double(), (2,))
WINDOW = (-3.0, 3.0, -3.0, 3.0)


@pytest.fixture
def budget(monkeypatch: pytest.MonkeyPatch) -> Budget:
    made = Budget(10**9)
    monkeypatch.setattr(enumerate_in_memory, "BUDGET", made)
    return made


def test_with_room_they_are_all_regions_and_count_until_the_map_is_gone(budget: Budget) -> None:
    expected = enumerate_regions(NETWORK, WINDOW)
    regions = enumerate_in_memory.regions_in_memory(NETWORK, WINDOW, max_regions=10**6)
    assert len(regions) == len(expected) and not regions.truncated
    assert 0 < 10**9 - budget.free < len(regions) * region_bytes(NETWORK)
    del regions
    gc.collect()
    assert budget.free == 10**9


def test_with_little_room_the_map_is_smaller_and_says_so(budget: Budget) -> None:
    wide = as_network(random_network(seed=0).double(), (2,))
    budget.reserve(round(10**9 - 1.2 * LEAST * region_bytes(wide)))
    regions = enumerate_in_memory.regions_in_memory(wide, WINDOW, max_regions=10**6)
    assert regions.truncated and len(regions) <= 1.2 * LEAST


def test_without_room_nothing_is_computed_and_nothing_stays_reserved(budget: Budget) -> None:
    other = budget.reserve(10**9)
    with pytest.raises(NoRoomError, match="smaller window"):
        enumerate_in_memory.regions_in_memory(NETWORK, WINDOW, max_regions=10**6)
    other.release()
    with pytest.raises(ValueError, match="area"):
        enumerate_in_memory.regions_in_memory(NETWORK, (0.0, 0.0, 0.0, 1.0), max_regions=10**6)
    assert budget.free == 10**9


MEASURE = """
import numpy as np
from benchmarks.peak_memory import peak_bytes
from geometry import Plane, as_network, enumerate_regions
from models.networks.builders import mlp
from geometry.regions.enumerate_in_memory import region_bytes
x = np.random.default_rng(0).random((3, 64))
plane = Plane.through(*x)
network = as_network(mlp((64, 256, 64, 10)).double(), (64,))
before = peak_bytes()
regions = enumerate_regions(network, (-10, 10, -10, 10), plane)
regions.pieces, regions.areas(), regions.classes, regions.decision_boundary()
grown = peak_bytes() - before
print(len(regions), grown, region_bytes(network) * len(regions))
"""


@pytest.mark.slow
def test_the_estimate_is_near_what_is_measured() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    count, measured, estimate = np.array(done.stdout.split(), float)
    assert count > 10_000
    assert measured / 1.5 < estimate < 3 * measured
