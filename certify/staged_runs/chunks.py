"""How many points are one task of a run."""

from __future__ import annotations

from geometry.network.network import Network

SECONDS = 2.0  # expected seconds of a task: limits what an interrupted run has computed in vain
MOST = 256  # points of a task: no product is faster with more
TIMED = 10.0  # seconds of an attack with a time limit, as they are expected at most
NUMBERS = 1 << 20  # units and inputs of all points of a task, which limits its memory


def chunk(network: Network, seconds: float) -> int:
    """The points of one task, where a point is expected to take so many seconds. It depends on nothing else."""
    fitting = NUMBERS // (network.input_units + sum(network.widths))
    return max(1, min(MOST, fitting, int(SECONDS / max(seconds, 1e-9))))
