"""Imports point one way: between folders, and between modules."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BELOW = {  # the folders that each may import from
    "geometry": (),
    "certify": ("geometry",),
    "models": ("certify", "geometry"),
    "figures": ("certify", "geometry"),
    "papers": ("figures", "models", "certify", "geometry"),
    "pages": ("papers", "figures", "models", "certify", "geometry"),
    "app": ("pages", "papers", "figures", "models", "certify", "geometry"),
    "benchmarks": ("app", "pages", "papers", "figures", "models", "certify", "geometry"),
    "reluscope": (),  # it finds its programs by name, once the tree is on the path
}
PAGES = ("explore", "certify", "train", "polytope", "slices", "papers")
BESIDE = {  # the folders of pages/ that each may import from: pages are peers, what they share stands in none of them
    **{page: {"shared", "region_view", "network_view", "step_view", "teaching"} for page in PAGES},
    "teaching": {"shared"},
    "region_view": {"shared"},
    "network_view": {"region_view", "shared"},
    "step_view": {"shared"},
    "shared": {"server"},
    "server": set[str](),
}
ELSEWHERE = {  # what other packages may be imported in: folders, or one module of the package in a folder
    "streamlit": {"app", "pages", "benchmarks"},
    "plotly": {"figures"},
}
PROTOCOL = "streamlit.proto"  # benchmarks speak it with the server, and know nothing else of Streamlit


@cache
def modules() -> dict[str, Path]:
    """Every module of the project by its dotted name; a package by its folder's."""
    files = [ROOT / "app.py", *(file for folder in BELOW for file in (ROOT / folder).rglob("*.py"))]
    names = (".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files)
    return {name.removesuffix(".__init__"): file for name, file in zip(names, files)}


@cache
def imported(module: str) -> frozenset[str]:
    """What a module imports anywhere in it, in functions and for types alone too: modules, and names of modules."""
    found = set()
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{module} imports relatively"
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return frozenset(found)


def is_program(module: str) -> bool:
    """Whether the module is what `python -m` runs under the name of a top folder."""
    return module in {f"{folder}.__main__" for folder in BELOW}


def imported_modules(module: str) -> Iterator[str]:
    """Those of the project; of a package only what a name is taken from: itself, or a module of it."""
    found = imported(module) & modules().keys()
    for name in found:
        of_its_modules = {other for other in found if other.startswith(f"{name}.")}
        names = {other for other in imported(module) if other.rpartition(".")[0] == name}
        if not names or names - of_its_modules:
            yield name


@pytest.mark.parametrize("folder", BELOW)
def test_a_folder_imports_from_those_below_it_alone(folder: str) -> None:
    allowed = {folder, *BELOW[folder]}
    wrong = [
        (module, other)
        for module in modules()
        if module.partition(".")[0] == folder and not is_program(module)
        for other in imported_modules(module)
        if other.partition(".")[0] not in allowed
    ]
    assert not wrong


def test_no_module_imports_a_program() -> None:
    """So a program stands above all folders, in whichever it lies, and may import from every one."""
    programs = set(filter(is_program, modules()))
    assert programs and not [
        (module, other) for module in modules() for other in programs.intersection(imported_modules(module))
    ]


def test_every_folder_of_pages_is_a_page_or_shared_by_them() -> None:
    assert {folder.name for folder in (ROOT / "pages").iterdir() if any(folder.glob("*.py"))} == BESIDE.keys()
    assert all((ROOT / "pages" / page / "page.py").exists() for page in PAGES)


@pytest.mark.parametrize("folder", BESIDE)
def test_pages_are_peers(folder: str) -> None:
    in_no_folder = {path.stem for path in (ROOT / "pages").glob("*.py")}
    wrong = [
        (module, other)
        for module in modules()
        if module.startswith(f"pages.{folder}.") or module == f"pages.{folder}"
        for other in imported_modules(module)
        if other.startswith("pages.") and other.split(".")[1] not in {folder, *BESIDE[folder], *in_no_folder}
    ]
    assert not wrong


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert not circle({module: set(imported_modules(module)) for module in modules()})


def circle(arrows: Mapping[str, set[str]]) -> str:
    """The first circle of a graph, "" if there is none."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return " imports ".join(reversed(error.args[1]))
    return ""


@pytest.mark.parametrize("top", ["geometry", "certify", "models", "figures", "papers", "pages"])
def test_in_each_folder_modules_and_sub_folders_import_one_way(top: str) -> None:
    """A sub-folder counts as one, with all that lies in it: a module that imports from it may not be imported there."""
    folders = {module.rpartition(".")[0] for module in modules() if module.startswith(f"{top}.")}
    circles = set()
    for folder in folders:
        arrows: dict[str, set[str]] = defaultdict(set)
        for module in modules():
            room = _room(module, folder)
            for other in imported_modules(module) if room else ():
                if (other_room := _room(other, folder)) not in ("", room):
                    arrows[room].add(other_room)
        circles.add(circle(arrows))
    assert circles == {""}


def _room(module: str, folder: str) -> str:
    """What lies in the folder and holds the module, "" if nothing does."""
    inside = module.removeprefix(f"{folder}.")
    return "" if inside == module else f"{folder}.{inside.partition('.')[0]}"


@pytest.mark.parametrize("package", ELSEWHERE)
def test_streamlit_stays_in_the_pages_and_plotly_in_the_figures(package: str) -> None:
    using = {
        (module.partition(".")[0], name)
        for module in modules()
        for name in imported(module)
        if name.partition(".")[0] == package
    }
    assert using and {folder for folder, _ in using} <= ELSEWHERE[package]
    assert all(name == PROTOCOL or name.startswith(f"{PROTOCOL}.") for folder, name in using if folder == "benchmarks")


def test_the_rule_sees_imports_in_functions_and_of_names() -> None:
    assert "models.files.formats.onnx.graph" in set(imported_modules("models.files.formats.onnx.file"))
    assert "geometry.network.network" in set(imported_modules("geometry.regions.enumerate"))
    assert "geometry" in set(imported_modules("models.training.measures"))
