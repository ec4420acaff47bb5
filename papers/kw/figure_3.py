"""KW Fig. 3: twelve points with their boxes, and the classes of a plain and of a robust network."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch

from certify import complete, robust_error, verify
from figures.papers.drawn import Drawn
from figures.papers.sheets import class_sheet
from figures.style.palette import Theme
from geometry.regions.raster import grid_points
from models.data.toy import DATASETS
from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.result_files import Result, packed, unpacked
from papers.sources import Preset

EPS, SIDE, DATA = 0.08, 200, "kw"
TITLES = {"plain": "plain training", "robust": "robust training"}


def measured(row: Row, job: Job) -> Measured:
    data, network = DATASETS[DATA](), job.network.network.double()
    run = complete(robust_error(network, data.x, data.y, EPS, math.inf, methods=("fast-lin",), attack=""))
    verdicts = verify(network, data.x, data.y, EPS, math.inf, time_limit=job.seconds or 10.0)
    values = {
        "bound": 100 * float((run.certified[:, 0] < EPS).mean()),
        "lb": 100 * sum(verdict.status == "vulnerable" for verdict in verdicts) / len(data),
        "ub": 100 * sum(verdict.status != "robust" for verdict in verdicts) / len(data),
    }
    with torch.no_grad():
        classes = network(torch.from_numpy(grid_points(data.window, SIDE, SIDE))).argmax(1).numpy()
    return Measured(values, len(data), {"classes": packed(np.packbits(classes.astype(bool)))})


def draw(results: Mapping[str, Result], theme: Theme) -> Drawn | None:
    there = [name for name in TITLES if name in results and "classes" in results[name].series]
    if not there:
        return None
    data = DATASETS[DATA]()
    maps = [
        np.unpackbits(unpacked(results[name].series["classes"]), count=SIDE**2).reshape(SIDE, SIDE) for name in there
    ]
    sheet = class_sheet(maps, data.window, data.x, data.y, EPS, theme)
    return Drawn(
        sheet, f"Classes and the points' boxes, from left to right: {', '.join(TITLES[name] for name in there)}."
    )


FIGURE_3 = Experiment(
    name="kw-figure-3",
    title="twelve points and their ℓ∞ boxes, plain and robust",
    says="After plain training some points have other classes within their box of ε = 0.08; robust training attains "
    "zero robust error, proved.",
    how="A 2-100-100-100-100-2 network and twelve random points at least 0.16 apart. The bound is KW's. The exact "
    "search decides each point.",
    columns=(
        Column("bound", "robust error bound"),
        Column("lb", "robust error, at least"),
        Column("ub", "robust error, at most"),
    ),
    rows=(
        Row("plain", TITLES["plain"], {}, DATA, Preset("kw"), points=12, seconds=10, cost=1.0),
        Row("robust", TITLES["robust"], {"bound": 0.0}, DATA, Preset("kw-robust"), points=12, seconds=10, cost=1.0),
    ),
    measure=measured,
    draw=draw,
)
