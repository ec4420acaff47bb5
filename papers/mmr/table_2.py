"""MMR Table 2: the full regularizer against its part for the decision boundary alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.objectives import OBJECTIVES
from models.training.recipes import RECIPES, Recipe
from papers.experiment import Experiment, Row
from papers.mmr.names import DATA_TITLES, NETWORK_TITLES, trained
from papers.mmr.sizes import COLUMNS, COST, HOW, POINTS, measured
from papers.sources import Source, Trained

# Test error in percent, mean lower and upper bound: MMR-full, then MMR-d_D.
TABLE = {
    ("mnist", "fc1"): ((1.51, 0.69, 1.69), (0.93, 0.35, 1.69)),
    ("mnist", "fc10"): ((1.87, 0.48, 1.48), (1.21, 0.20, 1.62)),
    ("gts", "fc1"): ((11.15, 0.69, 0.69), (12.09, 0.48, 0.63)),
    ("gts", "fc10"): ((12.82, 0.64, 0.67), (12.41, 0.12, 0.48)),
    ("fashion-mnist", "fc1"): ((10.22, 0.50, 0.85), (9.83, 0.31, 1.30)),
    ("fashion-mnist", "fc10"): ((11.73, 0.68, 1.18), (10.32, 0.13, 1.15)),
}
PARTS = {"full": "MMR-full", "dd": "MMR-d_D"}


def decision_part(dataset: str, network: str) -> Source:
    """MMR's training without the term of the linear regions' boundaries."""
    name, full = f"{dataset}-{network}-l2-mmr-dd", RECIPES.get(f"{dataset}-{network}-l2-mmr")
    return Trained(name, None if full is None else without_region_term(full))


def without_region_term(recipe: Recipe) -> Recipe:
    """The recipe with the objective mmr-dD, and those of its options that this objective has."""
    known = OBJECTIVES["mmr-dD"].defaults
    options = {name: value for name, value in recipe.options.items() if name in known}
    return replace(recipe, title=f"{recipe.title}, d_D alone", objective="mmr-dD", options=options)


def rows() -> Iterator[Row]:
    for (dataset, network), both in TABLE.items():
        for part, values in zip(PARTS, both):
            source = trained(dataset, network, "l2", "mmr") if part == "full" else decision_part(dataset, network)
            yield Row(
                f"{dataset}-{network}-{part}",
                f"{DATA_TITLES[dataset]} {NETWORK_TITLES[network]} · {PARTS[part]}",
                dict(zip(("te", "lb", "ub"), values)),
                dataset,
                source,
                points=POINTS,
                cost=COST[network],
            )


TABLE_2 = Experiment(
    name="mmr-table-2",
    title="the full regularizer, and its part for the decision boundary alone",
    says="Lower bounds are significantly better with the full regularizer: to get good ones, one has to push away "
    "the boundaries of the linear regions as well. Upper bounds favour neither.",
    how=HOW,
    columns=COLUMNS,
    rows=tuple(rows()),
    measure=measured,
)
