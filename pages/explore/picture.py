"""What the page computes, kept for as long as it is useful: regions, frame, distances."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from torch import nn

from figures.frames import Frame, region_frame
from figures.overlays import Window
from geometry import Distances, as_network, distances, enumerate_regions
from geometry.network import Network
from geometry.norms import Array, Norm
from geometry.region_map import RegionMap
from models.datasets import Dataset

if TYPE_CHECKING:  # Plotly loads slowly, and the picture comes first: it is imported where it is needed
    from figures.ink import Figure


@dataclass(frozen=True, eq=False)
class Picture:
    """The regions of a network in a window, as arrays and as a frame."""

    regions: RegionMap
    frame: Frame

    @cached_property
    def areas(self) -> Figure:
        """The distribution of the regions' areas."""
        from figures.histograms import area_histogram

        return area_histogram(self.regions.areas())


@st.cache_resource(max_entries=32, show_spinner=False)
def converted(key: str, _network: nn.Sequential) -> Network:
    """The network as geometry knows it, for inputs on the plane. `key` names its content.

    Raises
    ------
    ValueError
        If it takes other inputs, or a weight is not finite.
    """
    return as_network(_network, (2,))


@st.cache_resource(max_entries=6, show_spinner="Finding every linear region …")
def picture(key: str, _network: Network, window: Window, limit: int) -> Picture:
    """The picture of a network, named by its key. A few are kept, for all sessions together.

    Raises
    ------
    ValueError
        As `enumerate_regions`.
    """
    regions = enumerate_regions(_network, window, max_regions=limit)
    return Picture(regions, region_frame(regions))


@dataclass(frozen=True, eq=False)
class DataNumbers:
    """What a network does to the data points."""

    distances: Distances
    error: float  # share of points it gets wrong

    @cached_property
    def histogram(self) -> Figure:
        from figures.histograms import distance_histogram

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


@st.cache_resource(max_entries=32, show_spinner=False)
def data_numbers(network_key: str, data_key: str, _network: Network, _data: Dataset, p: Norm) -> DataNumbers | None:
    """None for no points at all."""
    if len(_data) == 0:
        return None
    found = distances(_network, _data.x, p)
    return DataNumbers(found, float((found.classes != _data.y).mean()))


def _mean(values: Array) -> float:
    """Of the finite ones; infinite if there are none."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("inf")
