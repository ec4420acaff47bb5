"""Units that are the same function as an earlier one of their layer, by the weights they read alone.

A convolution has many where its inputs repeat: over an image's black margin, or over all pixels of one grey when only
brightness and contrast vary. Their lines are those of the first such unit, so they need not cut; if they did, all would
meet at every crossing, and only exact arithmetic could tell that they are equal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F

from geometry.network.affine import Affine, Chain, Conv, Scale
from geometry.network.blocks import Taps
from geometry.network.network import Layer
from geometry.plane import Plane
from geometry.ragged_arrays import Bools, Floats, Ints

PADDED = -1  # in place of an input: a zero beyond the image's border


def repeated_units(layers: Sequence[Layer], plane: Plane) -> tuple[Bools | None, ...]:
    """Per layer (units,) which units equal an earlier one on the whole plane; None where none does.

    Weights are compared as they are, so all units that are marked are equal in exact arithmetic, too; others may be.
    """
    ids = _numbered([part.ravel() for part in (plane.origin, plane.u, plane.v)])
    marked: list[Bools | None] = []
    for layer in layers:
        ids = _numbered([_through(layer.affine, ids), layer.slopes()])
        first = np.zeros(len(ids), bool)
        first[np.unique(ids, return_index=True)[1]] = True
        marked.append(None if first.all() else ~first)
    return tuple(marked)


def _through(affine: Affine, ids: Ints) -> Ints:
    """(inputs,) numbers, the same for equal inputs -> (outputs,) for equal outputs; of a matrix all are different."""
    if isinstance(affine, Chain):
        for part in affine.parts:
            ids = _through(part, ids)
        return ids
    if isinstance(affine, Taps):
        index, weight = affine.index.numpy(), affine.weight.numpy()
        return _numbered([*ids[index].T, *weight.T, affine.bias.numpy()])
    if isinstance(affine, Scale):
        return _numbered([ids, affine.scale.numpy(), affine.bias.numpy()])
    if isinstance(affine, Conv) and affine.groups == 1 and len(np.unique(ids)) < len(ids):
        return _numbered([*_places(affine, ids), affine.bias.numpy()])
    return np.arange(affine.bias.numel())


def _places(affine: Conv, ids: Ints) -> tuple[Ints, Ints]:
    """(units,) each unit's channel, and the number of what lies under the kernel at its place."""
    image = torch.from_numpy(ids.astype(np.float64)).reshape(1, *affine.in_shape)
    image = F.pad(image, affine.padding, value=PADDED)
    size = affine.weight.shape[2:]
    under = F.unfold(image, tuple(size), affine.dilation, 0, affine.stride)[0].numpy().T
    place = _numbered(list(under.T))
    channels = len(affine.weight)
    return np.repeat(np.arange(channels), len(place)), np.tile(place, channels)


def _numbered(columns: Sequence[Ints | Floats]) -> Ints:
    """The same number for equal rows; columns (m,) of integers or floats, whose bits are compared."""
    rows = np.ascontiguousarray(np.column_stack([np.asarray(column).view(np.int64) for column in columns]))
    whole = rows.view(np.dtype((np.void, 8 * rows.shape[1])))[:, 0]
    numbers: Ints = np.unique(whole, return_inverse=True)[1]
    return numbers
