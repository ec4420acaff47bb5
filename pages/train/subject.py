"""What is learned: points of the plane, or images, of which a plane through three is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from figures.images.inputs import shown
from figures.regions.overlays import Window
from geometry import Plane
from geometry.content import content_key
from geometry.norms import Array
from models import check_learnable
from models.data.images import Images
from models.data.toy import Dataset
from pages.shared.image_sets import choose_images
from pages.shared.linked_controls import Linked
from pages.shared.plain import complain, plain
from pages.shared.plane.data import data_controls
from pages.train.state import IMAGES, PLANE, PREFIX, TrainState

KINDS = {PLANE: "Plane", IMAGES: "Images"}
MOST_IMAGES = 60_000
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
    images: Images | None = None  # the set that the inputs are of; None for the plane
    set_name: str = ""  # as choosers and links have it

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.x.shape[1:])


def shared_points(subject: Subject) -> tuple[Tensor, Tensor]:
    """Inputs and labels as tensors. Images are those of the set itself, without a copy: all trainings share them."""
    x = np.ascontiguousarray(subject.x, dtype=np.float32)
    return torch.from_numpy(x), torch.tensor(subject.y)


def subject_controls() -> Subject | None:
    """The first section of the sidebar. None, with the reason said there, while nothing can be learned."""
    linked = Linked(PREFIX)
    kind = linked.choice(
        "Train on", "of", KINDS, PLANE, row=True, label_visibility="collapsed",
        help="*Plane*: points in two dimensions. *Images*: a set of images, or of any other inputs, which may be your "
        "own; shown is the plane through three of them.",
    )  # fmt: skip
    try:
        return _images(linked) if kind == IMAGES else _plane(linked)
    except (FileNotFoundError, ValueError) as error:
        complain(error)
        return None


def _plane(linked: Linked) -> Subject:
    found = data_controls(TrainState.data.key, TrainState.data.default)
    data = found.dataset
    check_learnable(data)
    return Subject(
        x=data.x,
        y=data.y,
        key=data.key,
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


def _images(linked: Linked) -> Subject | None:
    chosen = choose_images(linked, "train")
    if chosen is None:
        return None
    images = _labelled(chosen.images)
    many = len(images)
    size = linked.whole(
        "Images to learn from", "images-size", min(100, many), min(MOST_IMAGES, many), min(10_000, many), step=1000,
        help="The first so many of the training set, or of all where the set has one part.",
    )  # fmt: skip
    x, y = images.x[:size], images.y[:size]
    if len(np.unique(y)) < 2:
        raise ValueError(
            "these images are all of one class: there is nothing to learn; take more of them, or another set"
        )
    draw = linked.whole("Plane through images, draw", "three", 0, 10**6, 0, help="Other numbers, other three images.")
    three = three_images(y, draw)
    for column, index in zip(st.columns(3), three):
        name = plain(images.label(int(y[index])))
        column.image(shown(x[index], images.limits), name, width="stretch", alt=name)
    plane = Plane.through(*x[three].astype(np.float64))
    points = plane.project(x[three].astype(np.float64))
    return Subject(
        x=x,
        y=y,
        key=content_key(images.key, size, draw),
        title=images.name,
        classes=images.class_count,
        class_names=tuple(map(images.label, range(images.class_count))),
        plane=plane,
        window=_around(points),
        points=points,
        labels=y[three],
        box=images.limits,
        dataset=None,
        link=linked.parts,
        images=images,
        set_name=chosen.name,
    )


def _labelled(images: Images) -> Images:
    """Those whose class is known."""
    known = images.y >= 0
    if not known.any():
        raise ValueError("to learn from them, images need labels: add y to the NPZ, or choose another set")
    return images if known.all() else replace(images, x=images.x[known], y=images.y[known])


def three_images(labels: NDArray[np.int64], draw: int) -> NDArray[np.intp]:
    """Three indices of different classes, as far as there are three; the same `draw` gives the same.

    Of fewer classes, three different images with at least one of each.
    """
    random = np.random.default_rng(draw)
    present = np.unique(labels)
    classes = random.choice(present, min(3, len(present)), replace=False)
    found = [int(random.choice(np.flatnonzero(labels == label))) for label in classes]
    others = np.setdiff1d(np.arange(len(labels)), found)
    missing = min(3 - len(found), len(others))
    found += [int(index) for index in random.choice(others, missing, replace=False)] if missing else []
    return np.array([*found, *[found[-1]] * (3 - len(found))])


def _around(points: Array) -> Window:
    """A square around (m, 2) points with some room."""
    low, high = points.min(axis=0), points.max(axis=0)
    (s, t), half = (low + high) / 2, float((high - low).max()) * (0.5 + ROOM)
    return float(s - half), float(s + half), float(t - half), float(t + half)
