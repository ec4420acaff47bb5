"""KW Fig. 10: how many units of each layer are in the index sets I+, I- and I."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from certify import complete, index_counts
from figures.papers.drawn import Drawn
from figures.papers.lines import Axis, bar_chart
from figures.style.palette import Theme
from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.kw.trainings import EPS, trained
from papers.result_files import Result

SETS = {"active": "I⁺, surely active", "inactive": "I⁻, surely inactive", "unstable": "I, either"}
PAPER = {  # what the text says of the histograms
    1: "On average more than half of the units are in I⁻, and relatively few in I⁺.",
    2: "Significantly more units are in I⁺ than in I⁻, and comparably few in I.",
    3: "Extremely few units are in I; 90 % are in I⁻.",
}


def measured(row: Row, job: Job) -> Measured:
    data = job.first(row.dataset, "train")
    run = complete(
        index_counts(job.network.network.double(), data.x, EPS["mnist"], math.inf),
        lambda part: job.progress("index sets", part.done, part.total),
    )
    layer = row.setting["layer"] - 1
    shares = 100 * run.counts[:, 0, layer] / run.widths[layer]  # (n, 3)
    return Measured(dict(zip(SETS, np.mean(shares, axis=0).tolist())), len(data))


def draw(results: Mapping[str, Result], theme: Theme) -> Drawn | None:
    there = {row.title: results[row.name].values for row in FIGURE_10.rows if row.name in results}
    if not there:
        return None
    bars = {words: {title: values[name] for title, values in there.items()} for name, words in SETS.items()}
    return Drawn(bar_chart(bars, Axis("share of the layer's units", "%"), theme), "Mean shares over training images.")


FIGURE_10 = Experiment(
    name="kw-figure-10",
    title="index sets of each layer after robust training",
    says="In all three layers few units are unstable, which makes the bound tight and cheap.",
    how="Mean shares of each layer's units over the first training images, at ε = 0.1, by KW's bounds.",
    columns=tuple(
        Column(name, words, "%", "lower" if name == "unstable" else "neither", 2.0) for name, words in SETS.items()
    ),
    rows=tuple(
        Row(
            f"layer-{layer}",
            f"layer {layer}",
            {"inactive": 90.0} if layer == 3 else {},
            "mnist",
            trained("mnist", True),
            points=1000,
            setting={"layer": layer},
            cost=0.01,
            note=note,
        )
        for layer, note in PAPER.items()
    ),
    measure=measured,
    draw=draw,
)
