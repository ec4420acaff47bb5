"""What Tight's tables share: robust, PGD and standard error in l_inf, inside no box."""

from __future__ import annotations

import math

import numpy as np

from certify import attack, complete, robust_error
from geometry.network.network import as_network
from papers.experiment import Column, Measured, Row
from papers.job import Job

POINTS, STEPS = 10_000, 100  # of the test sets, and of PGD
COLUMNS = (
    Column("robust", "robust error", margin=1.0),
    Column("pgd", "PGD error", margin=1.0),
    Column("std", "standard error", margin=0.5),
)


def measured(row: Row, job: Job) -> Measured:
    """Errors in percent; PGD runs on the points that the bound leaves open."""
    data, eps, method = job.first(row.dataset), row.setting["eps"], row.setting["method"]
    exact = as_network(job.network.network.double(), data.x.shape[1:])
    run = complete(
        robust_error(exact, data.x, data.y, eps, math.inf, methods=(method,), attack=""),
        lambda part: job.progress("bounds", part.done, part.total),
    )
    right, proved = run.predicted == run.labels, run.certified[:, 0] >= eps
    left = np.flatnonzero(right & ~proved)
    broken = attack(exact, data.x[left], data.y[left], "pgd", eps=eps, p=math.inf, steps=STEPS).success
    wrong, count = int((~right).sum()), len(data)
    values = {"robust": int((~proved).sum()), "pgd": wrong + int(broken.sum()), "std": wrong}
    return Measured({name: 100 * number / count for name, number in values.items()}, count)
