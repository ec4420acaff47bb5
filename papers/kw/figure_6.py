"""KW Fig. 6: the adversarial polytope of a random network, and its outer bounds, as eps grows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from figures.papers.drawn import Drawn
from figures.papers.lines import Axis, bar_chart
from figures.style.palette import Theme
from models.networks.builders import random_network
from papers.experiment import Experiment, Measured, Row
from papers.job import Job
from papers.measures.polytopes import COLUMNS, measured_polytopes
from papers.result_files import Result
from papers.sources import Built

EPS = (0.05, 0.1, 0.25)
NETWORK = Built("random 2-100-100-100-2", lambda seed: random_network(seed=seed), (2,))
RANGES = (
    "For the paper's first network at ε = 0.05 the outputs lie in [1.81, 1.85] and [-1.33, -1.29]; layerwise bounds "
    "give [-11.68, 13.47] and [-16.36, 11.48]."
)


def measured(row: Row, job: Job) -> Measured:
    return measured_polytopes(job.network.network, np.zeros(2), row.setting["eps"])


def draw(results: Mapping[str, Result], theme: Theme) -> Drawn | None:
    there = {row.title: results[row.name].values for row in FIGURE_6.rows if row.name in results}
    if not there:
        return None
    bars = {
        column.title: {title: values[column.name] for title, values in there.items()}
        for column in COLUMNS
        if column.name != "layerwise"
    }
    chart = bar_chart(bars, Axis("area / area of the hull"), theme)
    return Drawn(
        chart, "Areas of the outputs reached and of KW's outer bound; layerwise bounds are thousands of times as large."
    )


FIGURE_6 = Experiment(
    name="kw-figure-6",
    title="adversarial polytope and outer bound of a random network",
    says="For small ε the outer bound is an extremely good approximation; it gets much weaker as ε grows. Layerwise "
    "bounds are essentially vacuous.",
    how="A random network with weights N(0, 1/√n) and biases N(0, 1), and the ℓ∞ ball around the origin. Areas are "
    "relative to the convex hull of the outputs reached, the best that any convex bound can do. Another seed is "
    "another network. The Polytope page shows the sets themselves.",
    columns=COLUMNS,
    rows=tuple(
        Row(
            f"eps-{eps:g}",
            f"ε = {eps:g}",
            source=NETWORK,
            setting={"eps": eps},
            cost=2.0,
            note=RANGES if eps == EPS[0] else "",
        )
        for eps in EPS
    ),
    measure=measured,
    draw=draw,
)
