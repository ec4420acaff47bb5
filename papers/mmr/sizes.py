"""What MMR Tables 2, 5 and 6 share: test error, and mean bounds of the smallest l_2 perturbation."""

from __future__ import annotations

from papers.data import labelled
from papers.experiment import Column, Measured, Row
from papers.job import Job
from papers.measures.perturbation_sizes import sizes
from papers.measures.robust_errors import test_error

POINTS = 1000  # the first of the test set, misclassified ones included
COST = {"fc1": 2.0, "fc10": 3.0, "cnn": 5.0}  # seconds a point
COLUMNS = (
    Column("te", "test error", margin=0.4),
    Column("lb", "mean lower bound", "", "higher", 0.02, "of the smallest ‖δ‖₂ that changes the class"),
    Column("ub", "mean upper bound", "", "higher", 0.05, "of the smallest ‖δ‖₂ that changes the class"),
)
HOW = (
    "Per point: KW's certified radius of the predicted class from below, and Carlini and Wagner's attack inside the "
    "box [0, 1] from above, with 9 searches of 200 steps where the paper has 20 of 10 000. Where Theorem 3.1 gives the "
    "smallest perturbation, both are set to it. The paper chose the networks of this table for a test error like that "
    "of plain training, and does not state their λ and γ; here they are those of Table 1."
)


def measured(row: Row, job: Job) -> Measured:
    network, data = job.network.network, job.first(row.dataset)
    te = test_error(network, labelled(row.dataset))
    measured_sizes = sizes(network, data, job.progress)
    note = f"{int(measured_sizes.optimal.sum())} points solved by Theorem 3.1"
    return Measured({"te": te, **measured_sizes.means()}, len(data), note=note)
