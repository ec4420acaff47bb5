"""What is learned: points of the plane, or images, of which a plane through three is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from figures.overlays import Window
from figures.words import sentence
from geometry import Plane
from geometry.norms import Array
from models import check_learnable
from models.datasets import Dataset
from models.images import IMAGE_SETS, Images, load_images
from pages.explore.data import data_controls
from pages.explore.linked import Linked

PREFIX = "train-"
PLANE, IMAGES = "plane", "images"
KINDS = {PLANE: "Plane", IMAGES: "Images"}
OUT_OF_THE_BOX = "mnist-5k"
DATA, DEFAULT = "train-data", "mmr"
MOST_IMAGES = 60_000
LINK_NAMES = frozenset({"of", "images", "images-size", "three"})
ROOM = 0.35  # of the triangle's size, around it


@dataclass(frozen=True, eq=False)
class Subject:
    """Inputs with labels, and the plane on which regions are shown."""

    x: Array | NDArray[np.float32]  # (n, *input_shape)
    y: NDArray[np.int64]
    key: str  # names the content
    title: str
    classes: int
    class_names: tuple[str, ...]  # of images; empty for classes that have numbers alone
    plane: Plane
    window: Window
    points: Array  # (m, 2) on the plane, to be drawn
    labels: NDArray[np.int64]  # (m,)
    box: tuple[float, float] | None  # legal inputs
    dataset: Dataset | None  # of the plane; None for images
    link: dict[str, str | None]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.x.shape[1:])


def subject_controls() -> Subject | None:
    """The first section of the sidebar. None, with the reason said there, while nothing can be learned."""
    linked = Linked(PREFIX)
    kind = linked.choice(
        "Train on", "of", KINDS, PLANE, row=True, label_visibility="collapsed",
        help="*Plane*: points in two dimensions. *Images*: digits; shown is the plane through three of them.",
    )  # fmt: skip
    try:
        return _images(linked) if kind == IMAGES else _plane(linked)
    except (FileNotFoundError, ValueError) as error:
        st.error(sentence(error), icon=":material/error:")
        return None


def _plane(linked: Linked) -> Subject:
    found = data_controls(DATA, DEFAULT)
    data = found.dataset
    check_learnable(data)
    return Subject(
        x=data.x,
        y=data.y,
        key=found.key,
        title=data.name,
        classes=data.classes,
        class_names=(),
        plane=Plane.identity(),
        window=data.window,
        points=np.array(data.x),
        labels=np.array(data.y),
        box=None,
        dataset=data,
        link={**linked.parts, **found.link},
    )


@st.cache_resource(show_spinner="Reading the images …", max_entries=2)
def _loaded(name: str) -> Images:
    return load_images(name, "train")


def _images(linked: Linked) -> Subject:
    name = linked.choice("Images", "images", {name: known.title for name, known in IMAGE_SETS.items()}, OUT_OF_THE_BOX)
    images = _loaded(name)
    size = linked.whole(
        "Images to learn from", "images-size", 100, min(MOST_IMAGES, len(images)), 10_000, step=1000,
        help="The first so many of the training set.",
    )  # fmt: skip
    draw = linked.whole("Plane through images, draw", "three", 0, 10**6, 0, help="Other numbers, other three images.")
    three = three_images(images.y[:size], draw)
    for column, index in zip(st.columns(3), three):
        column.image(images.x[index].transpose(1, 2, 0).squeeze(), images.classes[images.y[index]], width="stretch")
    plane = Plane.through(*images.x[three].astype(np.float64))
    points = plane.project(images.x[three].astype(np.float64))
    return Subject(
        x=images.x[:size],
        y=images.y[:size],
        key=f"{images.name}-{size}-{draw}",
        title=images.name,
        classes=len(images.classes),
        class_names=images.classes,
        plane=plane,
        window=_around(points),
        points=points,
        labels=images.y[three],
        box=(0.0, 1.0),
        dataset=None,
        link=linked.parts,
    )


def three_images(labels: NDArray[np.int64], draw: int) -> NDArray[np.intp]:
    """Three indices of different classes, as far as there are three; the same `draw` gives the same."""
    random = np.random.default_rng(draw)
    present = np.unique(labels)
    classes = random.choice(present, 3, replace=len(present) < 3)
    return np.array([random.choice(np.flatnonzero(labels == label)) for label in classes])


def _around(points: Array) -> Window:
    """A square around (m, 2) points with some room."""
    low, high = points.min(axis=0), points.max(axis=0)
    (s, t), half = (low + high) / 2, float((high - low).max()) * (0.5 + ROOM)
    return float(s - half), float(s + half), float(t - half), float(t + half)
