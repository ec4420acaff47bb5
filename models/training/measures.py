"""How robust a network is on some points: what the curves of a training show beside its loss."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from certify import attack, index_sets
from certify.bounds.proof import proved
from certify.perturbation.perturbation import as_tensor, checked_radii
from certify.perturbation.points import check_labels, checked_points
from geometry import Plane, as_network, distances
from geometry.box import BoxLike
from geometry.computation.memory import NoRoomError
from geometry.network.network import Network
from geometry.norms import Norm
from geometry.regions.enumerate_in_memory import regions_in_memory

QUANTITIES = (
    "clean_error",
    "pgd_error",
    "certified_error",
    "mean_d_B",
    "mean_d_D",
    "optimal",
    "unstable",
    "regions",
)
AT_EPS = frozenset({"pgd_error", "certified_error", "unstable"})
BY_DISTANCE = AT_EPS | {"mean_d_B", "mean_d_D", "optimal"}
DEPENDENT = {  # what is measured otherwise when an argument of `measure` changes
    "eps": AT_EPS,
    "p": BY_DISTANCE,
    "box": BY_DISTANCE,
    "window": frozenset({"regions"}),
    "plane": frozenset({"regions"}),
    "only": frozenset[str](),
}
CERTIFICATES = ("interval", "fast-lin", "crown")  # cheapest first; each is asked only about what is still open
CHUNK = 64  # points bounded together, which bounds the memory
MAX_REGIONS = 1_000_000


@dataclass(frozen=True, eq=False)
class Measures:
    """Numbers about a network on n points, NaN where not asked for.

    The errors, `optimal` and the masks count points whose class is not their label as lost.
    """

    clean_error: float = math.nan  # share of points with another class than their label
    pgd_error: float = math.nan  # share that is wrong, or made wrong by PGD within eps
    certified_error: float = math.nan  # share not proved by intervals, Fast-Lin or CROWN, at eps
    mean_d_B: float = math.nan  # infinite if some point has no unit's hyperplane
    mean_d_D: float = math.nan  # to the decision hyperplanes of the predicted class
    optimal: float = math.nan  # share with d_D <= d_B: Theorem 3.1 gives the minimal perturbation itself
    unstable: float = math.nan  # units per point that Fast-Lin leaves unstable at eps, on average
    regions: float = math.nan  # in the window, exactly; NaN if there are more than MAX_REGIONS, or than fit into memory
    attacked: NDArray[np.bool_] | None = None  # (n,) behind pgd_error
    certified: NDArray[np.bool_] | None = None  # (n,) behind certified_error: those that are proved

    def numbers(self) -> dict[str, float]:
        """The quantities asked for, by name."""
        found = {name: getattr(self, name) for name in QUANTITIES}
        return {name: value for name, value in found.items() if not math.isnan(value)}


@torch.no_grad()
def measure(
    network: nn.Module | Network,
    x: Any,
    y: Any,
    *,
    eps: float | None = None,
    p: Norm = math.inf,
    box: BoxLike | None = None,
    window: tuple[float, float, float, float] | None = None,
    plane: Plane | None = None,
    only: Collection[str] | None = None,
) -> Measures:
    """Measure a network on points, in float64.

    Parameters
    ----------
    network : torch module in eval mode, or Network
    x, y : (n, *input_shape) points and (n,) labels; a few hundred at most, for all of them are bounded
    eps : the radius of attacks and certificates, in the norm `p` and inside `box`; None leaves these out
    window, plane : where regions are counted, as for `enumerate_regions`; no window leaves them out
    only : names in QUANTITIES; by default all that eps and window allow

    Raises
    ------
    ValueError
        For an unknown quantity, one that needs an eps or window that is missing, no points, or what the functions
        asked raise.
    """
    asked = _asked(only, eps, window)
    points = as_tensor(x).double().cpu()
    if len(points) == 0:
        raise ValueError("there are no points to measure on")
    converted = as_network(network, points.shape[1:]).to(torch.float64)
    labels = check_labels(y if isinstance(y, Tensor) else np.array(y), len(points), converted.classes).cpu()
    right = (converted.scores(points).argmax(1) == labels).numpy()
    found: dict[str, Any] = {"clean_error": float((~right).mean())}
    open_to_attack = right
    if "certified_error" in asked and eps is not None:
        found["certified"] = certified(converted, points, labels, right, eps, p, box)
        found["certified_error"] = float((~found["certified"]).mean())
        open_to_attack = right & ~found["certified"]  # no attack succeeds against a proof
    if "pgd_error" in asked and eps is not None:
        found["attacked"] = _attacked(converted, points, labels, right, open_to_attack, eps, p, box)
        found["pgd_error"] = float(found["attacked"].mean())
    if asked & {"mean_d_B", "mean_d_D", "optimal"}:
        near = distances(converted, points, p, box=box)
        found |= {"mean_d_B": float(near.d_B.mean()), "mean_d_D": float(near.d_D.mean())}
        found["optimal"] = float(((near.d_D <= near.d_B) & right).mean())
    if "unstable" in asked and eps is not None:
        found["unstable"] = _unstable(converted, points, eps, p, box)
    if "regions" in asked:
        found["regions"] = _count(converted, window, plane)
    return Measures(**{name: value for name, value in found.items() if name in asked or name not in QUANTITIES})


def _count(network: Network, window: Any, plane: Plane | None) -> float:
    try:
        regions = regions_in_memory(network, window, plane, max_regions=MAX_REGIONS)
    except NoRoomError:
        return math.nan
    return math.nan if regions.truncated else float(len(regions))


def _asked(only: Collection[str] | None, eps: float | None, window: Any) -> frozenset[str]:
    impossible = (AT_EPS if eps is None else frozenset()) | (frozenset({"regions"}) if window is None else frozenset())
    if only is None:
        return frozenset(QUANTITIES) - impossible
    if unknown := sorted(set(only) - set(QUANTITIES)):
        raise ValueError(f"quantities are {', '.join(QUANTITIES)}, got {', '.join(unknown)}")
    if missing := sorted(set(only) & impossible):
        raise ValueError(f"{missing[0]} needs {'a window' if missing[0] == 'regions' else 'an eps'}")
    return frozenset(only)


def _attacked(
    network: Network,
    x: Tensor,
    labels: Tensor,
    right: NDArray[np.bool_],
    open_to_attack: NDArray[np.bool_],
    eps: float,
    p: Norm,
    box: BoxLike | None,
) -> NDArray[np.bool_]:
    """(n,) which points are wrong, or made wrong by PGD, which tries those that are open to it."""
    found, some = ~right, open_to_attack
    if some.any():
        found[some] = attack(network, x[some], labels[some], "pgd", eps=eps, p=p, box=box).success
    return found


def certified(
    network: Network, x: Tensor, labels: Tensor, right: NDArray[np.bool_], eps: float, p: Norm, box: BoxLike | None
) -> NDArray[np.bool_]:
    """(n,) which points are right and proved to stay so within eps, by the best of CERTIFICATES."""
    points, radii = checked_points(network, x, labels, p, box), checked_radii(torch.tensor(eps).double(), len(x))
    found = np.zeros(len(x), dtype=np.bool_)
    still_open = np.flatnonzero(right)
    for method in CERTIFICATES:
        for start in range(0, len(still_open), CHUNK):
            some = still_open[start : start + CHUNK]
            found[some] = proved(points[some], radii[some], method)
        still_open = still_open[~found[still_open]]
    return found


def _unstable(network: Network, x: Tensor, eps: float, p: Norm, box: BoxLike | None) -> float:
    if not network.hidden:
        return 0.0
    chunks = x.split(CHUNK)
    counted = sum(int(index_sets(network, some, eps, p, box=box).counts()[:, :, 2].sum()) for some in chunks)
    return counted / len(x)
