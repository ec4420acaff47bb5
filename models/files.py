"""Networks from and to files. Files are untrusted: never unpickled, limited in size, checked before use."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import torch
from torch import nn

from geometry.affine import Shape
from geometry.network import Normalize
from models.architecture import assemble, check_input_shape, input_shape_of
from models.cards import Card
from models.formats.mat_file import is_mat_file
from models.formats.matlab import read_matlab
from models.formats.matrices import is_matrices, read_matrices
from models.formats.native import is_native, read_native, write_native
from models.formats.onnx_file import is_onnx, read_onnx
from models.formats.readings import Hints, Padding, Reading, Weights, readings
from models.formats.recognise import Architecture, architecture
from models.formats.state_dict import is_state_dict, read_state_dict
from models.writing import replace_file

MAX_BYTES = 256_000_000
NORMALISATIONS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {  # usual ones, per channel (mean, std)
    "MNIST": ((0.1307,), (0.3081,)),
    "Fashion-MNIST": ((0.2860,), (0.3530,)),
    "CIFAR-10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "CIFAR-10 as Wong and Kolter": ((0.485, 0.456, 0.406), (0.225, 0.225, 0.225)),
    "to [-1, 1]": ((0.5,), (0.5,)),
}

Reader: TypeAlias = Callable[[bytes, Hints], Architecture | Weights]


@dataclass(frozen=True)
class Format:
    """A kind of file: how people know it, how its bytes show it, and what reads it."""

    title: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    read: Reader


FORMATS = (
    Format("safetensors", (".safetensors",), is_native, read_native),
    Format("PyTorch state_dict", (".pth", ".pt"), is_state_dict, partial(read_state_dict, max_bytes=MAX_BYTES)),
    Format("NumPy W1, b1, W2, b2, ...", (".npz",), is_matrices, partial(read_matrices, max_bytes=MAX_BYTES)),
    Format(
        "MATLAB U, bU, W, bW or weights_conv1, ...", (".mat",), is_mat_file, partial(read_matlab, max_bytes=MAX_BYTES)
    ),
    Format("ONNX", (".onnx",), is_onnx, read_onnx),
)


@dataclass(frozen=True, eq=False)
class Recognised:
    """The network in a file, and what of it was guessed.

    network : in eval mode, as `load_network` gives it
    format : the title of the kind of file, one of FORMATS
    input_shape : of one input
    readings : the ways to read what the file leaves open, the one taken first. With more than one the user should be
        asked; `load_network(source, **reading.keywords())` takes another one.
    cascade : how many networks the file holds (KW's cascades); `cascade=k` chooses the k-th from 0
    normalises : whether the network begins with a normalisation of its own. Otherwise the user may know one:
        see NORMALISATIONS
    """

    network: nn.Sequential
    format: str
    input_shape: Shape
    readings: tuple[Reading, ...]
    cascade: int
    normalises: bool


def load_network(
    source: str | os.PathLike[str] | bytes,
    *,
    input_shape: Shape | None = None,
    stride: int | Sequence[int] | None = None,
    padding: Padding | Sequence[Padding] | None = None,
    normalize: tuple[Sequence[float], Sequence[float]] | None = None,
    cascade: int = 0,
) -> nn.Sequential:
    """The network in a file, in eval mode. What kind of file it is its content decides, not its name.

    Parameters
    ----------
    source : a path, or the bytes of the file
    input_shape : of one input; a fully connected network gets a Flatten in front if it has several dimensions
    stride, padding : of all convolutions or of each, where the file does not say; "same" is TensorFlow's padding
    normalize : per-channel (mean, std) put in front of the network, so that distances stay in raw units
    cascade : which network of a file that holds several (Wong and Kolter's cascades), counted from 0. Each but the
        first was trained on, and judges, the points that those before it could not certify.

    What neither file nor caller says is guessed by the rules in `models.formats.recognise` and `.readings`: 4 x 4
    kernels have stride 2 and padding 1, others keep the image's size; between layers stands a ReLU. `recognise` tells
    what else would fit.

    Raises
    ------
    ValueError
        In one sentence: no file of a known kind, damaged, cut off, too large, NaN weights, shapes that do not fit.
    UnsupportedLayerError
        A ValueError too, naming the layer.
    FileNotFoundError
        If there is no such file.
    """
    return recognise(
        source, input_shape=input_shape, stride=stride, padding=padding, normalize=normalize, cascade=cascade
    ).network


def recognise(
    source: str | os.PathLike[str] | bytes,
    *,
    input_shape: Shape | None = None,
    stride: int | Sequence[int] | None = None,
    padding: Padding | Sequence[Padding] | None = None,
    normalize: tuple[Sequence[float], Sequence[float]] | None = None,
    cascade: int = 0,
) -> Recognised:
    """The network in a file with all that was guessed about it; parameters and errors are those of `load_network`."""
    data = _bytes(source)
    known = next((known for known in FORMATS if known.recognises(data)), None)
    if known is None:
        kinds = ", ".join(f"{known.title} ({', '.join(known.suffixes)})" for known in FORMATS)
        raise ValueError(f"this is no file of a trained network that can be read; known are {kinds}")
    hints = Hints(None if input_shape is None else tuple(input_shape), stride, padding, cascade)
    found = known.read(data, hints)
    networks = found.cascade if isinstance(found, Weights) else 1
    if not 0 <= cascade < networks:
        raise ValueError(f"the file holds {networks} network(s), counted from 0; cascade={cascade} is none of them")
    ways: tuple[Reading, ...] = ()
    if isinstance(found, Weights):
        ways = tuple(readings(found, hints))
        found = architecture(found, ways[0])
    network = assemble(found.specs, found.weights)
    network = nn.Sequential(*_front(network, input_shape, normalize), *network).eval()
    shape = hints.input_shape or found.input_shape or input_shape_of(network)
    check_input_shape(network, shape)
    normalises = isinstance(network[0], Normalize)
    return Recognised(network, known.title, shape, ways or (Reading(shape),), networks, normalises)


def save_network(network: nn.Module, path: str | os.PathLike[str], card: Card | None = None) -> None:
    """Write `path` (safetensors, architecture included) and, given a card, `path` with the ending .json beside it.

    Either file is replaced as a whole or not at all: a full disk or a crash leaves the old one.

    Raises
    ------
    UnsupportedLayerError
        Naming the layer that cannot be described.
    OSError
        If the disk is full or the folder does not exist.
    """
    path = Path(path)
    replace_file(path, write_native(network))
    if card is not None:
        replace_file(path.with_suffix(".json"), card.to_json().encode())


def network_bytes(network: nn.Module) -> bytes:
    """The file `save_network` writes, as bytes to be downloaded."""
    return write_native(network)


def _bytes(source: str | os.PathLike[str] | bytes) -> bytes:
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"the file has {size:,} bytes; networks up to {MAX_BYTES:,} are read")
    return source if isinstance(source, bytes) else Path(source).read_bytes()


def _front(
    network: nn.Sequential, input_shape: Shape | None, normalize: tuple[Sequence[float], Sequence[float]] | None
) -> list[nn.Module]:
    """What the file does not hold but its user asks for, to stand before the network's own layers."""
    front: list[nn.Module] = []
    first = next((layer for layer in network if not isinstance(layer, (Normalize, nn.Identity))), None)
    if normalize is not None:
        like = next(network.parameters())
        mean, std = (torch.as_tensor(value, dtype=like.dtype).reshape(-1) for value in normalize)
        if mean.shape != std.shape or not bool(
            torch.isfinite(mean).all() & torch.isfinite(std).all() & (std > 0).all()
        ):
            raise ValueError(f"normalize is (mean, std) per channel with std > 0, got {normalize}")
        front.append(Normalize(mean, std))
    if input_shape is not None and len(input_shape) > 1 and isinstance(first, (nn.Linear, nn.Unflatten)):
        front.append(nn.Flatten())
    return front
