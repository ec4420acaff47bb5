"""The accuracy of a network on labelled images."""

from __future__ import annotations

from torch import nn

from models.data.images.images import Images
from models.networks.error_rate import error_rate
from models.networks.input_shapes import check_input_shape


def accuracy(network: nn.Sequential, images: Images, n: int = 1000) -> float:
    """The share of the first n labelled images that a network gets right.

    A network read with a wrong stride, padding, normalisation or order of pixels has a far lower accuracy than the
    one that was trained.

    Raises
    ------
    ValueError
        If the images do not fit the network, or none has a label.
    """
    labelled = (images.y >= 0).nonzero()[0][:n]
    if len(labelled) == 0:
        raise ValueError(f"{images.name} has no labels to compare with")
    check_input_shape(network, tuple(images.x.shape[1:]))
    return 1 - error_rate(network, images.x[labelled], images.y[labelled])
