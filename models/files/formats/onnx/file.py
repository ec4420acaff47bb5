"""Reading ONNX files: the bytes are checked first, then parsed by the package `onnx`.

A protocol buffer can take far more memory than its bytes. The check limits that with the package's descriptions of its
messages.
"""

from __future__ import annotations

from typing import Any

from models.files.bare_weights.readings import Hints
from models.files.bare_weights.recognise import Architecture

# Limits on memory and time.
MAX_FIELDS = 200_000  # of all messages in the file: a large network has some thousands
MAX_NODES = 5_000
MAX_LIST = 1_000_000  # bytes of one list of integers, each of which may grow eightfold
MAX_DEPTH = 12  # of nested messages
OPSETS = range(7, 100)  # before 7, Add and its like broadcast by another rule
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
DAMAGED = "the ONNX file is damaged or cut off; save or download it again"


def is_onnx(data: bytes) -> bool:
    """Whether the bytes begin like an ONNX file, with the version of its format, a small number."""
    return len(data) > 8 and data[0] == 0x08 and 3 <= data[1] < 100


def read_onnx(data: bytes, hints: Hints) -> Architecture:
    """The architecture in the graph.

    Raises
    ------
    UnsupportedLayerError
        Naming the node and its operator, and what is supported.
    ValueError
        If the file is damaged, too large, refers to other files, or has several inputs.
    """
    import onnx  # takes a tenth of a second, so only for these files
    from google.protobuf.message import DecodeError

    from models.files.formats.onnx.graph import layers_of_graph

    hints.refuse_convolutions()
    _check_fields(data, onnx.ModelProto.DESCRIPTOR)
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise ValueError(DAMAGED) from error
    opset = next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 0)
    if opset not in OPSETS:
        raise ValueError(f"the ONNX file is of operator set {opset}; {OPSETS.start} and later are read")
    if len(model.graph.node) > MAX_NODES:
        raise ValueError(f"the ONNX graph has {len(model.graph.node):,} nodes; up to {MAX_NODES:,} are read")
    return layers_of_graph(model.graph, opset, hints)


def _check_fields(data: bytes, kind: Any) -> None:
    """A ValueError if the parsed file would take far more memory than its bytes; fields are counted, not stored.

    An empty message takes two bytes in the file and hundreds in memory, a small number in a list one and eight.
    """
    pending = [(0, len(data), kind, 0)]
    count = 0
    while pending:
        at, end, kind, depth = pending.pop()
        known = kind.fields_by_number
        if depth > MAX_DEPTH:
            raise ValueError(f"the ONNX file nests messages more than {MAX_DEPTH} deep")
        while at < end:
            tag, at = _varint(data, at, end)
            field, wire = known.get(tag >> 3), tag & 7
            size = {FIXED64: 8, FIXED32: 4}.get(wire, 0)
            if wire in (VARINT, LENGTH):
                size, at = _varint(data, at, end)
            elif wire not in (FIXED64, FIXED32):
                raise ValueError(DAMAGED)
            if wire != VARINT and at + size > end:
                raise ValueError(DAMAGED)
            if wire == LENGTH and field is not None:
                if field.message_type is not None:
                    pending.append((at, at + size, field.message_type, depth + 1))
                elif field.type == field.TYPE_STRING and field.name != "doc_string":
                    _check_text(data[at : at + size])
                elif size > MAX_LIST and field.type not in _plain(field):
                    raise ValueError(f"the ONNX file has a list of integers of {size:,} bytes; {MAX_LIST:,} are read")
            at += 0 if wire == VARINT else size
            count += 1
            if count > MAX_FIELDS:
                raise ValueError(f"the ONNX file has more than {MAX_FIELDS:,} fields; it is no network that is known")


def _check_text(text: bytes) -> None:
    """A ValueError if a name is no UTF-8 text: the message would return it as bytes."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise ValueError(DAMAGED) from error


def _plain(field: Any) -> tuple[int, ...]:
    """The types whose lists take as much memory as in the file."""
    return (field.TYPE_BYTES, field.TYPE_STRING, field.TYPE_FLOAT, field.TYPE_DOUBLE)


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and the position after it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            break
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value, at
    raise ValueError(DAMAGED)
