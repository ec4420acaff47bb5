"""What KW Figs. 4, 12, 13 and 14 share: loss and error of a robust training after every epoch, on both parts."""

from __future__ import annotations

from collections.abc import Mapping

from figures.papers.drawn import Drawn
from figures.papers.lines import Axis, Line, line_chart
from figures.style.palette import Theme
from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.kw.table_1 import TABLE as ERRORS
from papers.kw.trainings import EPS, TITLES, recipe, trained
from papers.result_files import Result
from papers.sources import Trained

POINTS = 1000  # of each part, that are measured after every epoch
PARTS = {"test": "test", "train": "training"}
QUANTITIES = {"robust_error": "robust error", "error": "error"}


def curves_figure(number: int, dataset: str, says: str) -> Experiment:
    """The figure of one data set."""
    name = f"{trained(dataset, True).name}-curves"
    source = Trained(name, recipe(dataset, True, EPS[dataset]), held_out=POINTS)
    te, *_, bound = ERRORS[dataset][1]

    def measured(row: Row, job: Job) -> Measured:
        epochs = job.network.curves
        if not epochs:
            raise ValueError(f"{job.network.name} has no learning curves: its training measured no held-out points")
        last = epochs[-1]
        values = {column.name: 100 * last[column.name] for column in columns if column.name in last}
        names = [f"{part}_{quantity}" for part in PARTS for quantity in ("loss", "objective", *QUANTITIES)]
        series = {
            key: [round(float(epoch[key]), 5) for epoch in epochs] for key in ("epoch", *names) if key in epochs[0]
        }
        return Measured(values, POINTS, series)

    columns = (
        Column("test_error", "test error", margin=0.4),
        Column("test_robust_error", "robust test error", margin=2.0),
        Column("train_error", "training error", better="neither"),
        Column("train_robust_error", "robust training error", better="neither"),
    )
    return Experiment(
        name=f"kw-figure-{number}",
        title=f"learning curves of robust training on {TITLES[dataset]}",
        says=says,
        how=f"After every epoch, on the first {POINTS} points of each part: the error, and the share of points that no "
        "cheap bound proves (interval, Fast-Lin, CROWN). All curves are at the final ε, where the paper's training "
        "curve is at the ε of the epoch. The table has the last epoch's errors.",
        columns=columns,
        rows=(
            Row(
                "robust",
                f"{TITLES[dataset]} · robust",
                {"test_error": te, "test_robust_error": bound},
                dataset,
                source,
                points=POINTS,
                cost=0.0,
                note="The paper's numbers are those of Table 1, of the whole test set.",
            ),
        ),
        measure=measured,
        draw=_draw,
    )


def _draw(results: Mapping[str, Result], theme: Theme) -> Drawn | None:
    series = results["robust"].series if "robust" in results else {}
    if "epoch" not in series:
        return None
    lines = [
        Line(f"{words}, {part_words}", series["epoch"], [100 * value for value in series[key]], words)
        for quantity, words in QUANTITIES.items()
        for part, part_words in PARTS.items()
        if (key := f"{part}_{quantity}") in series
    ]
    chart = line_chart(lines, Axis("epoch"), Axis("", "%", log=True), theme)
    return Drawn(chart, "Errors after every epoch, on training and on held-out points.")
