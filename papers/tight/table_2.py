"""Tight Table 2: best, median and worst errors of eight large networks on MNIST, eps = 0.3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.tight.errors import POINTS
from papers.tight.errors import measured as measured_errors
from papers.tight.trainings import crown_ibp

EPS, GAMMA, EPOCHS, BATCH = 0.3, 0.5, 140, 256
MODELS = 8
COLUMNS = tuple(
    Column(f"{part}-{which}", f"{title}, {which}", margin=0.3)
    for part, title in (("verified", "verified error"), ("std", "standard error"))
    for which in ("best", "median", "worst")
)
NO = None
UNREADABLE = "Our text of the paper is damaged here: some numbers cannot be read."
COPIES = "a training of its own: the paper copies the numbers from other papers"
# Title; verified error best, median, worst, and standard error best, median, worst, in percent; what is missing.
TABLE: dict[str, tuple[str, tuple[float | None, ...], str]] = {
    "gowal": ("Gowal et al. (2018)", (8.05, NO, NO, 1.66, NO, NO), COPIES),
    "ci-orig": ("CI Orig", (NO, 8.47, 8.57, 1.48, 1.52, 1.99), COPIES),
    "ci-reimp": ("CI ReImp", (7.99, 8.38, 8.97, 1.40, 1.69, NO), ""),
    "ci-reg": ("CI Reg", (NO, 8.44, 8.88, 1.51, 1.72, 2.21), ""),
}


def measured(row: Row, job: Job) -> Measured:
    """Train and measure all eight; a network that an interrupted run has trained is not trained again."""
    verified, std, gamma = [], [], row.setting["gamma"]
    for number in range(1, MODELS + 1):
        source = crown_ibp(
            f"large-{number}-{row.name}", "mnist", f"family-large-{number}", EPS, gamma, epochs=EPOCHS, batch=BATCH
        )
        if missing := source.missing(job.settings):
            raise ValueError(f"needs {missing}")
        values = measured_errors(row, replace(job, opened=source.open(job.settings))).values
        verified.append(values["robust"])
        std.append(values["std"])
    errors = {"verified": verified, "std": std}
    parts: dict[str, Callable[[list[float]], Any]] = {"best": np.min, "median": np.median, "worst": np.max}
    values = {f"{name}-{part}": float(of(error)) for name, error in errors.items() for part, of in parts.items()}
    return Measured(values, job.points)


TABLE_2 = Experiment(
    name="tight-table-2",
    title="best, median and worst of eight large networks trained with CROWN-IBP",
    says="With much smaller batches and fewer epochs, networks much smaller than those of Gowal et al. get better "
    "verified errors.",
    how="A row trains eight networks with 140 epochs and batches of 256, and measures each on the test set, by "
    "interval bounds.",
    columns=COLUMNS,
    rows=tuple(
        Row(
            name,
            title,
            {column.name: value for column, value in zip(COLUMNS, values) if value is not None},
            "mnist",
            points=POINTS,
            setting={"eps": EPS, "method": "interval", "gamma": GAMMA if name == "ci-reg" else 0.0},
            needs=needs,
            note=UNREADABLE if NO in values and name != "gowal" else "",
        )
        for name, (title, values, needs) in TABLE.items()
    ),
    measure=measured,
)
