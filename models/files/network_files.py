"""Loading and saving networks. Files are untrusted: never unpickled, limited in size, checked before use."""

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
from models.files.bare_weights.readings import Hints, Padding, RankedReadings, Reading, Weights
from models.files.bare_weights.readings import readings as ranked_readings
from models.files.bare_weights.recognise import Architecture
from models.files.candidates import Candidate, Normalisation
from models.files.cards import Card
from models.files.formats.foreign import foreign_kind
from models.files.formats.mat_file import is_mat_file
from models.files.formats.matlab import read_matlab
from models.files.formats.native import is_native, read_native, write_native
from models.files.formats.nnet_file import is_nnet, read_nnet
from models.files.formats.npz import is_matrices, read_matrices
from models.files.formats.onnx.file import is_onnx, read_onnx
from models.files.formats.pt2.file import is_pt2, read_pt2
from models.files.formats.state_dict import is_state_dict, read_state_dict
from models.networks.architecture import assemble
from models.networks.input_shapes import input_shape_of

MAX_BYTES = 256_000_000  # a limit on memory

Reader: TypeAlias = Callable[[bytes, Hints], Architecture | Weights]


@dataclass(frozen=True)
class Format:
    """A file format: its title, its suffixes, a test of a file's bytes, and a reader."""

    title: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    read: Reader


