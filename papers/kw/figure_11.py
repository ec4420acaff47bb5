"""KW Fig. 11: the linear program against its dual bound, of a robust, a random and a plainly trained network."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from certify import complete, lp_gap
from figures.papers.drawn import Drawn
from figures.papers.lines import Axis, Line, line_chart
from figures.style.palette import Theme
from models.networks.builders import small_cnn
from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.kw.trainings import EPS, trained
from papers.result_files import Result, rounded
from papers.sources import Built

RANDOM = Built("random CNN", lambda seed: small_cnn(seed=seed), (1, 28, 28))


def measured(row: Row, job: Job) -> Measured:
    data = job.first(row.dataset)
    run = complete(
        lp_gap(job.network.network.double(), data.x, data.y, EPS["mnist"], math.inf),
        lambda part: job.progress("linear programs", part.done, part.total),
    )
    others = np.ones_like(run.lp, dtype=bool)
    others[np.arange(len(data)), data.y] = False
    lp, dual = run.lp[others], run.dual[others]
    values = {"lp": float(lp.mean()), "dual": float(dual.mean()), "gap": float(np.maximum(lp - dual, 0).mean())}
    order = np.argsort(lp)
    return Measured(values, len(data), {"lp": rounded(lp[order]), "dual": rounded(dual[order])})


def draw(results: Mapping[str, Result], theme: Theme) -> Drawn | None:
    lines = []
    for row in FIGURE_11.rows:
        if row.name in results and "lp" in results[row.name].series:
            for name, words in (("lp", "LP"), ("dual", "dual")):
                values = [float(value) for value in results[row.name].series[name]]
                places = [100 * (number + 1) / len(values) for number in range(len(values))]
                lines.append(Line(f"{row.title}, {words}", places, values, row.title))
    if not lines:
        return None
    chart = line_chart(lines, Axis("margins, the smallest first", "%"), Axis("lower bound of the margin"), theme)
    return Drawn(chart, "Lower bounds of the margins to all other classes, by the linear program and by its dual.")


FIGURE_11 = Experiment(
    name="kw-figure-11",
    title="the linear program against its dual bound",
    says="On the robust network the dual bound is extremely close to the linear program, much closer than on random "
    "and on plainly trained networks.",
    how="Margins to all other classes at the first test images, at ε = 0.1, both on the dual network's own bounds of "
    "the hidden units. The paper shows plots and gives no numbers.",
    columns=(
        Column("lp", "mean margin by the LP", "", "neither"),
        Column("dual", "mean margin by the dual", "", "neither"),
        Column("gap", "mean gap", "", "lower"),
    ),
    rows=(
        Row("robust", "robust training", {}, "mnist", trained("mnist", True), points=10, cost=20.0),
        Row("random", "random weights", {}, "mnist", RANDOM, points=10, cost=60.0),
        Row("standard", "standard training", {}, "mnist", trained("mnist", False), points=10, cost=120.0),
    ),
    measure=measured,
    draw=draw,
)
