"""Networks and data as commands name them: by a name of the project's own, or by the path of a file or a folder."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from geometry.content import content_key
from geometry.network.affine import Shape
from models.data.images import IMAGE_SETS, available_images, data_folder, load_images, read_images_at, shape_text
from models.data.images.images import Part
from models.data.toy import DATASETS
from models.files.bare_weights.readings import Padding
from models.files.candidates import Normalisation
from models.files.network_files import load_network
from models.gallery import gallery, gallery_title, load_shipped
from models.networks.input_shapes import check_input_shape, input_shape_of
from models.presets import PRESETS, ROBUST, SMALL, load_preset


@dataclass(frozen=True, eq=False)
class NamedNetwork:
    """A network in eval mode, its title, and sentences on how its file was read."""

    network: nn.Sequential
    title: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class NamedPoints:
    """Points x (n, *shape) with labels y (n,), -1 where the class is not known; title and `points_key`.

    `part` is the part that was asked for, "" for a set without parts.
    """

    x: NDArray[Any]
    y: NDArray[np.int64]
    title: str
    key: str
    part: str

    def first(self, count: int | None, *, labelled: bool) -> NDArray[np.int64]:
        """The indices of the first `count` points, or of the first labelled ones; of all of them for None.

        Raises
        ------
        ValueError
            If there are not so many.
        """
        numbers = np.flatnonzero(self.y >= 0) if labelled else np.arange(len(self.y))
        words = "labelled points" if labelled else "points"
        if len(numbers) == 0:
            raise ValueError(f"{self.title} has no {words}; add labels y to the file")
        if count is not None and not 1 <= count <= len(numbers):
            raise ValueError(f"{self.title} has 1 to {len(numbers)} {words}, got {count}")
        return numbers[:count]


def network_by_name(
    name: str,
    *,
    input_shape: Shape | None = None,
    stride: int | Sequence[int] | None = None,
    padding: Padding | Sequence[Padding] | None = None,
    normalize: Normalisation | None = None,
    cascade: int = 0,
) -> NamedNetwork:
    """The network in the file of that path, or else of the gallery or the presets.

    Other arguments are those of `load_network`, for files that do not determine their network.

    Raises
    ------
    ValueError
        If there is none, or the file cannot be read; see `load_network`.
    """
    if not Path(name).exists():
        if name in gallery():
            return NamedNetwork(load_shipped(name).network, gallery_title(name))
        if name in (*PRESETS, *SMALL, *ROBUST):
            return NamedNetwork(load_preset(name).network, name)
        known = ", ".join((*gallery(), *PRESETS, *SMALL, *ROBUST))
        raise ValueError(f"there is no file {name[:200]!r}, and no network of that name; the project has {known}")
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        network = load_network(
            name, input_shape=input_shape, stride=stride, padding=padding, normalize=normalize, cascade=cascade
        )
    return NamedNetwork(network, Path(name).name, tuple(dict.fromkeys(str(note.message) for note in notes)))


def points_by_name(name: str, part: Part = "test") -> NamedPoints:
    """The data of a name in the catalogue of images, of a toy set, or in the file or the folder of that path.

    A folder holds the files of one set, such as MNIST's four; of a set with one part, that part is taken.

    Raises
    ------
    ValueError
        If there is no such set, or its files are missing, damaged, or only half of the set.
    """
    try:
        if name in IMAGE_SETS or (name in available_images() and not Path(name).exists()):
            images = load_images(name, part)
        elif name in DATASETS:
            toy = DATASETS[name]()
            return NamedPoints(toy.x, toy.y, toy.name, points_key(toy.x, toy.y), "")
        elif Path(name).exists():
            images = read_images_at(Path(name), part)
        else:
            known = ", ".join((*IMAGE_SETS, *DATASETS))
            raise ValueError(
                f"there is no file or folder {name[:200]!r}, no data set of that name in {data_folder()}, and none of "
                f"the project's: {known}"
            )
    except OSError as error:
        raise ValueError(str(error)) from error
    return NamedPoints(images.x, images.y, images.name, points_key(images.x, images.y), part)


def points_key(x: NDArray[Any], y: NDArray[np.int64]) -> str:
    """A key of points x (n, *shape) and their labels y (n,), wherever they come from."""
    return content_key(np.asarray(x, dtype=np.float32), y)


def inputs_for(network: NamedNetwork, points: NamedPoints) -> NDArray[Any]:
    """The points x as the network takes them: as they are, or flat.

    Raises
    ------
    ValueError
        If the network takes neither.
    """
    flat = points.x.reshape(len(points.x), -1)
    for x in (points.x, flat):
        try:
            check_input_shape(network.network, x.shape[1:])
        except ValueError:
            continue
        return x
    wanted = shape_text(input_shape_of(network.network))
    raise ValueError(
        f"{network.title} is for inputs of {wanted}, and those of {points.title} are {shape_text(points.x.shape[1:])}"
    )
