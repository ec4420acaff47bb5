"""MMR Fig. 2: linear regions before and after MMR, on the plane and on a slice through three digits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from figures.papers.drawn import Drawn
from figures.papers.sheets import boundary_sheet
from figures.style.palette import Theme
from figures.words import thousands
from models.data.toy import DATASETS
from papers.data import labelled
from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.measures.regions import SIDE, boundaries, plane_and_window, regions_in
from papers.result_files import Result, packed, unpacked
from papers.sources import Trained

PLANE, SLICE = "mmr", "mnist-5k"  # the data sets of the two rows; the second holds digits of MNIST's training set
TITLES = {
    "plane-plain": "128 points · plain",
    "plane-mmr": "128 points · MMR",
    "slice-plain": "a slice of MNIST · plain",
    "slice-mmr": "a slice of MNIST · MMR",
}


def measured(row: Row, job: Job) -> Measured:
    network = job.network.network
    if row.dataset == PLANE:
        regions = regions_in(network, DATASETS[PLANE]().window)
    else:
        plane, window = plane_and_window(three_digits(job.settings.seed))
        regions = regions_in(network, window, plane)
    mask = np.packbits(boundaries(regions))
    return Measured({"regions": float(len(regions))}, row.points, series={"boundaries": packed(mask)})


def three_digits(seed: int) -> list[np.ndarray]:
    """Three images of different classes, drawn at random from the training set."""
    data, random = labelled(SLICE, "train"), np.random.default_rng(seed)
    classes = random.choice(data.classes, 3, replace=False)
    return [data.x[random.choice(np.flatnonzero(data.y == c))].astype(np.float64) for c in classes]


def draw(results: Mapping[str, Result], theme: Theme) -> Drawn | None:
    there = [name for name in TITLES if "boundaries" in getattr(results.get(name), "series", {})]
    if not there:
        return None
    masks = [
        np.unpackbits(unpacked(results[name].series["boundaries"]), count=SIDE**2).astype(bool).reshape(SIDE, SIDE)
        for name in there
    ]
    counts = ", ".join(f"{TITLES[name]}: {thousands(int(results[name].values['regions']))}" for name in there)
    return Drawn(boundary_sheet(masks, theme), f"Boundaries of linear regions. Number of regions, in rows: {counts}.")


FIGURE_2 = Experiment(
    name="mmr-figure-2",
    title="linear regions without and with MMR",
    says="MMR makes linear regions much larger: of 100 units on 128 points of the plane, and of 1024 units on a "
    "plane through three MNIST images.",
    how="All linear regions in the window are counted exactly. The paper shows pictures and gives no numbers. Its "
    "points, images and window are unknown; here they are drawn, the window being twice as wide as the triangle.",
    columns=(Column("regions", "linear regions", "", "lower"),),
    rows=tuple(
        Row(name, TITLES[name], dataset=dataset, source=Trained(network), points=points, cost=0.1)
        for name, dataset, network, points in (
            ("plane-plain", PLANE, "mmr-fig-2-plain", 128),
            ("plane-mmr", PLANE, "mmr-fig-2", 128),
            ("slice-plain", SLICE, "mnist-fc1-linf-plain", 3),
            ("slice-mmr", SLICE, "mnist-fc1-linf-mmr", 3),
        )
    ),
    measure=measured,
    draw=draw,
)
