"""Tight Table 4: the family of ten small networks on MNIST, eps = 0.3."""

from __future__ import annotations

from collections.abc import Iterator

from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.tight.errors import POINTS
from papers.tight.errors import measured as measured_errors
from papers.tight.trainings import crown_ibp

EPS, GAMMA, EPOCHS, BATCH = 0.3, 0.5, 140, 256
MODELS = "abcdefghij"
# Mean and standard deviation of five runs, of the models A to J, in percent: standard error, then verified error.
TABLE: dict[str, tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]] = {
    "copied": (
        ((5.97, 0.08), (3.20, 0), (6.78, 0.1), (3.70, 0.1), (3.85, 0.2), (3.10, 0.1), (4.20, 0.3), (2.85, 0.05),
         (3.67, 0.08), (2.35, 0.09)),
        ((15.4, 0.08), (10.6, 0.06), (16.1, 0.3), (11.3, 0.1), (11.7, 0.2), (9.96, 0.09), (12.2, 0.6), (9.90, 0.2),
         (11.2, 0.09), (9.21, 0.3)),
    ),
    "baseline": (
        ((5.65, 0.04), (3.23, 0.3), (4.70, 0.4), (2.94, 0.05), (6.39, 0.3), (2.89, 0.05), (4.11, 0.3), (2.55, 0.1),
         (3.30, 0.4), (2.56, 0.1)),
        ((14.70, 0.07), (10.65, 0.3), (13.78, 1.0), (9.89, 0.3), (15.26, 0.6), (9.54, 0.1), (12.06, 0.9), (8.92, 0.2),
         (10.81, 0.8), (9.67, 0.4)),
    ),
    "with-r": (
        ((5.80, 0.04), (3.16, 0.06), (5.16, 0.3), (3.06, 0.05), (6.15, 0.2), (2.95, 0.05), (3.83, 0.2), (2.57, 0.1),
         (3.29, 0.04), (2.73, 0.4)),
        ((14.54, 0.07), (10.46, 0.08), (13.37, 0.3), (9.91, 0.3), (14.43, 0.6), (9.48, 0.2), (11.01, 0.5), (8.83, 0.3),
         (10.18, 0.5), (9.49, 0.4)),
    ),
}  # fmt: skip
TITLES = {"copied": "copied", "baseline": "CROWN-IBP", "with-r": "CROWN-IBP with r"}
COPIES = "a training of its own: the paper copies the numbers from the paper on CROWN-IBP"


def rows() -> Iterator[Row]:
    for method, (std, verified) in TABLE.items():
        for letter, (mean, spread), (verified_mean, verified_spread) in zip(MODELS, std, verified):
            name = f"{letter}-{method}"
            gamma = GAMMA if method == "with-r" else 0.0
            yield Row(
                name,
                f"model {letter.upper()} · {TITLES[method]}",
                {"std": mean, "std-sd": spread, "verified": verified_mean, "verified-sd": verified_spread},
                "mnist",
                crown_ibp(f"family-{name}", "mnist", f"family-{letter}", EPS, gamma, epochs=EPOCHS, batch=BATCH),
                points=POINTS,
                setting={"eps": EPS, "method": "interval"},
                cost=0.05,
                needs=COPIES if method == "copied" else "",
            )


def measured(row: Row, job: Job) -> Measured:
    errors = measured_errors(row, job)
    return Measured({"std": errors.values["std"], "verified": errors.values["robust"]}, errors.points)


TABLE_4 = Experiment(
    name="tight-table-4",
    title="ten small networks trained with CROWN-IBP, with and without r",
    says="The regularizer r improves the verified error of nine of the ten small models on average.",
    how="The paper has means and deviations of five runs; a row here is the run of one seed. The verified error is "
    "that of interval bounds on the test set, as CROWN-IBP measures it.",
    columns=(
        Column("std", "standard error", margin=0.3),
        Column("std-sd", "its deviation", better="neither"),
        Column("verified", "verified error", margin=0.5),
        Column("verified-sd", "its deviation", better="neither"),
    ),
    rows=tuple(rows()),
    measure=measured,
)
