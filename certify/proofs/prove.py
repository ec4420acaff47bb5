"""Decide whether a class is safe within eps, and write the decision down so that others can check it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from certify.attacks import attacked
from certify.bounds.batches import largest_product
from certify.bounds.layerwise import layerwise_bounds
from certify.bounds.methods.crown import crown
from certify.exact.branch_and_bound import BranchAndBound
from certify.exact.minimal_perturbation import LARGEST_REGION
from certify.perturbation.perturbation import Numbers, as_tensor, checked_radii
from certify.perturbation.points import Points, checked_points
from certify.proofs.cases import Cases, NoMultipliersError
from certify.proofs.writing import FORMAT, array, claim, hidden_bounds, layers, to_json
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern
from geometry.box import BoxLike
from geometry.computation.cancellation import Cancelled, CancelScope, check_cancelled, is_cancelled
from geometry.computation.cores import by_work
from geometry.network.network import Network
from geometry.norms import Norm

Status = Literal["robust", "vulnerable", "unknown"]
Reason = Literal["", "time", "regions", "memory", "check"]
CHECKER = Path(__file__).with_name("check.py")
POLL = 0.05  # seconds between two looks at the checking process: limits how late a cancelled one ends
REASONS: dict[Reason, str] = {
    "time": "the time was over",
    "regions": "a single region is safe, and float64 found no multipliers that prove it",
    "memory": "the search needed more memory than it may use",
    "check": "float64 proves it, and exact arithmetic refuses the proof",
}


@dataclass(frozen=True, eq=False)
class Proof:
    """What was decided about one point, and the file that proves it.

    status : "robust": no other class is within eps; "vulnerable": a witness is; "unknown": nothing is proved
    content : the JSON file, None where nothing is proved
    says : what the check of the file says
    cases : leaves of all trees; 0 for a witness
    seconds : of the decision, and of the check
    reason : why nothing is proved, one of REASONS
    """

    status: Status
    content: bytes | None
    says: str
    cases: int
    seconds: tuple[float, float]
    reason: Reason = ""


def prove(
    network: nn.Module | Network,
    x: Numbers,
    eps: float,
    p: Norm,
    *,
    label: int | None = None,
    box: BoxLike | None = None,
    time_limit: float = 60.0,
    about: Mapping[str, str] | None = None,
    cancelled: Cancelled | None = None,
) -> Proof:
    """Decide one point by an attack and by branch and bound, and write a proof that check.py accepts.

    check.py has checked the file, in a process of its own, before it is returned.

    Parameters
    ----------
    network : torch module or Network
    x : (*input_shape)
    eps : in the units of x
    p : 1, 2 or math.inf
    label : the class to keep; default the predicted one
    box : (lo, hi), optional; only perturbations inside it count
    time_limit : seconds for the decision; the check comes on top
    about : written into the file for its readers, such as the names of the network and of the data
    cancelled : called often; True ends the search or the check

    Raises
    ------
    ValueError
        For a norm, eps, shape, label, box or limit that does not fit, NaN in x, or an x outside the box.
    """
    if not time_limit > 0:
        raise ValueError(f"time_limit must be more than 0 seconds, got {time_limit}")
    points = checked_points(network, as_tensor(x)[None], None if label is None else [label], p, box).in_float64()
    radius = float(checked_radii(torch.as_tensor(eps, dtype=torch.float64), 1)[0])
    started, found, says = time.perf_counter(), _Found("time"), ""
    with by_work(largest_product(points.exact, 1)), CancelScope(cancelled, partial=True):
        with CancelScope(deadline=started + time_limit, partial=True):
            found = _decided(points, radius)
        decided = time.perf_counter()
        if found.evidence is not None:
            head = {"format": FORMAT, "about": dict(about or {}), "claim": claim(points, radius)}
            file = to_json({**head, "network": layers(points.exact), **found.evidence})
            status: Status = "vulnerable" if "witness" in found.evidence else "robust"
            accepted, says = checked(file)
            seconds = decided - started, time.perf_counter() - decided
            if accepted:
                return Proof(status, file, says, found.cases, seconds)
            found = _Found("check")
    return Proof("unknown", None, says, 0, (time.perf_counter() - started, 0.0), found.reason)


def checked(file: bytes) -> tuple[bool, str]:
    """Whether check.py accepts a proof, and what it says: a process of its own, as anybody would run it."""
    with tempfile.TemporaryDirectory(prefix="reluscope-") as folder:
        path = Path(folder) / "proof.json"
        path.write_bytes(file)
        command = [sys.executable, "-I", str(CHECKER), str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                while process.poll() is None:
                    check_cancelled()
                    time.sleep(POLL)
            finally:
                process.kill()
            output = process.stdout.read() if process.stdout is not None else ""
            return process.returncode == 0, output.strip()


@dataclass(frozen=True, eq=False)
class _Found:
    """What a search has found: the parts of the file that are the evidence, or why there is none."""

    reason: Reason
    evidence: dict[str, Any] | None = None
    cases: int = 0


@torch.no_grad()
def _decided(points: Points, radius: float) -> _Found:
    bracket = Bracket(points, eps=radius)
    for method in ("pgd", "deepfool") if bracket.upper > radius else ():
        attempt = attacked(points, method, radius if method == "pgd" else None)
        bracket.offer(attempt.points.reshape(1, -1).numpy())
    if bracket.upper > radius:
        network, ball = points.exact, points.ball(radius).proving()
        unit_bounds, lines = layerwise_bounds(network, ball, crown, every_unit=False) if network.hidden else ([], [])
        ends = [(lower[0], upper[0]) for lower, upper in unit_bounds]
        by_pattern, cases = None, Cases()
        if network.input_units * sum(network.widths) <= LARGEST_REGION:
            by_pattern = RegionsByPattern(network, bracket.x)
        search = BranchAndBound(bracket, radius, by_pattern, cases, ends, coupled=False)  # the file holds lines alone
        safe = search.run()
        if safe is None:
            return _Found("time" if is_cancelled() else "regions" if search.undecided else "memory")
        if safe:
            slopes = [line.lower[0] for line in lines]
            try:
                trees = cases.trees(search)
            except NoMultipliersError:
                return _Found("regions")
            leaves = sum("unit" not in node for tree in trees.values() for node in tree.values())
            return _Found("", {"hidden": hidden_bounds(network, ends, slopes), "cases": trees}, leaves)
    assert bracket.witness is not None
    return _Found("", {"witness": array(bracket.witness)})
