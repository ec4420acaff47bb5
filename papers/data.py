"""The points that rows are measured on: images, or toy sets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geometry.norms import Array
from models.data.images import IMAGE_SETS, Part, available_images, load_images
from models.data.toy import DATASETS


@dataclass(frozen=True, eq=False)
class Labelled:
    """Points (n, *input_shape) and labels (n,), in the order of their files, and the box of legal inputs."""

    x: NDArray[np.float32] | Array
    y: NDArray[np.int64]
    classes: int
    box: tuple[float, float] | None

    def first(self, count: int) -> Labelled:
        """The first so many; all if there are no more."""
        return Labelled(self.x[:count], self.y[:count], self.classes, self.box)

    def __len__(self) -> int:
        return len(self.x)


def missing_data(dataset: str, part: Part) -> str:
    """What is missing to have this part of a data set, "" if nothing."""
    if not dataset or dataset in DATASETS or part in available_images().get(dataset, ()):
        return ""
    if dataset not in IMAGE_SETS:
        return f"a reader of the data set {dataset} (models/data)"
    return f"the {part} part of {IMAGE_SETS[dataset].title} on this machine (README: data)"


@lru_cache(maxsize=2)
def labelled(dataset: str, part: Part = "test") -> Labelled:
    """The points of a part; a toy set has one part only.

    Raises
    ------
    ValueError, FileNotFoundError
        As reading the files does.
    """
    if dataset in DATASETS:
        points = DATASETS[dataset]()
        return Labelled(points.x, points.y, points.classes, None)
    images = load_images(dataset, part)
    return Labelled(images.x, images.y, images.class_count, images.limits)
