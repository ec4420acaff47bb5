"""MMR Table 1: test error and bounds of the robust error of six trainings, in l_inf and l_2."""

from __future__ import annotations

from collections.abc import Iterator

from geometry.norms import FILE_NORMS
from papers.data import labelled
from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.measures.robust_errors import robust_errors, test_error
from papers.mmr.names import DATA_TITLES, NETWORK_TITLES, NORM_TITLES, SCHEME_TITLES, trained

# TE, LB and UB, in percent: FC1 and CNN in l_inf, then FC1 and CNN in l_2. None where the paper has a dash.
NO = None
TABLE: dict[str, dict[str, tuple[float | None, ...]]] = {
    "mnist": {
        "plain": (1.44, 93.0, 100, 0.91, 74.0, 100, 1.73, 9.7, 66.3, 0.85, 3.1, 100),
        "at": (0.92, 10.0, 99.0, 0.82, 3.0, 100, 1.15, 2.6, 16.9, 0.87, 1.8, 100),
        "kw": (3.19, 10.9, 10.9, 1.26, 4.4, 4.4, 1.19, 2.4, 5.2, 1.11, 2.2, 6.0),
        "xiao": (NO, NO, NO, 1.32, 4.9, 5.7, NO, NO, NO, NO, NO, NO),
        "mmr": (2.11, 22.5, 24.9, 1.65, 6.0, 6.0, 2.40, 5.9, 8.8, 2.57, 5.8, 11.6),
        "mmr-at": (2.04, 14.0, 14.1, 1.19, 3.6, 3.6, 1.77, 3.8, 6.4, 2.12, 4.6, 9.7),
    },
    "fashion-mnist": {
        "plain": (9.49, 100, 100, 9.50, 96.0, 100, 9.70, 42.8, 91.8, 9.32, 57.1, 100),
        "at": (11.69, 29.5, 95.5, 11.54, 21.5, 73.0, 9.15, 19.9, 61.4, 8.10, 20.4, 100),
        "kw": (21.31, 32.8, 32.8, 21.73, 32.4, 32.4, 11.24, 17.2, 22.7, 13.08, 18.5, 21.7),
        "mmr": (18.11, 37.6, 42.0, 14.52, 33.2, 33.6, 13.28, 25.0, 28.0, 12.85, 25.4, 35.3),
        "mmr-at": (15.84, 31.3, 34.8, 14.50, 26.6, 30.7, 12.12, 19.7, 23.4, 13.42, 26.2, 39.1),
    },
    "gts": {
        "plain": (12.72, 61.0, 77.0, 7.11, 63.0, 99.5, 12.24, 37.5, 44.7, 6.78, 33.3, 99.2),
        "at": (9.33, 34.5, 48.5, 6.84, 29.5, 81.0, 13.55, 33.1, 43.2, 8.75, 23.8, 98.6),
        "kw": (13.99, 33.0, 33.0, 15.56, 36.1, 36.6, 16.84, 16.9, 31.2, 14.33, 28.7, 34.7),
        "mmr": (14.29, 39.8, 39.8, 13.31, 49.5, 49.6, 14.55, 33.2, 34.7, 14.22, 36.2, 36.9),
        "mmr-at": (13.10, 33.1, 35.4, 14.88, 38.3, 38.4, 13.94, 29.7, 32.1, 15.35, 32.1, 33.2),
    },
    "cifar-10": {
        "plain": (NO, NO, NO, 24.63, 91.0, 100, NO, NO, NO, 23.31, 47.2, 100),
        "at": (NO, NO, NO, 27.04, 52.5, 88.5, NO, NO, NO, 25.82, 35.8, 100),
        "kw": (NO, NO, NO, 38.91, 46.6, 48.0, NO, NO, NO, 40.24, 43.9, 49.0),
        "xiao": (NO, NO, NO, 38.88, 50.1, 54.1, NO, NO, NO, NO, NO, NO),
        "mmr": (NO, NO, NO, 34.61, 57.5, 61.0, NO, NO, NO, 40.92, 50.6, 57.1),
        "mmr-at": (NO, NO, NO, 35.38, 47.9, 54.2, NO, NO, NO, 37.75, 43.9, 53.3),
    },
}
SETUPS = (("linf", "fc1"), ("linf", "cnn"), ("l2", "fc1"), ("l2", "cnn"))  # in the order of the columns
EPS = {
    "mnist": {"linf": 0.1, "l2": 0.3},
    "fashion-mnist": {"linf": 0.1, "l2": 0.3},
    "gts": {"linf": 4 / 255, "l2": 0.2},
    "cifar-10": {"linf": 2 / 255, "l2": 0.1},
}
POINTS = {"linf": 1000, "l2": 10_000}  # the paper's; GTS has 12 600 test images in l_2
SECONDS = {"linf": 120.0, "l2": 0.0}  # of the exact search on a point: the paper's, which has none in l_2
COST = {"fc1": 0.1, "cnn": 0.15}  # seconds a point, without the exact search

