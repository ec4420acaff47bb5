"""KW Table 2: the bound's tightness on HAR as eps grows."""

from __future__ import annotations

from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.kw.trainings import recipe
from papers.measures.kw_errors import kw_errors
from papers.sources import Trained

# By eps: test error, FGSM error and robust bound, in percent.
TABLE = {
    0.05: (9.20, 22.20, 22.80),
    0.1: (15.74, 36.62, 37.09),
    0.25: (47.66, 64.24, 64.47),
    0.5: (47.08, 67.32, 67.86),
    1.0: (81.80, 81.80, 81.80),
}


def measured(row: Row, job: Job) -> Measured:
    data = job.first(row.dataset)
    errors = kw_errors(job.network.network, data, row.setting["eps"], job.progress)
    return Measured({name: errors[name] for name in ("te", "fgsm", "bound")}, len(data))


TABLE_2 = Experiment(
    name="kw-table-2",
    title="tightness of the bound on HAR as ε grows",
    says="However large ε is, after robust training the bound is close to the error that FGSM achieves: it is tight.",
    how="A network with one hidden layer of 500 units, trained with the robust loss for each ε; all test points.",
    columns=(
        Column("te", "test error", margin=1.0),
        Column("fgsm", "FGSM error", margin=2.0),
        Column("bound", "robust bound", margin=2.0),
    ),
    rows=tuple(
        Row(
            f"eps-{eps:g}",
            f"ε = {eps:g}",
            dict(zip(("te", "fgsm", "bound"), values)),
            "har",
            Trained(f"har-fc500-linf-kw-eps-{eps:g}", recipe("har", True, eps)),
            points=2947,
            setting={"eps": eps},
            cost=0.01,
        )
        for eps, values in TABLE.items()
    ),
    measure=measured,
)
