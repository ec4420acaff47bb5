"""Measures of a network's robustness on some points, which the curves of a training show."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from certify import attack, index_sets
from certify.bounds.methods import DEFAULT_METHODS
from certify.bounds.proof import proved
from certify.perturbation.perturbation import as_tensor, checked_radii
from certify.perturbation.points import check_labels, checked_points
from geometry import Plane, as_network, distances
from geometry.box import BoxLike
from geometry.computation.memory import NoRoomError
from geometry.network.network import Network
from geometry.norms import Norm
from geometry.regions.enumerate_in_memory import regions_in_memory
from geometry.regions.local_complexity import local_complexity
from geometry.regions.region_map import Window

QUANTITIES = (
    "clean_error",
    "pgd_error",
    "certified_error",
    "mean_d_B",
    "mean_d_D",
    "optimal",
    "unstable",
    "regions",
    "local_complexity",
)
OF_WINDOW = frozenset({"regions", "local_complexity"})
AT_EPS = frozenset({"pgd_error", "certified_error", "unstable"})
BY_DISTANCE = AT_EPS | {"mean_d_B", "mean_d_D", "optimal"}
DEPENDENT = {  # the quantities that depend on each argument of `measure`
    "eps": AT_EPS,
    "p": BY_DISTANCE,
    "box": BY_DISTANCE,
    "window": OF_WINDOW,
    "plane": OF_WINDOW,
    "only": frozenset[str](),
}
CHUNK = 64  # points bounded together: a limit on memory
MAX_REGIONS = 1_000_000  # a limit on memory and time: a window with more is not counted
MOST_AROUND = 50_000  # regions: a limit on time, above which none are counted around points
AROUND = 0.05  # radius of the discs of local complexity, as a share of the window's shorter side


@dataclass(frozen=True, eq=False)
class Measures:
    """Numbers about a network on n points, NaN where not requested.

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
    local_complexity: float = math.nan  # regions that meet a disc around a point, on average; NaN for images
    attacked: NDArray[np.bool_] | None = None  # (n,) those that pgd_error counts
    certified: NDArray[np.bool_] | None = None  # (n,) those that are proved, which certified_error does not count

    def numbers(self) -> dict[str, float]:
        """The quantities that are known, by name."""
        quantities = {name: getattr(self, name) for name in QUANTITIES}
        return {name: value for name, value in quantities.items() if not math.isnan(value)}


@torch.no_grad()
def measure(
    network: nn.Module | Network,
    x: ArrayLike | Tensor,
    y: ArrayLike | Tensor,
    *,
    eps: float | None = None,
    p: Norm = math.inf,
    box: BoxLike | None = None,
    window: Window | None = None,
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
        For an unknown quantity, one that needs an eps or window that is missing, no points, or as the functions that
        it calls raise.
    """
    asked = _quantities(only, eps, window)
    points = as_tensor(x).double().cpu()
    if len(points) == 0:
        raise ValueError("there are no points to measure on")
    converted = as_network(network, points.shape[1:]).to(torch.float64)
    labels = check_labels(y if isinstance(y, Tensor) else np.array(y), len(points), converted.classes).cpu()
    right = (converted.scores(points).argmax(1) == labels).numpy()
    quantities: dict[str, float | NDArray[np.bool_]] = {"clean_error": float((~right).mean())}
    open_to_attack = right
    if "certified_error" in asked and eps is not None:
        proofs = certified(converted, points, labels, right, eps, p, box)
        quantities |= {"certified": proofs, "certified_error": float((~proofs).mean())}
        open_to_attack = right & ~proofs  # no attack succeeds against a proof
    if "pgd_error" in asked and eps is not None:
        broken = _attacked(converted, points, labels, right, open_to_attack, eps, p, box)
        quantities |= {"attacked": broken, "pgd_error": float(broken.mean())}
    if asked & {"mean_d_B", "mean_d_D", "optimal"}:
        near = distances(converted, points, p, box=box)
        quantities |= {"mean_d_B": float(near.d_B.mean()), "mean_d_D": float(near.d_D.mean())}
        quantities["optimal"] = float(((near.d_D <= near.d_B) & right).mean())
    if "unstable" in asked and eps is not None:
        quantities["unstable"] = _unstable(converted, points, eps, p, box)
    if asked & OF_WINDOW and window is not None:
        quantities |= _of_window(converted, points, window, plane, around="local_complexity" in asked)
    wanted = {name: value for name, value in quantities.items() if name in asked or name not in QUANTITIES}
    return Measures(**wanted)  # type: ignore[arg-type]


def _of_window(network: Network, points: Tensor, window: Window, plane: Plane | None, around: bool) -> dict[str, float]:
    """The number of regions, and the mean number around the points; none that is not exact."""
    try:
        regions = regions_in_memory(network, window, plane, max_regions=MAX_REGIONS)
    except NoRoomError:
        return {}
    if regions.truncated:
        return {}
    found = {"regions": float(len(regions))}
    if around and points.shape[1:] == (2,) and plane is None and len(regions) <= MOST_AROUND:
        found["local_complexity"] = float(
            local_complexity(regions, points.numpy(), around_radius(window)).regions.mean()
        )
    return found


def around_radius(window: Window) -> float:
    """The radius of the discs in which local complexity is measured."""
    s0, s1, t0, t1 = window
    return AROUND * min(s1 - s0, t1 - t0)


def _quantities(only: Collection[str] | None, eps: float | None, window: Window | None) -> frozenset[str]:
    """The quantities to measure; a ValueError if one is unknown or lacks its argument."""
    impossible = (AT_EPS if eps is None else frozenset()) | (OF_WINDOW if window is None else frozenset())
    if only is None:
        return frozenset(QUANTITIES) - impossible
    if unknown := sorted(set(only) - set(QUANTITIES)):
        raise ValueError(f"quantities are {', '.join(QUANTITIES)}, got {', '.join(unknown)}")
    if missing := sorted(set(only) & impossible):
        raise ValueError(f"{missing[0]} needs {'a window' if missing[0] in OF_WINDOW else 'an eps'}")
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
    """(n,) which points are wrong, or made wrong by PGD, which runs on `open_to_attack`."""
    lost, tried = ~right, open_to_attack
    if tried.any():
        lost[tried] = attack(network, x[tried], labels[tried], "pgd", eps=eps, p=p, box=box).success
    return lost


def certified(
    network: Network, x: Tensor, labels: Tensor, right: NDArray[np.bool_], eps: float, p: Norm, box: BoxLike | None
) -> NDArray[np.bool_]:
    """(n,) which points are right and proved to stay right within eps, by any of DEFAULT_METHODS."""
    points, radii = checked_points(network, x, labels, p, box), checked_radii(torch.tensor(eps).double(), len(x))
    proofs = np.zeros(len(x), dtype=np.bool_)
    still_open = np.flatnonzero(right)
    for method in DEFAULT_METHODS:  # each runs on the points that are still unproved
        for start in range(0, len(still_open), CHUNK):
            chunk = still_open[start : start + CHUNK]
            proofs[chunk] = proved(points[chunk], radii[chunk], method)
        still_open = still_open[~proofs[still_open]]
    return proofs


def _unstable(network: Network, x: Tensor, eps: float, p: Norm, box: BoxLike | None) -> float:
    if not network.hidden:
        return 0.0
    chunks = x.split(CHUNK)
    unstable = sum(int(index_sets(network, chunk, eps, p, box=box).counts()[:, :, 2].sum()) for chunk in chunks)
    return unstable / len(x)
