"""The data of a training: points of the plane, or images with a plane through three of them."""

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
from geometry.computation.cached_property import cached_property
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
MOST_IMAGES = 60_000  # the size of MNIST's training set; limits memory
MARGIN = 0.6  # around the triangle of images, as a share of its size, so that it is in view


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Inputs with labels, and the plane on which regions are shown."""

    x: Array | NDArray[np.float32]  # (n, *input_shape)
    y: NDArray[np.int64]
    key: str  # of the content
    title: str
    classes: int
    class_names: tuple[str, ...]  # of images; empty if the classes have only numbers
    plane: Plane
    window: Window
    points: Array  # (m, 2) points on the plane that are drawn
    labels: NDArray[np.int64]  # (m,)
    box: tuple[float, float] | None  # of allowed inputs
    dataset: Dataset | None  # of the plane; None for images
    link: dict[str, str | None]
    images: Images | None = None  # the image set; None for the plane
    set_name: str = ""  # its name in controls and links

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.x.shape[1:])

    @cached_property
    def basis(self) -> NDArray[np.float32] | None:
        """(3, channels, height, width) origin and axes of a plane of images, on the scale from black 0 to white 1."""
        if self.images is None or len(self.shape) != 3:
            return None
        low, high = self.images.limits
        plane = (self.plane.origin - low, self.plane.u, self.plane.v)
        return (np.stack(plane) / (high - low)).astype(np.float32)


def shared_points(data: TrainingData) -> tuple[Tensor, Tensor]:
    """Inputs and labels as tensors. Images are not copied: all trainings share those of the set."""
    x = np.ascontiguousarray(data.x, dtype=np.float32)
    return torch.from_numpy(x), torch.tensor(data.y)


def training_data_controls() -> TrainingData | None:
    """The first section of the sidebar. Returns None, and shows the reason there, while nothing can be trained."""
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


def _plane(linked: Linked) -> TrainingData:
    chosen = data_controls(TrainState.data.key, TrainState.data.default)
    data = chosen.dataset
    check_learnable(data)
    return TrainingData(
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
        link={**linked.parts, **chosen.link},
    )


def _images(linked: Linked) -> TrainingData | None:
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
    draw = linked.whole(
        "Which three images span the plane", "three", 0, 10**6, 0, help="Other numbers, other three images."
    )
    three = three_images(y, draw)
    for column, index in zip(st.columns(3), three):
        name = plain(images.label(int(y[index])))
        column.image(shown(x[index], images.limits), name, width="stretch", alt=name)
    plane = Plane.through(*x[three].astype(np.float64))
    points = plane.project(x[three].astype(np.float64))
    return TrainingData(
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
    """The images with a label."""
    labelled = images.y >= 0
    if not labelled.any():
        raise ValueError("to learn from them, images need labels: add y to the NPZ, or choose another set")
    return images if labelled.all() else replace(images, x=images.x[labelled], y=images.y[labelled])


def three_images(labels: NDArray[np.int64], draw: int) -> NDArray[np.intp]:
    """Three indices of images of different classes, drawn with the seed `draw`.

    If there are fewer classes: three different images, with at least one of each class.
    """
    random = np.random.default_rng(draw)
    present = np.unique(labels)
    classes = random.choice(present, min(3, len(present)), replace=False)
    indices = [int(random.choice(np.flatnonzero(labels == label))) for label in classes]
    others = np.setdiff1d(np.arange(len(labels)), indices)
    missing = min(3 - len(indices), len(others))
    indices += [int(index) for index in random.choice(others, missing, replace=False)] if missing else []
    return np.array([*indices, *[indices[-1]] * (3 - len(indices))])


def _around(points: Array) -> Window:
    """A square around (m, 2) points, with a margin."""
    low, high = points.min(axis=0), points.max(axis=0)
    (s, t), half = (low + high) / 2, float((high - low).max()) * (0.5 + MARGIN)
    return float(s - half), float(s + half), float(t - half), float(t + half)
