"""Scores: the accuracy of each reading of a file on labelled images, with each usual normalisation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from geometry.network.affine import Shape
from geometry.network.network import class_scores
from models.files.candidates import Candidate, Normalisation

AS_IT_IS = "as it is"
NORMALISATIONS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {  # usual ones, per channel (mean, std)
    "MNIST": ((0.1307,), (0.3081,)),
    "Fashion-MNIST": ((0.2860,), (0.3530,)),
    "CIFAR-10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "CIFAR-10 as Wong and Kolter": ((0.485, 0.456, 0.406), (0.225, 0.225, 0.225)),
    "ImageNet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "to [-1, 1]": ((0.5,), (0.5,)),
}
DEVIATIONS = 3  # of the number of images on which two readings differ: exceeded by chance in one case of 700
BATCH = 250  # images at a time: a limit on memory


@dataclass(frozen=True, eq=False)
class Score:
    """The result of a reading with a normalisation.

    normalisation : its name, or AS_IT_IS
    normalize : (mean, std) per channel; None for AS_IT_IS
    right : (count,) whether each image is classified correctly
    """

    candidate: Candidate
    normalisation: str
    normalize: Normalisation | None
    right: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """The number of images."""
        return len(self.right)

    @property
    def accuracy(self) -> float:
        """The share of images that are classified correctly."""
        return float(self.right.mean())


def scores(
    candidates: Sequence[Candidate],
    x: ArrayLike,
    y: ArrayLike,
    *,
    n: int = 500,
    normalisations: Mapping[str, Normalisation] | None = None,
) -> list[Score]:
    """Each reading with each normalisation on the first n labelled images, the most accurate first.

    Readings for other shapes than the images', unsupported ones and classifiers with fewer classes than the labels
    are left out. Equal ones keep the given order, without normalisation first.

    Parameters
    ----------
    x : (m, *shape), in raw units
    y : (m,) whole numbers, below 0 if no label is known
    normalisations : those to try in addition to none, by name; if None, those of NORMALISATIONS that fit the channels,
        for readings that do not begin with a normalisation

    Raises
    ------
    ValueError
        If no image has a label, if x is not finite, or if y is not one whole number for each image.
    """
    images, labels = _checked(np.asarray(x), np.asarray(y))
    labelled = (labels >= 0).nonzero()[0][:n]
    if len(labelled) == 0:
        raise ValueError("no image has a label to compare with")
    points, right = torch.as_tensor(images[labelled]), torch.as_tensor(labels[labelled].astype(np.int64))
    if not bool(torch.isfinite(points).all()):
        raise ValueError("images with labels hold NaN or infinite values")
    shape = tuple(points.shape[1:])
    tried: list[Score] = []
    for candidate in candidates:
        if not _fits(candidate, shape):
            continue
        for name, normalize in _normalisations(candidate, shape, normalisations):
            logits = _logits(candidate.with_normalisation(normalize, shape), points)
            if logits.dim() == 2 and logits.shape[1] > int(right.max()):
                tried.append(Score(candidate, name, normalize, (logits.argmax(1) == right).numpy()))
    return sorted(tried, key=lambda score: -score.right.sum())


def _checked(images: NDArray[Any], labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Images and labels; a ValueError if they do not match. NumPy would broadcast a column of labels over a row."""
    if labels.ndim != 1 or images.ndim < 2 or len(images) != len(labels):
        raise ValueError(f"images of shape {images.shape} and labels of shape {labels.shape}: one label for each image")
    if images.dtype.kind not in "fiub" or labels.dtype.kind not in "fiub":
        raise ValueError(f"images of {images.dtype} and labels of {labels.dtype} must be numbers")
    if not (np.isfinite(labels).all() and (labels == np.floor(labels)).all()):
        raise ValueError("labels are whole numbers: of a class, or below 0 where none is known")
    return images, labels


def better(tried: Sequence[Score], chosen: Score) -> Score | None:
    """The best other score if it is significantly better on the same images; None if there is none.

    Only images that exactly one of two readings classifies correctly distinguish them. If both were equally good, b of
    b + c such images would be the one's with mean (b + c) / 2 and deviation sqrt(b + c) / 2: significant is b - c above
    DEVIATIONS times sqrt(b + c).

    Source: McNemar (1947).
    """
    best = max(tried, key=lambda score: int(score.right.sum()), default=None)
    if best is None or best is chosen or best.count != chosen.count:
        return None
    gained, lost = int((best.right & ~chosen.right).sum()), int((chosen.right & ~best.right).sum())
    return best if gained - lost > DEVIATIONS * math.sqrt(gained + lost) else None


def _fits(candidate: Candidate, shape: Shape) -> bool:
    flat = len(candidate.input_shape) == 1 and candidate.input_shape[0] == math.prod(shape)
    return candidate.supported and (candidate.input_shape == shape or flat)


def _normalisations(
    candidate: Candidate, shape: Shape, given: Mapping[str, Normalisation] | None
) -> list[tuple[str, Normalisation | None]]:
    """The normalisations to try, none first."""
    plain: list[tuple[str, Normalisation | None]] = [(AS_IT_IS, None)]
    if given is None:
        images = len(shape) == 3 and not candidate.normalises
        given = {name: usual for name, usual in NORMALISATIONS.items() if images and len(usual[0]) in (1, shape[0])}
    return [*plain, *given.items()]


def _logits(network: nn.Sequential, points: torch.Tensor) -> torch.Tensor:
    like = next(network.parameters(), points)
    with torch.no_grad():
        return torch.cat([class_scores(network(batch.to(like))) for batch in points.split(BATCH)])
