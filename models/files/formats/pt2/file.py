"""Files of torch.export.save, .pt2: a zip archive with the graph as JSON and the weights as bytes. Nothing is executed.

torch.export.load unpickles what it finds. Here no pickle is loaded: sample inputs are not read at all, and weights that
are pickled, as torch wrote them before 2.9, go through `models.files.formats.torch_file`.

Since torch 2.8, everything lies in one folder of the archive: archive_format ("pt2"), models/NAME.json and data/.
Before, serialized_exported_program.json and serialized_state_dict.pt lay beside each other.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from typing import Any

from geometry.network.network import UnsupportedLayerError
from models.files.archives import open_zip, read_member
from models.files.bare_weights.readings import Hints
from models.files.bare_weights.recognise import Architecture
from models.files.formats.pt2.stored_tensors import StoredTensors, pickled_tensors, tensors_of

# Limits on memory and time.
MAX_GRAPH = 32_000_000  # bytes of one JSON text
MAX_ITEMS = 2_000_000  # objects, lists and items in it, each of which takes up to a hundred bytes
DIRECTORY = 2_000_000  # bytes at the end of a file, among which its list of parts is looked for
FORMAT, OLD_GRAPH = "archive_format", "serialized_exported_program.json"
AGAIN = "save it again with torch.export.save(torch.export.export(network.eval(), (x,)), path)"

Members = Mapping[str, zipfile.ZipInfo]


def is_pt2(data: bytes) -> bool:
    """Whether the bytes begin like a zip archive, and its list of parts has one that only torch.export writes."""
    end = data[-DIRECTORY:]
    return data.startswith(b"PK") and (f"/{FORMAT}".encode() in end or OLD_GRAPH.encode() in end)


def read_pt2(data: bytes, hints: Hints, max_bytes: int) -> Architecture:
    """The architecture in the graph.

    Raises
    ------
    UnsupportedLayerError
        Naming the operator and the layer that calls it, and why it is not supported.
    ValueError
        If the file is damaged, too large, or takes several inputs.
    """
    from models.files.formats.onnx.walk import layers_of_program  # imports onnx, which takes a tenth of a second
    from models.files.formats.pt2.exported_graph import exported_graph
    from models.files.formats.pt2.translation import programs

    hints.refuse_convolutions()
    with open_zip(data, max_bytes) as archive:
        members = {member.filename: member for member in archive.infolist()}
        graph, weights, constants = (_old if OLD_GRAPH in members else _new)(archive, members, max_bytes)
    errors: list[ValueError] = []
    for program in programs(exported_graph(graph, {**weights, **constants})):
        try:
            return layers_of_program(program, hints)
        except ValueError as error:
            errors.append(error)
    raise errors[0]


def _new(archive: zipfile.ZipFile, members: Members, max_bytes: int) -> tuple[Any, StoredTensors, StoredTensors]:
    """The graph, weights and constants of a file since torch 2.8."""
    named = next((name for name in members if name.endswith(f"/{FORMAT}") and name.count("/") == 1), None)
    if named is None or read_member(archive, members[named], 100) != b"pt2":
        raise ValueError(f"the file is no archive of torch.export; {AGAIN}")
    folder = named.removesuffix(FORMAT)
    models = [name for name in members if name.startswith(f"{folder}models/") and name.endswith(".json")]
    if len(models) != 1:
        compiled = any("/aotinductor/" in name for name in members)
        kind = "compiled code, which is not run" if compiled and not models else f"{len(models)} graphs"
        raise UnsupportedLayerError(f"the file of torch.export holds {kind}; one graph is read: {AGAIN}")
    model = models[0].removeprefix(f"{folder}models/").removesuffix(".json")

    def tensors(kind: str, pickled: str) -> StoredTensors:
        whole = members.get(f"{folder}data/{kind}/{model}.pt")  # of torch 2.8
        if whole is not None:
            return pickled_tensors(read_member(archive, whole, max_bytes), max_bytes)
        config = members.get(f"{folder}data/{kind}/{pickled.format(model)}")
        if config is None:
            raise ValueError(f"the file of torch.export has no list of its {kind}; {AGAIN}")

        def stored(path: str) -> bytes:
            member = members.get(f"{folder}data/{kind}/{path}")
            if member is None or "/" in path:
                raise ValueError(f"the numbers of {path[:60]!r} are missing in the file of torch.export; {AGAIN}")
            return read_member(archive, member, max_bytes)

        return tensors_of(_parsed(read_member(archive, config, MAX_GRAPH)), stored, max_bytes)

    graph = _parsed(read_member(archive, members[models[0]], MAX_GRAPH))
    weights = tensors("weights", "{}_weights_config.json")
    return graph, weights, tensors("constants", "{}_constants_config.json")


def _old(archive: zipfile.ZipFile, members: Members, max_bytes: int) -> tuple[Any, StoredTensors, StoredTensors]:
    """The graph, weights and constants of a file before torch 2.8."""

    def tensors(name: str) -> StoredTensors:
        if name not in members:
            raise ValueError(f"the file of torch.export has no {name}; {AGAIN}")
        content = read_member(archive, members[name], max_bytes)
        return pickled_tensors(content, max_bytes) if content else {}

    graph = _parsed(read_member(archive, members[OLD_GRAPH], MAX_GRAPH))
    return graph, tensors("serialized_state_dict.pt"), tensors("serialized_constants.pt")


def _parsed(text: bytes) -> Any:
    """The content of a JSON text, whose objects and items are counted before it is parsed."""
    items = sum(map(text.count, (b"{", b"[", b",")))
    if items > MAX_ITEMS:
        raise ValueError(f"the file of torch.export has a text of {items:,} items; up to {MAX_ITEMS:,} are read")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the graph in the file of torch.export is no JSON: it is damaged; {AGAIN}") from error
