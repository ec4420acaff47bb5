"""Augmentation: images moved and changed at random before the network learns from them.

What happens to an image depends on seed, epoch and the image's place in the data set alone, neither on its batch nor on
the device. So a training can be repeated, and resumed from any step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

STREAM = 1  # of random numbers; the order of the batches is drawn from another one


@dataclass(frozen=True)
class Drawn:
    """What happens to each image of a data set in one epoch; (n,) tensors.

    rows, columns : of the upper left corner of the crop, in the image with its border
    mirrored : whether left and right are exchanged
    brightness : what is added
    contrast : by what differences from the mean are multiplied
    """

    rows: Tensor
    columns: Tensor
    mirrored: Tensor
    brightness: Tensor
    contrast: Tensor


@dataclass(frozen=True)
class Augmentation:
    """A border of zeros and a random crop of the original size; mirroring; brightness; contrast; in this order.

    title : one line for choosers
    mirror : whether an image is mirrored with probability 1/2
    border : pixels of zeros on each side before the crop
    brightness : a number from -brightness to brightness is added to all pixels, which are then clipped to [0, 1]
    contrast : pixels' differences from their channel's mean are multiplied by a number between these two, and the
        pixels are clipped to [0, 1]

    Source: the code released with Croce et al. (2019); they state crops and mirroring (App. B.1).
    """

    title: str
    mirror: bool
    border: int = 2
    brightness: float = 0.1
    contrast: tuple[float, float] = (0.6, 1.4)

    def draw(self, n: int, seed: int, epoch: int, device: torch.device | str = "cpu") -> Drawn:
        """What happens to each of n images in an epoch, numbered from 0."""
        random = np.random.default_rng((seed, epoch, STREAM))
        rows, columns = random.integers(0, 2 * self.border, (2, n), endpoint=True)
        mirrored = random.random(n) < 0.5 if self.mirror else np.zeros(n, np.bool_)
        brightness = random.uniform(-self.brightness, self.brightness, n)
        contrast = random.uniform(*self.contrast, n)
        numbers = (rows, columns, mirrored, brightness.astype(np.float32), contrast.astype(np.float32))
        return Drawn(*(torch.from_numpy(array).to(device) for array in numbers))

    def apply(self, x: Tensor, drawn: Drawn, places: Tensor) -> Tensor:
        """(m, channels, height, width) images in [0, 1], changed as was drawn for their places (m,) in the data set."""
        height, width = x.shape[2:]
        rows = drawn.rows[places, None] + torch.arange(height, device=x.device)
        columns = torch.arange(width, device=x.device).expand(len(x), width)
        columns = torch.where(drawn.mirrored[places, None], columns.flip(1), columns) + drawn.columns[places, None]
        bordered = F.pad(x, (self.border,) * 4).permute(0, 2, 3, 1)
        image = torch.arange(len(x), device=x.device)[:, None, None]
        moved = bordered[image, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
        brighter = (moved + _of_each(drawn.brightness, places, x)).clamp(0, 1)
        mean = brighter.mean(dim=(2, 3), keepdim=True)
        return ((brighter - mean) * _of_each(drawn.contrast, places, x) + mean).clamp(0, 1).contiguous()


AUGMENTATIONS = {
    "cifar-10": Augmentation("moved, mirrored, brightness and contrast changed (MMR on CIFAR-10)", mirror=True),
    "gts": Augmentation("moved, brightness and contrast changed (MMR on GTS)", mirror=False),
}


def augmentation(name: str | None, x: Tensor) -> Augmentation | None:
    """The augmentation with this name for data x, or None without a name.

    Raises
    ------
    ValueError
        If there is none with this name, or x are no images in [0, 1].
    """
    if name is None:
        return None
    if name not in AUGMENTATIONS:
        raise ValueError(f"augment is one of {', '.join(AUGMENTATIONS)}, or None, got {name!r}")
    if x.dim() != 4 or bool((x < 0).any()) or bool((x > 1).any()):
        span = f"from {float(x.min()):g} to {float(x.max()):g}"
        raise ValueError(
            f"augmentation is for images (n, channels, height, width) in [0, 1], got {tuple(x.shape)} {span}"
        )
    return AUGMENTATIONS[name]


def _of_each(numbers: Tensor, places: Tensor, x: Tensor) -> Tensor:
    """(m, 1, 1, 1): the numbers of these images, in the type of x."""
    return numbers[places].to(x.dtype)[:, None, None, None]
