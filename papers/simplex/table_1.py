"""Simplex Table 1: how long a certificate of one point takes."""

from __future__ import annotations

import time

import numpy as np

from certify import CERTIFICATES, METHODS, certified_radius
from geometry.network.network import as_network
from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.simplex.trainings import trained

# Seconds a point: Fast-Lin, Fast-Lip, CROWN-Ada, Simplex.
TABLE = {
    "mnist-3x1024": (0.732, 1.060, 1.260, 0.0037),
    "mnist-4x1024": (1.790, 2.580, 3.520, 0.0063),
    "cifar-7x1024": (12.70, 20.90, 20.70, 0.0387),
}
METHOD_NAMES = ("fast-lin", "fast-lip", "crown", "simplex")
P = 2


def measured(row: Row, job: Job) -> Measured:
    data = job.first(row.dataset)
    exact = as_network(job.network.network.double(), data.x.shape[1:])
    there = [name for name in METHOD_NAMES if name in METHODS or name in CERTIFICATES]
    values = {}
    for number, name in enumerate(there):
        x = np.asarray(data.x, np.float64)
        began = time.process_time()
        for i in range(len(x)):
            certified_radius(exact, x[i : i + 1], P, name)
            job.progress(name, number * len(x) + i + 1, len(there) * len(x))
        values[name] = (time.process_time() - began) / len(x)
    missing = "" if "fast-lip" in values else "Fast-Lip is still missing"
    return Measured(values, len(data), note=missing)


def rows() -> tuple[Row, ...]:
    titles = {"mnist": "MNIST", "cifar": "CIFAR"}
    made = []
    for name, values in TABLE.items():
        kind, size = name.split("-")
        layers, units = size.split("x")
        dataset = "mnist" if kind == "mnist" else "cifar-10"
        made.append(
            Row(
                name,
                f"{titles[kind]} {layers}×[{units}]",
                dict(zip(METHOD_NAMES, values)),
                dataset,
                trained(dataset, ",".join([units] * int(layers))),
                points=10,
                cost=30.0 * int(layers),
            )
        )
    return tuple(made)


TABLE_1 = Experiment(
    name="simplex-table-1",
    title="time of a certificate of one point",
    says="The simplex certificate is two orders of magnitude faster than Fast-Lin, Fast-Lip and CROWN-Ada. The paper "
    "copies the others' times from their own papers.",
    how="Processor seconds a point, on one core, in ℓ₂, one point after the other. All are measured here, as "
    "searches of the certified radius of the predicted class in float64, down to a relative gap of 1e-10; the other "
    "papers search less precisely. In a batch the simplex certificate is faster still.",
    columns=(
        Column("fast-lin", "Fast-Lin", "s"),
        Column("fast-lip", "Fast-Lip", "s"),
        Column("crown", "CROWN", "s"),
        Column("simplex", "Simplex", "s"),
    ),
    rows=rows(),
    measure=measured,
)
