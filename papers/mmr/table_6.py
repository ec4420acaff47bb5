"""MMR Table 6: mean bounds of the smallest l_2 perturbation on CIFAR-10."""

from __future__ import annotations

from papers.experiment import Experiment, Row
from papers.mmr.names import SCHEME_TITLES, trained
from papers.mmr.sizes import COLUMNS, COST, HOW, POINTS, measured

# TE in percent, LB and UB.
TABLE = {
    "plain": (25.98, 0.02, 0.16),
    "at": (25.36, 0.04, 0.42),
    "kw": (41.52, 0.16, 0.66),
    "mmr": (41.86, 0.16, 0.39),
    "mmr-at": (41.11, 0.13, 0.57),
}

TABLE_6 = Experiment(
    name="mmr-table-6",
    title="mean bounds of the smallest ℓ₂ perturbation on CIFAR-10",
    says="On the CNN, KW and MMR have similar lower bounds, larger than those of plain and adversarial training.",
    how=HOW,
    columns=COLUMNS,
    rows=tuple(
        Row(
            f"cifar-10-cnn-{scheme}",
            f"CIFAR-10 CNN · {SCHEME_TITLES[scheme]}",
            dict(zip(("te", "lb", "ub"), values)),
            "cifar-10",
            trained("cifar-10", "cnn", "l2", scheme),
            points=POINTS,
            cost=COST["cnn"],
        )
        for scheme, values in TABLE.items()
    ),
    measure=measured,
)
