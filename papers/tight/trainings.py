"""The trainings of Tight's tables, as App. C states them: 80 epochs, eps and both weights growing over the first 20."""

from __future__ import annotations

import math
from typing import Any

from models.training.recipes import Recipe
from papers.sources import Trained

# The paper's models by the names of `models.training.recipes.ARCHITECTURES`, or by hidden widths.
MODELS = {"2x100": "100,100", "small": "cnn", "large": "large", "xlarge": "xlarge"}
LARGER = {0.3: 0.4, 2 / 255: 2.2 / 255, 8 / 255: 8.8 / 255}  # the eps that XLarge is trained with
PROJECTIONS = 50
FIRST_EPS = {"mnist": 0.01, "cifar-10": 0.001}
HALVED = tuple(epoch / 80 for epoch in range(30, 80, 10))  # every ten epochs after the first twenty
EPOCHS = {"mnist": 200, "cifar-10": 3200}  # of CROWN-IBP
BATCH = {"mnist": 256, "cifar-10": 1024}


def convex(name: str, dataset: str, model: str, eps: float, lam: float, gamma: float, *, exact: bool) -> Trained:
    """The convex bound (CP) with the regularizers d and r; a weight of 0 leaves one out."""
    growth = {"ramp": 0.25, "start": FIRST_EPS[dataset] / eps}
    options: dict[str, Any] = {"eps": eps, "p": math.inf, **growth, "projections": 0 if exact else PROJECTIONS}
    if lam or gamma:
        options |= {"lam": lam, "gamma": gamma, "warm_up": 0.25}
    objective = "tight-d" if lam or gamma else "kw"
    recipe = Recipe(
        f"Tight, {name}",
        dataset,
        MODELS[model],
        objective,
        options,
        epochs=80,
        batch_size=50,
        lr=1e-3,
        eps=eps,
        lr_drop=HALVED,
        lr_divisor=2,
    )
    return Trained(f"tight-{name}", recipe)


def crown_ibp(name: str, dataset: str, network: str, eps: float, gamma: float, *, epochs: int, batch: int) -> Trained:
    """CROWN-IBP, and with a gamma the regularizer r on it ("CI Reg")."""
    options: dict[str, Any] = {"eps": eps, "p": math.inf, "ramp": 0.25}
    if gamma:
        options |= {"bound": "crown-ibp", "gamma": gamma, "warm_up": 0.25}
    objective = "tight-r" if gamma else "crown-ibp"
    recipe = Recipe(f"Tight, {name}", dataset, network, objective, options, epochs=epochs, batch_size=batch, eps=eps)
    return Trained(f"tight-{name}", recipe)
