"""Malicious, damaged and oversized files of torch.export are refused, and nothing in them is executed."""

from __future__ import annotations

import io
import json
import pickle
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.files.network_files import load_network
from tests.models.files.formats.pt2.archives import (
    Change,
    archive_of,
    as_torch_2_7,
    as_torch_2_8,
    call,
    meta,
    parts_of,
    small,
    tensor,
    torch_bytes,
)


class Malicious:
    """Unpickling it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (str(self.path),)


@pytest.fixture
def no_unpickling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way to unpickle or to run what a file holds raises."""

    def refuse(*arguments: Any, **options: Any) -> None:
        raise AssertionError("something was unpickled")

    class Refusing:
        def __init__(self, *arguments: Any, **options: Any) -> None:
            refuse()

    monkeypatch.setattr(pickle, "Unpickler", Refusing)
    for module, name in (
        (pickle, "load"), (pickle, "loads"), (torch, "load"), (torch.jit, "load"), (torch.export, "load"),
        (torch._C, "import_ir_module_from_buffer"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, refuse)


@pytest.mark.usefixtures("no_unpickling")
def test_nothing_is_unpickled(tmp_path: Path) -> None:
    stored = pickle.dumps(Malicious(tmp_path / "harm"))
    x = torch.randn(5, 2)
    expected = load_network(small())(x)
    unread = dict.fromkeys(("data/sample_inputs/model.pt", "data/constants/custom_obj_0", "extra/x"), stored)
    beside = archive_of({**parts_of(small()), **unread})
    for data in (beside, as_torch_2_7(small()), as_torch_2_8(small())):
        assert torch.equal(load_network(data)(x), expected)
    for content, says in ((stored, "pickled object"), (torch_bytes(Malicious(tmp_path / "harm")), "no plain tensor")):

        def pickled(graph: Any, config: Any, parts: dict[str, bytes], content: bytes = content) -> None:
            config["config"]["b"]["use_pickle"] = True
            parts["data/weights/weight_1"] = content

        with pytest.raises(ValueError, match=says):
            load_network(small(pickled))
    with pytest.raises(ValueError, match="no plain tensor"):
        load_network(
            archive_of({**parts_of(small()), "data/weights/model.pt": torch_bytes({"w": Malicious(tmp_path / "harm")})})
        )
    assert not (tmp_path / "harm").exists()


@pytest.mark.usefixtures("no_unpickling")
def test_weights_that_are_pickled_tensors_are_read() -> None:
    def pickled(graph: Any, config: Any, parts: dict[str, bytes]) -> None:
        config["config"]["b"]["use_pickle"] = True
        parts["data/weights/weight_1"] = torch_bytes(torch.full((5,), 0.25))

    network = load_network(small(pickled))
    assert torch.equal(network[0].bias, torch.full((5,), 0.25))  # type: ignore[arg-type]


def of_weights(**fields: Any) -> Change:
    """Change the description of the tensor w."""

    def change(graph: Any, config: Any, parts: Any) -> None:
        config["config"]["w"]["tensor_meta"].update(fields)

    return change


def of_config(**fields: Any) -> Change:
    def change(graph: Any, config: Any, parts: Any) -> None:
        config["config"]["w"].update(fields)

    return change


def of_graph(change: Callable[[dict[str, Any]], None]) -> Change:
    return lambda graph, config, parts: change(graph["graph_module"])


def of_part(name: str, content: bytes) -> Change:
    return lambda graph, config, parts: parts.update({name: content})


def with_calls(*calls: dict[str, Any], output: str = "z") -> Change:
    """Further calls behind the others, the last of which is the output."""

    def change(graph: Any, config: Any, parts: Any) -> None:
        inner = graph["graph_module"]["graph"]
        inner["nodes"] += calls
        for entry in calls:
            for made in entry["outputs"]:
                inner["tensor_values"].setdefault(made["as_tensor"]["name"], meta(1, 3))
        graph["graph_module"]["signature"]["output_specs"] = [{"user_output": {"arg": tensor(output)}}]

    return change


def circular(graph: dict[str, Any]) -> None:
    graph["graph"]["nodes"][0]["inputs"][0]["arg"] = tensor("y")


def ints(*values: int) -> list[dict[str, int]]:
    return [{"as_int": value} for value in values]


DEEP = b'{"graph_module":' + b"[" * 10**5
HUGE = {"as_int": 10**11}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (of_weights(sizes=ints(10**6, 10**6)), "more than 128,000,000 numbers"),
        (of_weights(sizes=ints(50, 2)), "claims more numbers than are stored"),
        (of_weights(strides=ints(10**9, 1)), "claims more numbers than are stored"),
        (of_weights(storage_offset={"as_int": 1}), "claims more numbers than are stored"),
        (of_weights(storage_offset={"as_int": -1}), "damaged"),
        (of_weights(sizes=ints(-5, 2)), "damaged"),
        (of_weights(sizes=ints(2, 5), strides=ints(5, 1)), r"takes 5 numbers|constants? .*shape"),
        (of_weights(sizes=[{"as_expr": {"expr_str": "__import__('os')"}}] * 2), "damaged"),
        (of_weights(sizes=ints(*[1] * 9), strides=ints(*[1] * 9)), "damaged"),
        (of_weights(sizes="[5, 2]"), "damaged"),
        (of_weights(dtype=29), "type or layout that is not read"),
        (of_weights(dtype=[]), "type or layout that is not read"),
        (of_weights(layout=1), "type or layout that is not read"),
        (of_config(tensor_meta=None), "damaged"),
        (of_config(path_name="../../../etc/passwd"), "missing in the file"),
        (of_config(path_name="/etc/passwd"), "missing in the file"),
        (of_config(path_name="weight_9"), "missing in the file"),
        (of_config(path_name=7), "damaged"),
        (of_part("data/weights/weight_0", b""), "claims more numbers than are stored"),
        (of_part("data/weights/weight_0", b"\0\0\xc0\x7f" * 10), "'w' holds NaN or infinite"),
        (of_part("data/weights/weight_0", b"\0\0\x80\x7f" * 10), "'w' holds NaN or infinite"),
        (of_part("data/weights/model_weights_config.json", b'{"config": {}}'), "no numbers for 'w'"),
        (of_part("data/weights/model_weights_config.json", b"[]"), "damaged"),
        (of_part("models/model.json", b"{"), "no JSON"),
        (of_part("models/model.json", b"[" * 10**5), "no JSON"),
        (of_part("models/model.json", DEEP), "no JSON"),
        (of_part("models/model.json", b"[" + b"{}," * 10**6 + b"{}]"), "a text of 2,000,0.. items"),
        (of_part("models/model.json", b"{}"), "has no 'graph_module'"),
        (of_part("models/other.json", b"{}"), "holds 2 graphs"),
        (of_part("archive_format", b"pt3"), "no archive of torch.export"),
        (of_graph(circular), "takes 'y', which nothing before it makes"),
        (of_graph(lambda g: g["graph"]["nodes"].pop(1)), "takes 'r', which nothing before it makes"),
        (of_graph(lambda g: g["graph"]["nodes"].append(g["graph"]["nodes"][0])), "makes 'h' twice"),
        (of_graph(lambda g: g["graph"]["nodes"].pop()), "gives 'y', which nothing in it makes"),
        (of_graph(lambda g: g["graph"].update(nodes=g["graph"]["nodes"] * 2000)), "6,000 calls"),
        (of_graph(lambda g: g["graph"]["nodes"][0].update(inputs={})), "has no 'inputs'"),
        (of_graph(lambda g: g["graph"]["nodes"][0].update(outputs=[{}])), "damaged"),
        (of_graph(lambda g: g["graph"]["nodes"][0]["inputs"].clear()), "has no tensor as its argument 'weight'"),
        (of_graph(lambda g: g["graph"]["nodes"][1].update(target="torch.ops.os.system")), r"\(os\) is not supported"),
        (of_graph(lambda g: g["graph"]["nodes"][1].update(target="__import__('os')")), "is not supported"),
        (of_graph(lambda g: g["graph"]["tensor_values"].update(r=meta(1, 4))), r"shape \(1, 5\) for one input"),
        (of_graph(lambda g: g["graph"]["tensor_values"]["x"].update(sizes=[{"as_int": 1}, HUGE])), "at most|damaged"),
        (of_graph(lambda g: g["graph"]["tensor_values"].update(x=meta(1, 2, dtype=5))), "no real numbers"),
        (of_graph(lambda g: g["signature"].update(input_specs=[])), "which nothing before it makes"),
        (of_graph(lambda g: g["signature"]["input_specs"].append({"custom_obj": {}})), "takes a custom_obj"),
        (of_graph(lambda g: g["signature"].update(output_specs=[])), "has 0 outputs"),
        (with_calls(call("mul.Tensor", "z", self=tensor("y"), other=tensor("y"))), "not piecewise linear"),
        (with_calls(call("mul.Scalar", "z", self=tensor("y"), other={"as_string": "2"})), "no number as its"),
        (with_calls(call("mul.Scalar", "z", self=tensor("y"), other={"as_float": "Infinity"})), "NaN or infinite"),
        (with_calls(call("add.Scalar", "z", self=tensor("y"), other={"as_int": 10**400})), "beyond those of float64"),
        (with_calls(call("roll.default", "z", self=tensor("y"), shifts={"as_ints": [1]})), "as one list"),
        (with_calls(call("flatten.using_ints", "z", self=tensor("w"))), "takes 'w', which nothing before it"),
    ],
)  # fmt: skip
def test_malicious_files_are_refused(change: Change, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        load_network(small(change))


@pytest.mark.parametrize("sizes", [[10**6, 10**6], [3] * 8])
def test_sizes_that_a_file_states_take_no_memory(sizes: list[int]) -> None:
    def change(graph: Any, config: Any, parts: Any) -> None:
        with_calls(call("full.default", "k", size={"as_ints": sizes}, fill_value={"as_float": 1.0}),
                   call("add.Tensor", "z", self=tensor("y"), other=tensor("k")))(graph, config, parts)  # fmt: skip
        graph["graph_module"]["graph"]["tensor_values"]["k"] = meta(*sizes)

    tracemalloc.start()
    with pytest.raises(ValueError, match=r"\w"):
        load_network(small(change))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6


LONG = 9_000_000
GROWING = [
    call("adaptive_avg_pool1d.default", "z", self=tensor("s"), output_size={"as_ints": [4000]}),
    call("adaptive_max_pool1d.default", "z", self=tensor("s"), output_size={"as_ints": [4000]}),
    call("upsample_linear1d.default", "z", self=tensor("s"), output_size={"as_ints": [4000]},
         align_corners={"as_bool": False}, scales={"as_none": True}),
    call("roll.default", "z", self=tensor("s"), shifts={"as_ints": [1] * 9}, dims={"as_ints": [2] * 9}),
    call("avg_pool1d.default", "z", self=tensor("s"), kernel_size={"as_ints": [7]}, stride={"as_ints": [2]},
         padding={"as_ints": [3]}, ceil_mode={"as_bool": True}, count_include_pad={"as_bool": False}),
]  # fmt: skip


@pytest.mark.parametrize("entry", GROWING, ids=lambda entry: entry["target"].split(".")[-2])
def test_numbers_that_calls_would_need_are_limited(entry: dict[str, Any]) -> None:
    def change(graph: Any, config: Any, parts: Any) -> None:
        with_calls(entry)(graph, config, parts)
        inner = graph["graph_module"]["graph"]
        inner["nodes"] = [call("unsqueeze.default", "s", self=tensor("x"), dim={"as_int": 1}), entry]
        inner["tensor_values"] |= {"x": meta(1, LONG), "s": meta(1, 1, LONG), "z": meta(1, 1, 4000)}

    tracemalloc.start()
    with pytest.raises(ValueError, match=r"along an axis|windows of|need more than|makes|read"):
        load_network(small(change))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 700e6


def test_a_bomb_is_not_unpacked() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts_of(small()).items():
            archive.writestr(f"a/{name}", content)
        with archive.open("a/extra/zeros", "w") as member:
            for _ in range(300):
                member.write(bytes(10**6))
    assert len(stream.getvalue()) < 10**6
    with pytest.raises(ValueError, match=r"unpacks to 300,...,... bytes"):
        load_network(stream.getvalue())


def test_a_graph_that_unpacks_to_too_much_is_not_parsed() -> None:
    text = json.dumps({"graph_module": " " * 40_000_000}).encode()
    with pytest.raises(ValueError, match=r"unpacks to 40,000,0.. bytes, 32,000,000 are read"):
        load_network(archive_of({**parts_of(small()), "models/model.json": text}, method=zipfile.ZIP_DEFLATED))


def test_compiled_code_is_not_run() -> None:
    parts = {"archive_format": b"pt2", "data/aotinductor/model/code.so": b"\x7fELF"}
    with pytest.raises(ValueError, match="compiled code, which is not run"):
        load_network(archive_of(parts))


@settings(deadline=None, max_examples=150)
@given(st.floats(0, 1, exclude_max=True))
def test_cut_off_files_are_refused(share: float) -> None:
    data = small()
    with pytest.raises(ValueError, match=r"\w"):
        load_network(data[: int(share * len(data))])


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8))
def test_damaged_graphs_give_a_network_or_a_value_error(changes: list[tuple[float, int]]) -> None:
    parts = parts_of(small())
    text = bytearray(parts["models/model.json"])
    for share, value in changes:
        text[int(share * len(text))] = value
    try:
        found = load_network(archive_of({**parts, "models/model.json": bytes(text)}))
    except ValueError:
        return
    assert all(bool(torch.isfinite(parameter).all()) for parameter in found.parameters())


VALUES = [None, True, 0, -1, 10**30, 1.5, "x", "h", "", [], {}, [1], {"as_int": 1}, {"as_tensor": {"name": "h"}}]


def fields(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to all values in a JSON content."""
    items: Any = content.items() if type(content) is dict else enumerate(content) if type(content) is list else ()
    return [path, *(deeper for key, value in items for deeper in fields(value, (*path, key)))]


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_values_of_other_kinds_give_a_network_or_a_value_error(data: st.DataObject) -> None:
    parts = parts_of(small())
    name = data.draw(st.sampled_from(["models/model.json", "data/weights/model_weights_config.json"]))
    content = json.loads(parts[name])
    *path, last = data.draw(st.sampled_from(fields(content)[1:]))
    holder = content
    for key in path:
        holder = holder[key]
    holder[last] = data.draw(st.sampled_from(VALUES))
    try:
        load_network(archive_of({**parts, name: json.dumps(content).encode()}))
    except ValueError as error:
        assert len(str(error)) < 2500
