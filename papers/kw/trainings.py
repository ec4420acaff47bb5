"""The trainings of KW's tables and figures, as App. B states them."""

from __future__ import annotations

import math
from typing import Any

from models.training.recipes import Recipe
from papers.sources import Published, Trained

EPS = {"mnist": 0.1, "fashion-mnist": 0.1, "har": 0.05, "svhn": 0.01}
TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "har": "HAR", "svhn": "SVHN"}
FIRST_EPS = {"mnist": 0.5, "fashion-mnist": 0.5, "svhn": 0.1}  # as a share of eps; HAR's is eps throughout
NETWORKS = {"mnist": "cnn", "fashion-mnist": "cnn", "har": "500", "svhn": "cnn"}
PUBLISHED = Published("KW's MNIST network", "github.com/locuslab/convex_adversarial")


def trained(dataset: str, robust: bool) -> Trained:
    """The network of a data set, trained with the robust loss or plainly; the gallery's where it has one."""
    scheme = "kw" if robust else "plain"
    network = NETWORKS[dataset] if NETWORKS[dataset] == "cnn" else "fc500"
    return Trained(f"{dataset}-{network}-linf-{scheme}", recipe(dataset, robust, EPS[dataset]))


def recipe(dataset: str, robust: bool, eps: float) -> Recipe:
    """KW's own settings: Adam, 100 epochs; MNIST and SVHN with an eps that grows over the first half of them."""
    growth = {"ramp": 0.5, "start": FIRST_EPS[dataset]} if dataset in FIRST_EPS else {"ramp": 0.0}
    options: dict[str, Any] = {"eps": eps, "p": math.inf, **growth}
    return Recipe(
        f"KW on {TITLES[dataset]}, eps {eps:g}",
        dataset,
        NETWORKS[dataset],
        "kw" if robust else "plain",
        options if robust else {},
        batch_size=20 if dataset == "svhn" else 50,
        lr=1e-4 if dataset == "har" else 1e-3,
        eps=eps,
    )
