"""The gallery's networks and the numbers on their cards, as a Markdown table: python -m models.gallery [NAME ...]

With `--seconds 20`, branch and bound runs so long on each test point that neither PGD nor the bounds settled. The two
robust errors come closer to each other.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from certify import verify
from geometry.norms import Norm
from models.data.images import load_images
from models.gallery import Shipped, gallery, gallery_title, load_shipped
from models.training.measures import measure


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f} %"


def searched(shipped: Shipped, seconds: float) -> tuple[float, float]:
    """Lower and upper bound of the robust error on the card's points, with branch and bound on the open ones.

    Raises
    ------
    FileNotFoundError
        Without the test set's files.
    """
    robust: dict[str, Any] = shipped.card.robustness or {}
    eps, p, box = float(robust["eps"]), norm(robust["p"]), robust["box"]
    test = load_images(str(shipped.card.dataset["name"]), "test")
    x, y = test.x[: robust["points"]], test.y[: robust["points"]]
    network = shipped.network.double()
    measures = measure(network, x, y, eps=eps, p=p, box=box, only=("pgd_error", "certified_error"))
    assert measures.attacked is not None and measures.certified is not None
    lost, proved = measures.attacked.copy(), measures.certified.copy()
    for i in np.flatnonzero(~lost & ~proved):
        verdict = verify(network, x[i : i + 1], y[i : i + 1], eps, p, box=box, time_limit=seconds)[0]
        lost[i], proved[i] = verdict.status == "vulnerable", verdict.status == "robust"
    return float(lost.mean()), float((~proved).mean())


def norm(written: float | str) -> Norm:
    """The norm on a card: a number, or 'inf'."""
    return float(written)


def row(name: str, seconds: float) -> str:
    shipped = load_shipped(name)
    card = shipped.card
    robust: dict[str, Any] = card.robustness or {}
    below, above = robust.get("pgd_error"), robust.get("certified_error")
    if seconds and robust:
        below, above = searched(shipped, seconds)
    cells = [
        gallery_title(name),
        str(card.training.get("epochs", "–")),
        percent(card.clean_error),
        percent(below),
        percent(above),
        percent(robust.get("optimal")),
        f"{robust['mean_d_B']:.2g}" if "mean_d_B" in robust else "–",
        f"{robust['eps']:g}" if "eps" in robust else "–",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print errors on the test set, and bounds of robust errors on its first points, as many as the card states."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(gallery()), metavar="NAME", help="default: all of them")
    parser.add_argument("--seconds", type=float, default=0.0, help="of search for each open point (default: none)")
    options = parser.parse_args()
    print("| network | epochs | test error | attacked | not proved | d_D ≤ d_B | mean d_B | ε |")
    print("|---|---|---|---|---|---|---|---|")
    for name in options.names:
        print(row(name, options.seconds), flush=True)


if __name__ == "__main__":
    main()
