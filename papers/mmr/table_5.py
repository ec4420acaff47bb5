"""MMR Table 5: mean bounds of the smallest l_2 perturbation, five trainings of three networks."""

from __future__ import annotations

from collections.abc import Iterator

from papers.experiment import Experiment, Row
from papers.mmr.names import DATA_TITLES, NETWORK_TITLES, SCHEME_TITLES, trained
from papers.mmr.sizes import COLUMNS, COST, HOW, POINTS, measured

# TE in percent, LB and UB: FC1, FC10, CNN.
TABLE = {
    "mnist": {
        "plain": (1.59, 0.34, 0.98, 1.81, 0.13, 0.70, 0.97, 0.04, 1.03),
        "at": (1.29, 0.25, 1.23, 0.93, 0.14, 1.59, 0.86, 0.14, 1.67),
        "kw": (1.37, 0.70, 1.75, 1.69, 0.75, 1.74, 1.04, 0.32, 1.84),
        "mmr": (1.51, 0.69, 1.69, 1.87, 0.48, 1.48, 1.17, 0.38, 1.70),
        "mmr-at": (1.59, 0.70, 1.70, 1.35, 0.40, 1.60, 1.14, 0.38, 1.86),
    },
    "gts": {
        "plain": (12.24, 0.33, 0.57, 11.25, 0.08, 0.48, 6.73, 0.06, 0.43),
        "at": (13.55, 0.34, 0.66, 13.01, 0.10, 0.56, 8.12, 0.06, 0.53),
        "kw": (13.06, 0.35, 0.63, 13.56, 0.16, 0.52, 8.44, 0.11, 0.52),
        "mmr": (11.15, 0.69, 0.69, 12.82, 0.64, 0.67, 7.40, 0.09, 0.59),
        "mmr-at": (11.72, 0.72, 0.72, 13.36, 0.64, 0.66, 10.50, 0.11, 0.62),
    },
    "fashion-mnist": {
        "plain": (9.61, 0.18, 0.53, 10.53, 0.05, 0.44, 8.86, 0.03, 0.32),
        "at": (9.89, 0.11, 1.00, 9.89, 0.11, 1.00, 8.77, 0.07, 0.80),
        "kw": (9.95, 0.46, 1.11, 11.42, 0.47, 1.22, 10.37, 0.17, 0.96),
        "mmr": (10.22, 0.50, 0.85, 11.73, 0.68, 1.18, 10.30, 0.17, 0.88),
        "mmr-at": (10.94, 0.66, 1.45, 11.39, 0.67, 1.24, 10.48, 0.21, 1.14),
    },
}


def rows() -> Iterator[Row]:
    for dataset, schemes in TABLE.items():
        for number, network in enumerate(("fc1", "fc10", "cnn")):
            for scheme, values in schemes.items():
                yield Row(
                    f"{dataset}-{network}-{scheme}",
                    f"{DATA_TITLES[dataset]} {NETWORK_TITLES[network]} · {SCHEME_TITLES[scheme]}",
                    dict(zip(("te", "lb", "ub"), values[3 * number : 3 * number + 3])),
                    dataset,
                    trained(dataset, network, "l2", scheme),
                    points=POINTS,
                    cost=COST[network],
                )


TABLE_5 = Experiment(
    name="mmr-table-5",
    title="mean bounds of the smallest ℓ₂ perturbation",
    says="Adversarial training improves the upper bounds but almost never the lower ones. KW and MMR improve both; "
    "MMR's lower bounds are only on MNIST FC10 worse than KW's.",
    how=HOW,
    columns=COLUMNS,
    rows=tuple(rows()),
    measure=measured,
)