FORMATS = (
    Format("safetensors", (".safetensors",), is_native, read_native),
    Format("torch.export", (".pt2",), is_pt2, partial(read_pt2, max_bytes=MAX_BYTES)),
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
    """The network in a file, and the choices that the file left open.

    network : in eval mode, as from `load_network`
    format : the title of the file format, that of FORMATS or a more exact one
    input_shape : of one input
    readings : the readings that fit, the one in use first. If there are several, ask the user;
        `load_network(source, **reading.keywords())` takes another one.
    cascade : the number of networks in the file (KW's cascades); `cascade=k` chooses the k-th from 0
    normalises : whether the network begins with a normalisation. Otherwise see `models.scores`
    notes : sentences for the user on how the file was read, such as a Softmax that was left off, or images with
        channels last
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
    """The network in a file, in eval mode. The content of the file determines its format, not its name.

    Files of bare weights (state_dicts, foreign safetensors, NumPy, MATLAB) do not determine the network. They do not
    contain activations: a ReLU is assumed between layers. They do not contain pooling, stride, padding, dilation or
    the size of images, and not always the order of layers. What neither file nor caller states is chosen by the rules
    in `models.files.bare_weights.recognise`, `.order` and `.convolutions`: 4 x 4 kernels have stride 2 and padding 1.
    If a rule selects one of several readings, a warning names the rule; if none does, a ValueError lists the readings.
    `readings` returns all that fit. The reader's notes are given as warnings, too.

    Parameters
    ----------
    source : a path, or the bytes of the file
    input_shape : of one input; a fully connected network gets a Flatten in front if it has several dimensions
    stride, padding : of all convolutions or of each, if the file does not state them; "same" is TensorFlow's padding
    normalize : per-channel (mean, std) put in front of the network, so that distances stay in raw units
    cascade : the number of the network, from 0, in a file with several (Wong and Kolter's cascades). Each but the first
        was trained on, and judges, the points that those before it could not certify.
    second : the bytes of a second file that belongs to the first, such as net.onnx.data with the weights of net.onnx.
        For a path, the file that it names is read from the same folder, never from another one.
    reading : one of `readings`, which settles the open choices

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
    recognised = recognise(
        source, input_shape=input_shape, stride=stride, padding=padding, normalize=normalize, cascade=cascade,
        second=second, reading=reading,
    )  # fmt: skip
    for note in recognised.notes:
        warnings.warn(note, stacklevel=2)
    if recognised.cascade > 1 and cascade == 0:
        warnings.warn(
            f"the file holds {recognised.cascade} networks; the first is read, cascade=1 and so on choose another",
            stacklevel=2,
        )
    fitting = recognised.readings
    if reading is None and (others := _other_functions(fitting)):
        warnings.warn(
            f"the file leaves the network open: read with {fitting[0]}, by a stated rule; {len(others)} other "
            f"reading(s) fit, such as {others[0]}; give {_settling(fitting)} to settle it",
            stacklevel=2,
        )
    return recognised.network


def readings(
    source: str | os.PathLike[str] | bytes,
    *,
    input_shape: Shape | None = None,
    stride: int | Sequence[int] | None = None,
    padding: Padding | Sequence[Padding] | None = None,
    cascade: int = 0,
    second: bytes | None = None,
) -> list[Candidate]:
    """The networks that a file may contain, the likeliest first; a single one if the file determines its network.

    Parameters and errors are those of `load_network`.
    """
    shape = None if input_shape is None else tuple(input_shape)
    hints = Hints(shape, stride, padding, cascade, partial(_second_file, source, second))
    file_format, content = _read(_bytes(source), hints)
    networks = content.cascade if isinstance(content, Weights) else 1
    if isinstance(content, Weights):
        ranked = ranked_readings(content, hints)
    else:
        own_shape = shape or content.input_shape or input_shape_of(assemble(content.specs, content.weights))
        ranked = RankedReadings((Reading(own_shape),), 1, "")
    determined = not isinstance(content, Weights)
    title = file_format.title if isinstance(content, Architecture) else content.format or file_format.title
    return [
        Candidate(title, reading, determined, ranked.settled == 1 and place == 0, networks, content, ranked.order)
        for place, reading in enumerate(ranked.readings)
    ]


def settled(candidates: Sequence[Candidate]) -> Candidate | None:
    """The candidate that `load_network` takes without further arguments; None if the user has to choose."""
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
    """The network in a file with the choices that were made; parameters and errors are those of `load_network`."""
    candidates = readings(
        source, input_shape=input_shape, stride=stride, padding=padding, cascade=cascade, second=second
    )  # fmt: skip
    chosen = candidates[0]
    if reading is not None:
        chosen = replace(chosen, reading=reading)
    elif chosen.reading.pool_kind and chosen.singled_out and not chosen.supported:
        raise UnsupportedLayerError(chosen.refusal)
    elif not chosen.singled_out:
        raise ValueError(_open([candidate.reading for candidate in candidates], chosen.why))
    network = chosen.with_normalisation(normalize)
    others = [candidate.reading for candidate in candidates if candidate.reading != chosen.reading]
    normalises = chosen.normalises or normalize is not None
    return Recognised(
        network, chosen.format, chosen.input_shape, (chosen.reading, *others), chosen.cascade, normalises, chosen.notes
    )


def _read(data: bytes, hints: Hints) -> tuple[Format, Architecture | Weights]:
    file_format = next((entry for entry in FORMATS if entry.recognises(data)), None)
    if file_format is None:
        titles = ", ".join(f"{entry.title} ({', '.join(entry.suffixes)})" for entry in FORMATS)
        kind = foreign_kind(data)
        raise ValueError(
            f"this is no file of a trained network that can be read{kind and f': {kind}'}; known are {titles}"
        )
    content = file_format.read(data, hints)
    networks = content.cascade if isinstance(content, Weights) else 1
    if not 0 <= hints.cascade < networks:
        raise ValueError(
            f"the file holds {networks} network(s), counted from 0; cascade={hints.cascade} is none of them"
        )
    return file_format, content


def _open(fitting: Sequence[Reading], order: str) -> str:
    """The message for a file with several likely readings: which fit, and the arguments that settle it."""
    listed = "; ".join(map(str, fitting[:4])) + (f"; and {len(fitting) - 4} more" if len(fitting) > 4 else "")
    strides = any(reading.stride for reading in fitting)
    why = "weights have no trace of pooling, stride or padding" if strides else order
    return f"the file holds weights alone, which fit several networks ({why}): {listed}. Give {_settling(fitting)}"


def _settling(fitting: Sequence[Reading]) -> str:
    """The arguments that distinguish the readings."""
    arguments = ["stride, padding and input_shape"] if any(reading.stride for reading in fitting) else []
    return " or ".join([*arguments, "reading=, one of models.readings(file)"])


def _other_functions(fitting: Sequence[Reading]) -> list[Reading]:
    """The readings that differ from the first in more than the shape of inputs."""
    first = replace(fitting[0], input_shape=())
    return [reading for reading in fitting if replace(reading, input_shape=()) != first]


def save_network(network: nn.Module, path: str | os.PathLike[str], card: Card | None = None) -> None:
    """Write `path` (safetensors, architecture included) and, given a card, a file with the suffix .json.

    Each file is replaced as a whole or not at all: a full disk or a crash leaves the old one.

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
    """The file of `save_network` as bytes, for a download."""
    return write_native(network)


def _bytes(source: str | os.PathLike[str] | bytes) -> bytes:
    if not isinstance(source, bytes) and Path(source).exists() and not Path(source).is_file():
        raise ValueError(f"{str(source)[:200]!r} is a folder or a device; give the path of one file")
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"the file has {size:,} bytes; networks up to {MAX_BYTES:,} are read")
    return source if isinstance(source, bytes) else Path(source).read_bytes()


def _second_file(source: str | os.PathLike[str] | bytes, given: bytes | None, name: str) -> bytes | None:
    """The second file: the given bytes, or the file of that bare name in the folder of `source`."""
    if given is not None or isinstance(source, bytes):
        return None if given is None else _bytes(given)
    path = Path(source).parent / name
    if name in ("", ".", "..") or any(character in name for character in "/\\:\0"):
        return None
    try:
        if not path.is_file():
            return None
    except OSError:  # a name too long for the file system
        return None
    if path.resolve().parent != Path(source).parent.resolve():
        return None  # a link to another folder
    return _bytes(path)
