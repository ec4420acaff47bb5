"""Networks from and to files. Files are untrusted: never unpickled, limited in size, checked before use."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from torch import nn

from geometry.network.affine import Shape
from geometry.network.network import UnsupportedLayerError
from models.files.atomic_writes import replace_file
from models.files.bare_weights.readings import Hints, Padding, Reading, Ways, Weights
from models.files.bare_weights.readings import readings as ways_to_read
from models.files.bare_weights.recognise import Architecture
from models.files.candidates import Candidate, Normalisation
from models.files.cards import Card
from models.files.formats.foreign import what_it_is
from models.files.formats.mat_file import is_mat_file
from models.files.formats.matlab import read_matlab
from models.files.formats.matrices import is_matrices, read_matrices
from models.files.formats.native import is_native, read_native, write_native
from models.files.formats.nnet_file import is_nnet, read_nnet
from models.files.formats.onnx.file import is_onnx, read_onnx
from models.files.formats.state_dict import is_state_dict, read_state_dict
from models.networks.architecture import assemble, input_shape_of

MAX_BYTES = 256_000_000

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
    Format("Stanford .nnet", (".nnet",), is_nnet, read_nnet),
)


@dataclass(frozen=True, eq=False)
class Recognised:
    """The network in a file, and what of it was guessed.

    network : in eval mode, as `load_network` gives it
    format : the title of the kind of file, one of FORMATS or, where its names tell more, more exactly
    input_shape : of one input
    readings : the ways to read what the file leaves open, the one taken first. With more than one the user should be
        asked; `load_network(source, **reading.keywords())` takes another one.
    cascade : how many networks the file holds (KW's cascades); `cascade=k` chooses the k-th from 0
    normalises : whether the network begins with a normalisation of its own. Otherwise the user may know one:
        see `models.scores`
    notes : what the user should know of how the file was read, each a sentence in plain words: a Softmax that was
        left off, images whose channels come last in the file
    """

    network: nn.Sequential
    format: str
    input_shape: Shape
    readings: tuple[Reading, ...]
    cascade: int
    normalises: bool
    notes: tuple[str, ...] = ()


def load_network(
    source: str | os.PathLike[str] | bytes,
    *,
    input_shape: Shape | None = None,
    stride: int | Sequence[int] | None = None,
    padding: Padding | Sequence[Padding] | None = None,
    normalize: Normalisation | None = None,
    cascade: int = 0,
    second: bytes | None = None,
    reading: Reading | None = None,
) -> nn.Sequential:
    """The network in a file, in eval mode. What kind of file it is its content decides, not its name.

    Files of bare weights (state_dicts, safetensors of others, NumPy, MATLAB) do not determine the network. They say
    nothing of activations: a ReLU is assumed between layers. They have no trace of pooling, stride, padding, dilation
    or the size of images, and may not tell the order of layers. What neither file nor caller says is guessed by the
    rules in `models.files.bare_weights.recognise`, `.order` and `.convolutions`: 4 x 4 kernels have stride 2 and
    padding 1. Where a rule singles one reading out among several, a warning says so; where none does, the file is
    refused. `readings` lists all that fit. What the user should know of how the file was read is given as warnings too.

    Parameters
    ----------
    source : a path, or the bytes of the file
    input_shape : of one input; a fully connected network gets a Flatten in front if it has several dimensions
    stride, padding : of all convolutions or of each, where the file does not say; "same" is TensorFlow's padding
    normalize : per-channel (mean, std) put in front of the network, so that distances stay in raw units
    cascade : which network of a file that holds several (Wong and Kolter's cascades), counted from 0. Each but the
        first was trained on, and judges, the points that those before it could not certify.
    second : the bytes of a second file that belongs to the first, such as net.onnx.data with the weights of net.onnx.
        Of a path, the file beside it that it names is read: by its bare name, never one in another folder.
    reading : one of those that `readings` gives, which settles what the file leaves open

    Raises
    ------
    ValueError
        In one sentence: no file of a known kind, damaged, cut off, too large, NaN weights, shapes that do not fit, or
        several readings that fit, with the arguments that tell them apart.
    UnsupportedLayerError
        A ValueError too, naming the layer.
    FileNotFoundError
        If there is no such file.
    """
    found = recognise(
        source, input_shape=input_shape, stride=stride, padding=padding, normalize=normalize, cascade=cascade,
        second=second, reading=reading,
    )  # fmt: skip
    for note in found.notes:
        warnings.warn(note, stacklevel=2)
    if found.cascade > 1 and cascade == 0:
        warnings.warn(
            f"the file holds {found.cascade} networks; the first is read, cascade=1 and so on choose another",
            stacklevel=2,
        )
    if reading is None and (others := _other_functions(found.readings)):
        warnings.warn(
            f"the file leaves the network open: read with {found.readings[0]}, by a stated rule; {len(others)} other "
            f"reading(s) fit, such as {others[0]}; give {_settling(found.readings)} to settle it",
            stacklevel=2,
        )
    return found.network


def readings(
    source: str | os.PathLike[str] | bytes,
    *,
    input_shape: Shape | None = None,
    stride: int | Sequence[int] | None = None,
    padding: Padding | Sequence[Padding] | None = None,
    cascade: int = 0,
    second: bytes | None = None,
) -> list[Candidate]:
    """The networks that a file may hold, the likeliest first; one if the file states its network.

    Parameters and errors are those of `load_network`.
    """
    shape = None if input_shape is None else tuple(input_shape)
    hints = Hints(shape, stride, padding, cascade, partial(_second_file, source, second))
    known, found = _read(_bytes(source), hints)
    networks = found.cascade if isinstance(found, Weights) else 1
    if isinstance(found, Weights):
        ways = ways_to_read(found, hints)
    else:
        whole = shape or found.input_shape or input_shape_of(assemble(found.specs, found.weights))
        ways = Ways((Reading(whole),), 1, "")
    states = not isinstance(found, Weights)
    title = known.title if isinstance(found, Architecture) else found.format or known.title
    return [
        Candidate(title, way, states, ways.settled == 1 and place == 0, networks, found, ways.order)
        for place, way in enumerate(ways.readings)
    ]


def settled(candidates: Sequence[Candidate]) -> Candidate | None:
    """The one that `load_network` takes without being told more; None where somebody has to say."""
    first = candidates[0]
    return first if first.singled_out and first.supported else None


def recognise(
    source: str | os.PathLike[str] | bytes,
    *,
    input_shape: Shape | None = None,
    stride: int | Sequence[int] | None = None,
    padding: Padding | Sequence[Padding] | None = None,
    normalize: Normalisation | None = None,
    cascade: int = 0,
    second: bytes | None = None,
    reading: Reading | None = None,
) -> Recognised:
    """The network in a file with all that was guessed about it; parameters and errors are those of `load_network`."""
    known = readings(
        source, input_shape=input_shape, stride=stride, padding=padding, cascade=cascade, second=second
    )  # fmt: skip
    chosen = known[0]
    if reading is not None:
        chosen = replace(chosen, reading=reading)
    elif chosen.reading.pool_kind and chosen.singled_out and not chosen.supported:
        raise UnsupportedLayerError(chosen.refusal)
    elif not chosen.singled_out:
        raise ValueError(_open([candidate.reading for candidate in known], chosen.why))
    network = chosen.with_normalisation(normalize)
    others = [candidate.reading for candidate in known if candidate.reading != chosen.reading]
    normalises = chosen.normalises or normalize is not None
    return Recognised(
        network, chosen.format, chosen.input_shape, (chosen.reading, *others), chosen.cascade, normalises, chosen.notes
    )


def _read(data: bytes, hints: Hints) -> tuple[Format, Architecture | Weights]:
    known = next((known for known in FORMATS if known.recognises(data)), None)
    if known is None:
        kinds = ", ".join(f"{known.title} ({', '.join(known.suffixes)})" for known in FORMATS)
        told = what_it_is(data)
        raise ValueError(
            f"this is no file of a trained network that can be read{told and f': {told}'}; known are {kinds}"
        )
    found = known.read(data, hints)
    networks = found.cascade if isinstance(found, Weights) else 1
    if not 0 <= hints.cascade < networks:
        raise ValueError(
            f"the file holds {networks} network(s), counted from 0; cascade={hints.cascade} is none of them"
        )
    return known, found


def _open(ways: Sequence[Reading], order: str) -> str:
    """Why a file is not read: what fits, and what settles it."""
    listed = "; ".join(map(str, ways[:4])) + (f"; and {len(ways) - 4} more" if len(ways) > 4 else "")
    why = "weights have no trace of pooling, stride or padding" if any(way.stride for way in ways) else order
    return f"the file holds weights alone, which fit several networks ({why}): {listed}. Give {_settling(ways)}"


def _settling(ways: Sequence[Reading]) -> str:
    """The arguments that tell readings apart."""
    told = ["stride, padding and input_shape"] if any(way.stride for way in ways) else []
    return " or ".join([*told, "reading=, one of models.readings(file)"])


def _other_functions(ways: Sequence[Reading]) -> list[Reading]:
    """The readings that are another function than the first, not only another shape of its inputs."""
    first = replace(ways[0], input_shape=())
    return [way for way in ways if replace(way, input_shape=()) != first]


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
    if not isinstance(source, bytes) and Path(source).exists() and not Path(source).is_file():
        raise ValueError(f"{str(source)[:200]!r} is a folder or a device; give the path of one file")
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"the file has {size:,} bytes; networks up to {MAX_BYTES:,} are read")
    return source if isinstance(source, bytes) else Path(source).read_bytes()


def _second_file(source: str | os.PathLike[str] | bytes, given: bytes | None, name: str) -> bytes | None:
    """The file that came with the first: the bytes given, or what lies beside its path under a bare name."""
    if given is not None or isinstance(source, bytes):
        return None if given is None else _bytes(given)
    beside = Path(source).parent / name
    if name in ("", ".", "..") or any(character in name for character in "/\\:\0"):
        return None
    try:
        if not beside.is_file():
            return None
    except OSError:  # a name too long for the file system
        return None
    if beside.resolve().parent != Path(source).parent.resolve():
        return None  # a link to another folder
    return _bytes(beside)
