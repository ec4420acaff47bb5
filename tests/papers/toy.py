"""An experiment for tests: two rows about networks of the plane that are there, one that lacks something."""

from __future__ import annotations

from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.sources import Preset, Trained

NAME = "mmr-table-99"


def measured(row: Row, job: Job) -> Measured:
    network = job.network.network
    job.progress("counting", 1, 1)
    weights = sum(parameter.numel() for parameter in network.parameters())
    return Measured({"weights": float(weights), "share": 12.5}, job.points, {"numbers": [1.0, 2.0]}, "a note")


TOY = Experiment(
    name=NAME,
    title="a table that only tests have",
    says="Nothing.",
    how="Weights are counted.",
    columns=(Column("weights", "weights", "", "neither"), Column("share", "a share", margin=0.1)),
    rows=(
        Row("moons", "two moons", {"weights": 1234.0, "share": 12.0}, "moons", Preset("moons"), points=5, cost=0.01),
        Row("spirals", "spirals", {"share": 12.45}, "spirals", Preset("spirals"), points=5, cost=0.01),
        Row("nowhere", "nowhere", {"share": 3.0}, "mnist", Trained("nobody-has-this"), points=5),
    ),
    measure=measured,
)
