"""Metrics and histograms of all regions and all data points, below the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

from figures.regions.histograms import distance_histogram
from figures.words import GLOSSARY, NORM_SIGNS, counted, thousands, three_digits
from geometry import Distances, Network, distances
from geometry.computation.cached_property import cached_property
from geometry.norms import Array, Norm
from models.data.toy import Dataset
from pages.shared.by_key import BY_KEY
from pages.shared.plane.picture import RegionPicture

TEST = "On further points of the same kind, which no training sees: their share is set by *Test points*."
WIDTHS = (72, 80, 80, 84, 90, 84)  # of the columns of the metrics, relative to each other: that of their labels


def truncation_notice(picture: RegionPicture, limit: int) -> None:
    """Where the window holds more regions than the limit: says which part is shown, and how to see the rest."""
    if picture.regions.truncated:
        s0, s1, t0, t1 = picture.regions.window
        st.info(
            f"The window holds more than {counted(limit, 'region')}. Shown is the part "
            f"[{s0:.3g}, {s1:.3g}] × [{t0:.3g}, {t1:.3g}], exactly. "
            "For more: raise *Regions at most*, or zoom in: what is in view is enumerated by itself.",
            icon=":material/crop_free:",
        )


def numbers(picture: RegionPicture, data: DataNumbers | None, p: Norm, test: float | None = None) -> None:
    """Metrics in a row; `test` is the error on test points."""
    size, clean = NORM_SIGNS[p], GLOSSARY["clean_error"]
    columns = st.container(key="explore-numbers").columns(WIDTHS[:5] if test is None else WIDTHS, gap="xsmall")
    columns[0].metric("Regions", thousands(len(picture.regions)), help=GLOSSARY["region"])
    if data is None:
        columns[1].caption("No data points: draw some, or choose a data set.")
    else:
        for column, label, value, words in (
            (columns[1], "Mean d_B", three_digits(data.mean_d_B), f"{GLOSSARY['d_B']} In {size}, over the data."),
            (columns[2], "Mean d_D", three_digits(data.mean_d_D), f"{GLOSSARY['d_D']} In {size}, over the data."),
            (
                columns[3],
                "d_D ≤ d_B",
                f"{100 * data.optimal_share:.1f} %",
                f"Share of data points. {GLOSSARY['optimal']}",
            ),
            *(() if data.error is None else ((columns[4], "Training error", f"{100 * data.error:.1f} %", clean),)),
            *(() if test is None else ((columns[5], "Test error", f"{100 * test:.1f} %", TEST),)),
        ):
            column.metric(label, value, help=words)


def histograms(picture: RegionPicture, data: DataNumbers | None) -> None:
    """Two histograms as HTML: the browser loads no library for them."""
    left, right = st.columns(2, gap="large")
    left.html(picture.areas)
    if data is not None:
        right.html(data.histogram)


def shown_numbers(picture: RegionPicture, data: DataNumbers | None, network: Network) -> dict[str, float]:
    """The metrics by their names in `MEASURES`. A window that holds too many regions shows no number of them."""
    shown: dict[str, float] = {"units": sum(network.module_widths)}
    if not picture.regions.truncated:
        shown["regions"] = len(picture.regions)
    if data is not None:
        shown |= {"points": len(data.distances.d_B), "mean-d_B": data.mean_d_B}
        shown |= {} if data.error is None else {"error": 100 * data.error}
    return shown


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_KEY)
def test_error(network: Network, test: Dataset | None) -> float | None:
    """The share of the test points that the network gets wrong; None without test points, or if it tells less apart."""
    if test is None or test.classes > network.classes:
        return None
    scores = network.scores(torch.tensor(test.x))
    return float((scores.argmax(dim=1).numpy() != test.y).mean())


@dataclass(frozen=True, eq=False)
class DataNumbers:
    """d_B, d_D and the error of a network on the data points."""

    distances: Distances
    error: float | None  # share of points that the network misclassifies; None where labels mean nothing to it

    @cached_property
    def histogram(self) -> str:
        """Histograms of d_B and d_D in one chart, as HTML."""
        return distance_histogram(self.distances.d_B, self.distances.d_D)

    @property
    def mean_d_B(self) -> float:
        return _mean(self.distances.d_B)

    @property
    def mean_d_D(self) -> float:
        return _mean(self.distances.d_D)

    @property
    def optimal_share(self) -> float:
        """The share of points with d_D <= d_B."""
        return float((self.distances.d_D <= self.distances.d_B).mean())


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_KEY)
def data_numbers(network: Network, data: Dataset, p: Norm, bands: bool) -> DataNumbers | None:
    """None if there are no points. Bands of a number have no error: the labels are classes."""
    if len(data) == 0:
        return None
    data_distances = distances(network, data.x, p)
    return DataNumbers(data_distances, None if bands else float((data_distances.classes != data.y).mean()))


def _mean(values: Array) -> float:
    """Mean of the finite values; infinite if there are none."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("inf")