NOTES = {
    "mnist-cnn-linf-kw": "The paper took the network that KW published.",
    "fashion-mnist-cnn-linf-kw": "The paper took the network that KW published.",
    "cifar-10-cnn-linf-kw": "The paper took the network that KW published.",
    "mnist-cnn-l2-mmr-at": "The paper took the network of epoch 50.",
}
COPIED = "The paper copies these numbers from Xiao et al., whose code was not available."


def rows() -> Iterator[Row]:
    for dataset, schemes in TABLE.items():
        for number, (norm, network) in enumerate(SETUPS):
            for scheme, values in schemes.items():
                errors = values[3 * number : 3 * number + 3]
                name = f"{dataset}-{network}-{norm}-{scheme}"
                if all(value is None for value in errors):
                    continue
                yield Row(
                    name,
                    f"{DATA_TITLES[dataset]} {NETWORK_TITLES[network]} {NORM_TITLES[norm]} · {SCHEME_TITLES[scheme]}",
                    {key: value for key, value in zip(("te", "lb", "ub"), errors) if value is not None},
                    dataset,
                    trained(dataset, network, norm, scheme),
                    points=12_600 if (dataset, norm) == ("gts", "l2") else POINTS[norm],
                    seconds=SECONDS[norm],
                    setting={"eps": EPS[dataset][norm], "p": norm},
                    cost=COST[network],
                    note=COPIED if scheme == "xiao" else NOTES.get(name, ""),
                )


def measured(row: Row, job: Job) -> Measured:
    network, everything, data = job.network.network, labelled(row.dataset), job.first(row.dataset)
    te = test_error(network, everything)
    errors = robust_errors(
        network, data, row.setting["eps"], FILE_NORMS[row.setting["p"]], box=data.box, seconds=job.seconds,
        progress=job.progress,
    )  # fmt: skip
    return Measured({"te": te, "lb": errors.lower, "ub": errors.upper}, len(data))


TABLE_1 = Experiment(
    name="mmr-table-1",
    title="test error and robust error of six trainings",
    says="MMR+at is comparable to KW and better than adversarial training: its robust error is small, and its bounds "
    "are close to each other. Networks with plain or adversarial training cannot be certified.",
    how="Test error is that of the whole test set. The lower bound of the robust error counts points that PGD or the "
    "exact search makes wrong; the upper bound those that neither interval bounds, Fast-Lin, CROWN nor the exact "
    "search prove, inside the box [0, 1]. The exact search (branch and bound) takes the place of the paper's integer "
    "programs; each row states its time limit on a point.",
    columns=(
        Column("te", "test error", margin=0.4),
        Column("lb", "robust error, at least", margin=2.0, says="what attacks break"),
        Column("ub", "robust error, at most", margin=2.0, says="what nothing proves"),
    ),
    rows=tuple(rows()),
    measure=measured,
)
