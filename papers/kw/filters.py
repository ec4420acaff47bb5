"""What KW Figs. 8 and 9 share: the filters of one convolution, of the robust and of a plain network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from figures.papers.drawn import Drawn
from figures.papers.sheets import signed_sheet
from figures.style.palette import Theme
from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.kw.trainings import trained
from papers.measures.gradients_and_filters import filters, quantised, small_share
from papers.result_files import Result, packed, unpacked

SHOWN, MOST = 16, 10_000  # filters in the picture, and more than any layer has
ZERO = 0.01  # of the largest weight of the layer: a filter whose weights are all smaller counts as zero


def filters_figure(number: int, layer: int, words: str) -> Experiment:
    """Figure 8 or 9: the filters of the first or of the second convolution."""

    def measured(row: Row, job: Job) -> Measured:
        weights = filters(job.network.network, layer, MOST)
        zero = np.abs(weights).reshape(len(weights), -1).max(axis=1) <= ZERO * np.abs(weights).max()
        values = {"small": small_share(weights.reshape(1, -1)), "zero": 100 * float(zero.mean())}
        return Measured(values, series={"filters": packed(quantised(weights[:SHOWN], each=False))})

    def draw(results: Mapping[str, Result], theme: Theme) -> Drawn | None:
        there = [row for row in rows if row.name in results and "filters" in results[row.name].series]
        if not there:
            return None
        # of a filter with many channels the first is shown
        shown = [unpacked(results[row.name].series["filters"])[:, :1] / 127 for row in there]
        return Drawn(signed_sheet(shown, theme), f"Rows: {', '.join(row.title for row in there)}.")

    rows = (
        Row("robust", "MNIST · robust", dataset="mnist", source=trained("mnist", True), cost=0.1),
        Row(
            "plain",
            "MNIST · plain",
            dataset="mnist",
            source=trained("mnist", False),
            cost=0.1,
            note="Not in the paper.",
        ),
    )
    return Experiment(
        name=f"kw-figure-{number}",
        title=f"filters of the {words} convolution after robust training",
        says="Filters are highly sparse, and some are zero altogether.",
        how="All filters of the layer; the picture has the first sixteen, and the first channel of each. The paper "
        "gives no numbers. Here weights and filters below 1 % of the layer's largest weight count as zero.",
        columns=(
            Column("small", "weights below 1 % of the largest", "%", "higher"),
            Column("zero", "filters that are zero", "%", "neither"),
        ),
        rows=rows,
        measure=measured,
        draw=draw,
    )
