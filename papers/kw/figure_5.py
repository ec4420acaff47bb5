"""KW Fig. 5: the largest certified eps of each test point, sorted, of a standard and a robust network."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from certify import complete, sorted_radii
from figures.papers.drawn import Drawn
from figures.papers.lines import Axis, Line, line_chart
from figures.style.palette import Theme
from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.kw.trainings import trained
from papers.result_files import Result, rounded


def measured(row: Row, job: Job) -> Measured:
    data = job.first(row.dataset)
    run = complete(
        sorted_radii(job.network.network.double(), data.x, data.y, math.inf, "fast-lin"),
        lambda part: job.progress("certified radii", part.done, part.total),
    )
    order = run.order
    values = {"right": float(np.median(run.radii[run.correct]))}
    if not run.correct.all():
        values["wrong"] = float(np.median(run.radii[~run.correct]))
    series = {"radii": rounded(run.radii[order]), "correct": run.correct[order].astype(int).tolist()}
    return Measured(values, len(data), series)


def draw(results: Mapping[str, Result], theme: Theme) -> Drawn | None:
    lines = []
    for row in FIGURE_5.rows:
        if row.name in results and "radii" in results[row.name].series:
            radii = [float(radius) for radius in results[row.name].series["radii"]]
            share = [100 * (number + 1) / len(radii) for number in range(len(radii))]
            lines.append(Line(row.title, share, radii))
    if not lines:
        return None
    chart = line_chart(
        lines, Axis("points, the least certain first", "%"), Axis("largest certified ε", log=True), theme
    )
    return Drawn(chart, "The largest ε for which each point's predicted class is certified, the smallest first.")


FIGURE_5 = Experiment(
    name="kw-figure-5",
    title="largest certified ε of each test point",
    says="With standard training, correct points are certified up to about 0.007, with robust training up to about "
    "0.1, the ε of training. Wrong points are nearer to the decision boundary. Newton's method takes 5 to 6 steps.",
    how="The certified radius of the predicted class by KW's bound, without a box; found by doubling, bisection and "
    "secant steps from min(d_B, d_D).",
    columns=(
        Column("right", "median of correct points", "", "higher", 0.002),
        Column("wrong", "median of wrong points", "", "neither"),
    ),
    rows=(
        Row("standard", "MNIST · standard", {"right": 0.007}, "mnist", trained("mnist", False), 10_000, cost=0.5),
        Row("robust", "MNIST · robust", {"right": 0.1}, "mnist", trained("mnist", True), 10_000, cost=0.3),
    ),
    measure=measured,
    draw=draw,
)
