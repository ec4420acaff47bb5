"""Simplex Fig. 2: both certificates and two attacks on single examples."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from certify import attack, certified_radius
from certify.dataset.robust_error import attack_distances
from certify.perturbation.points import checked_points
from figures.papers.drawn import Drawn
from figures.papers.lines import Axis, Line, line_chart
from figures.style.palette import Theme
from geometry.network.network import as_network
from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.measures.perturbation_sizes import P, predicted
from papers.result_files import Result, rounded
from papers.simplex.trainings import trained

GRID = np.geomspace(1e-3, 20, 100)  # radii among which I-FGSM's distance is searched
TITLES = {
    "simplex": "simplex certificate",
    "decision-boundary": "decision boundary certificate",
    "i-fgsm": "iterative FGSM",
    "deepfool": "DeepFool",
}


def measured(row: Row, job: Job) -> Measured:
    data = job.first(row.dataset)
    exact, x = as_network(job.network.network.double(), data.x.shape[1:]), np.asarray(data.x, np.float64)
    classes = predicted(exact, x)
    sizes = {"simplex": certified_radius(exact, x, P, "simplex").numpy()}
    job.progress("certificates", 1, 3)
    if len(exact.layers) == 2:
        sizes["decision-boundary"] = certified_radius(exact, x, P, "decision-boundary").numpy()
    sizes["i-fgsm"] = attack_distances(checked_points(exact, x, classes, P, None), GRID, "i-fgsm")
    job.progress("attacks", 2, 3)
    attacked = attack(exact, x, classes, "deepfool", p=P)
    sizes["deepfool"] = np.where(attacked.success, attacked.distances, np.inf)
    order = np.argsort(sizes["deepfool"])
    values = {name: float(size[np.isfinite(size)].mean()) for name, size in sizes.items() if np.isfinite(size).any()}
    return Measured(values, len(data), {name: rounded(size[order]) for name, size in sizes.items()})


def draw(results: Mapping[str, Result], theme: Theme) -> Drawn | None:
    lines = []
    for row in FIGURE_2.rows:
        series = results[row.name].series if row.name in results else {}
        for name, title in TITLES.items():
            if name in series:
                sizes = [float(size) for size in series[name]]
                lines.append(Line(f"{row.title}: {title}", list(range(1, len(sizes) + 1)), sizes, row.title))
    if not lines:
        return None
    chart = line_chart(lines, Axis("examples, in the order of DeepFool's distance"), Axis("‖δ‖₂", log=True), theme)
    return Drawn(chart, "Lower bounds by certificates, and upper bounds by attacks, of each example.")


FIGURE_2 = Experiment(
    name="simplex-figure-2",
    title="certificates and attacks on single examples",
    says="The simplex certificate is larger than the decision boundary certificate in all examples. Both are below "
    "the attacks; DeepFool's distances are smaller than those of iterative FGSM.",
    how="Distances of the predicted class in ℓ₂, without a box, in the order of DeepFool's distance. Iterative "
    "FGSM's distance is the smallest of a hundred radii from 0.001 to 20 at which it succeeds. The paper shows plots "
    "and gives no numbers.",
    columns=(
        Column("simplex", "simplex, mean", "", "higher"),
        Column("decision-boundary", "decision boundary, mean", "", "higher"),
        Column("i-fgsm", "iterative FGSM, mean", "", "neither"),
        Column("deepfool", "DeepFool, mean", "", "neither"),
    ),
    rows=(
        Row(
            "two-layers", "784-1024-2, MNIST > 5 or < 5", {}, "mnist-binary", trained("mnist-binary", "1024"),
            points=100, cost=0.2,
        ),
        Row(
            "three-layers", "784-1024-512-10, MNIST", {}, "mnist", trained("mnist", "1024,512"), points=100, cost=0.3,
        ),
        Row(
            "two-layers-digits", "784-1024-10, MNIST", {}, "mnist", trained("mnist", "1024"), points=100, cost=0.2,
            note="Not in the paper.",
        ),
    ),
    measure=measured,
    draw=draw,
)  # fmt: skip
