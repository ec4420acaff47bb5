"""What MMR Figs. 5 to 10 share: loss gradients at ten images, and filters, of five trainings of the CNN in l_inf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from figures.papers.drawn import Drawn
from figures.papers.sheets import gradient_sheet, signed_sheet
from figures.style.palette import Theme
from papers.data import labelled
from papers.experiment import Column, Experiment, Measured, Row
from papers.job import Job
from papers.measures.gradients_and_filters import filters, first_of_each_class, loss_gradients, quantised, small_share
from papers.mmr.names import DATA_TITLES, SCHEME_TITLES, SCHEMES, trained
from papers.result_files import Result, packed, unpacked

IMAGES, FILTERS = 10, 16
FIRST_FILTERS = {"mnist": 16}  # of the first layer; five on colour images
BETTER_HERE = "Sparser gradients and filters are what the paper sees in robust networks; it gives no numbers."


def gradients_figure(number: int, dataset: str, says: str) -> Experiment:
    """Figure 5, 7 or 9: the gradients."""

    def measured(row: Row, job: Job) -> Measured:
        data = first_of_each_class(labelled(dataset), IMAGES)
        gradients = loss_gradients(job.network.network, data)
        images = np.rint(255 * np.clip(data.x, 0, 1)).astype(np.uint8)
        series = {"images": packed(images), "gradients": packed(quantised(gradients, each=True))}
        return Measured({"small": small_share(gradients)}, len(data), series)

    return Experiment(
        name=f"mmr-figure-{number}",
        title=f"loss gradients at ten images of {DATA_TITLES[dataset]}, five trainings",
        says=says,
        how=f"The gradient of the cross entropy by the input, at the first test image of each of ten classes. "
        f"{BETTER_HERE} Here the share of entries below 1 % of the largest stands for sparsity.",
        columns=(Column("small", "entries below 1 % of the largest", "%", "higher"),),
        rows=tuple(_rows(dataset, IMAGES)),
        measure=measured,
        draw=_gradients,
    )


def filters_figure(number: int, dataset: str, says: str) -> Experiment:
    """Figure 6, 8 or 10: the filters."""

    def measured(row: Row, job: Job) -> Measured:
        network = job.network.network
        first = filters(network, 0, FIRST_FILTERS.get(dataset, 5))
        second = filters(network, 1, FILTERS)
        series = {"first": packed(quantised(first, each=False)), "second": packed(quantised(second, each=False))}
        values = {"first": small_share(first.reshape(1, -1)), "second": small_share(second.reshape(1, -1))}
        return Measured(values, series=series)

    return Experiment(
        name=f"mmr-figure-{number}",
        title=f"filters of both convolutions on {DATA_TITLES[dataset]}, five trainings",
        says=says,
        how=f"The weights of the first filters of the first layer and of 16 of the second, whose 16 channels form a "
        f"square. {BETTER_HERE} Here the share of weights below 1 % of the layer's largest stands for sparsity.",
        columns=(
            Column("first", "first layer: weights below 1 %", "%", "higher"),
            Column("second", "second layer: weights below 1 %", "%", "higher"),
        ),
        rows=tuple(_rows(dataset, 0)),
        measure=measured,
        draw=_filters,
    )


def _rows(dataset: str, points: int) -> Iterator[Row]:
    for scheme in SCHEMES:
        title = f"{DATA_TITLES[dataset]} CNN ℓ∞ · {SCHEME_TITLES[scheme]}"
        source = trained(dataset, "cnn", "linf", scheme)
        yield Row(scheme, title, dataset=dataset, source=source, points=points, cost=0.1)


def _there(results: Mapping[str, Result], name: str) -> dict[str, Result]:
    """The results that hold a series of this name, by the titles of their trainings."""
    return {SCHEME_TITLES[s]: results[s] for s in SCHEMES if s in results and name in results[s].series}


def _gradients(results: Mapping[str, Result], theme: Theme) -> Drawn | None:
    there = _there(results, "gradients")
    if not there:
        return None
    images = unpacked(next(iter(there.values())).series["images"]) / 255
    rows = [unpacked(result.series["gradients"]) / 127 for result in there.values()]
    return Drawn(gradient_sheet(images, rows, theme), f"Rows: the images; the gradients of {', '.join(there)}.")


def _filters(results: Mapping[str, Result], theme: Theme) -> Drawn | None:
    there = _there(results, "first")
    if not there:
        return None
    first = [unpacked(result.series["first"]) / 127 for result in there.values()]
    second = [as_squares(unpacked(result.series["second"]) / 127) for result in there.values()]
    count = min(len(first[0]), FILTERS)
    sheet = signed_sheet([*(row[:count] for row in first), *(row[:count] for row in second)], theme)
    names = ", ".join(there)
    return Drawn(sheet, f"Rows: filters of the first layer of {names}; filters of the second layer of the same.")


def as_squares(weights: np.ndarray) -> np.ndarray:
    """(n, channels, height, width) -> (n, 1, side, side): the channels of a filter in the rows of a square."""
    count, channels, height, width = weights.shape
    columns = int(np.ceil(np.sqrt(channels)))
    rows = -(-channels // columns)
    padded = np.zeros((count, rows * columns, height, width))
    padded[:, :channels] = weights
    grid = padded.reshape(count, rows, columns, height, width).transpose(0, 1, 3, 2, 4)
    return grid.reshape(count, 1, rows * height, columns * width)
