"""KW Fig. 7: the adversarial polytope and its outer bound at a training point, after robust training."""

from __future__ import annotations

from collections.abc import Mapping

from figures.papers.drawn import Drawn
from figures.style.palette import Theme
from models.data.toy import DATASETS
from papers.experiment import Experiment, Measured, Row
from papers.job import Job
from papers.measures.polytopes import COLUMNS, draw_outlines, measured_polytopes
from papers.result_files import Result
from papers.sources import Preset

EPS, DATA = 0.08, "kw"
ROBUST = "robust"


def measured(row: Row, job: Job) -> Measured:
    x = DATASETS[DATA]().x
    return measured_polytopes(job.network.network, x[job.settings.seed % len(x)], EPS)


def draw(results: Mapping[str, Result], theme: Theme) -> Drawn | None:
    result = results.get(ROBUST)
    return None if result is None or not result.series else draw_outlines("a training point", result.series, theme)


FIGURE_7 = Experiment(
    name="kw-figure-7",
    title="adversarial polytope and outer bound after robust training",
    says="After robust training the outer bound is quite tight, for the ε of training.",
    how="The robust network of Fig. 3, at the point whose number is the seed, ε = 0.08; areas are relative to the "
    "convex hull of the outputs reached. The plain network is beside it for comparison.",
    columns=COLUMNS,
    rows=(
        Row(ROBUST, "robust training", {}, DATA, Preset("kw-robust"), points=1, cost=1.0),
        Row("plain", "plain training", {}, DATA, Preset("kw"), points=1, cost=1.0, note="Not in the paper."),
    ),
    measure=measured,
    draw=draw,
)
