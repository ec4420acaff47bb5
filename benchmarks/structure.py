"""How the code is arranged: files, floors and arrows, and what a reader has to keep in mind.

`python -m benchmarks.structure [CHECKOUT]` reads the sources of this checkout or of another one, and imports none.

* A *room* is a folder with source files.
* The *parts* of a top folder are its sub-folders, each with all that lies in it, and its own modules.
* *Floors* count what is on the longest chain of imports. A circle of imports counts as one floor.
* An *arrow* is a pair of which the first imports from the second.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TypeAlias

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Modules: TypeAlias = dict[str, ast.Module]  # by dotted name; a package by its folder's
Arrows: TypeAlias = dict[str, set[str]]  # what each imports

FOLDERS = ("geometry", "certify", "models", "figures", "papers", "pages")
RECORD_FIELDS = {"Value", "Kept", "Values"}  # of pages.shared.state: each is one key, in a typed record
CACHES = {"cache_data", "cache_resource"}
ENDING = re.compile(r"cancel|halt|giv(e|en)_up|stopped|abort|abandon", re.IGNORECASE)
LARGE = 20  # files in a room


def read(checkout: Path) -> Modules:
    """The syntax trees of all modules."""
    files = sorted(file for folder in FOLDERS for file in (checkout / folder).rglob("*.py"))
    names = (".".join(file.relative_to(checkout).with_suffix("").parts).removesuffix(".__init__") for file in files)
    return {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in zip(names, files, strict=True)}


def files_of_rooms(checkout: Path) -> Counter[str]:
    """How many source files lie in each folder itself, its sub-folders not included."""
    files = (file for folder in FOLDERS for end in ("py", "js") for file in (checkout / folder).rglob(f"*.{end}"))
    return Counter(file.parent.relative_to(checkout).as_posix() for file in files)


def imports(modules: Modules) -> Arrows:
    """What each module imports of the others, in functions and for types too.

    A name that is taken from a package counts as the module of that name, else as the package itself.
    """
    arrows: Arrows = {name: set() for name in modules}
    for name, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                targets = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                inside = {f"{node.module}.{alias.name}" for alias in node.names}
                targets = {target if target in modules else str(node.module) for target in inside}
            else:
                continue
            arrows[name] |= (targets & modules.keys()) - {name}
    return arrows


def within(arrows: Arrows, folder: str) -> Arrows:
    """The arrows between the modules of a top folder."""
    names = {name for name in arrows if name.partition(".")[0] == folder}
    return {name: arrows[name] & names for name in names}


def between_rooms(arrows: Arrows, folder: str) -> Arrows:
    """The arrows between what a top folder holds; its own `__init__` only collects names, and is left out."""
    rooms: Arrows = defaultdict(set)
    for name, targets in within(arrows, folder).items():
        if name != folder:
            room = name.split(".")[1]
            rooms[room] |= {target.split(".")[1] for target in targets - {folder}} - {room}
    return rooms


def count(arrows: Mapping[str, set[str]]) -> int:
    return sum(len(targets) for targets in arrows.values())


def floors(arrows: Mapping[str, set[str]]) -> int:
    """How many are on the longest chain of arrows; those of a circle count as one."""
    labels = circles(arrows)
    joined: dict[int, set[int]] = {label: set() for label in labels.values()}
    for name, targets in arrows.items():
        joined[labels[name]] |= {labels[target] for target in targets} - {labels[name]}
    height: dict[int, int] = {}
    for label in TopologicalSorter(joined).static_order():
        height[label] = 1 + max((height[target] for target in joined[label]), default=0)
    return max(height.values(), default=0)


def on_circles(arrows: Mapping[str, set[str]]) -> int:
    """How many import themselves by way of others."""
    sizes = Counter(circles(arrows).values())
    return sum(size for size in sizes.values() if size > 1)


def circles(arrows: Mapping[str, set[str]]) -> dict[str, int]:
    """A number for each, the same for all that import each other, directly or by way of others."""
    names = sorted(arrows)
    place = {name: i for i, name in enumerate(names)}
    pairs = [(place[name], place[target]) for name in names for target in arrows[name]]
    rows, columns = np.array(pairs, dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(names), len(names)))
    labels = connected_components(graph, connection="strong")[1]
    return {name: int(label) for name, label in zip(names, labels, strict=True)}


def session_keys(modules: Modules) -> set[tuple[str, str]]:
    """(module, key) of what is taken from Streamlit's session state by a key written there."""
    return {
        (name, _value(key, tree))
        for name, tree in modules.items()
        for node in ast.walk(tree)
        for key in _used_keys(node)
    }


def _used_keys(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Subscript) and _is_session_state(node.value):
        yield node.slice
    elif isinstance(node, ast.Compare) and any(_is_session_state(right) for right in node.comparators):
        yield node.left
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_session_state(node.func.value):
        yield from node.args[:1]


def widget_keys(modules: Modules) -> set[tuple[str, str]]:
    """(module, key) of widgets whose key is a text or a constant of their module, not a field of a record."""
    widgets = [
        (name, word.value)
        for name, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("st.")
        for word in node.keywords
        if word.arg == "key"
    ]
    return {
        (name, _value(key, modules[name]))
        for name, key in widgets
        if isinstance(key, (ast.Constant, ast.JoinedStr)) or ast.unparse(key) in dict(_constants(modules[name]))
    }


def record_fields(modules: Modules) -> int:
    """How many keys are fields of typed records."""
    calls = [node for tree in modules.values() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sum(isinstance(call.func, ast.Name) and call.func.id in RECORD_FIELDS for call in calls)


def _value(key: ast.expr, tree: ast.Module) -> str:
    """The key as it is written; a constant of the module by its value."""
    return ast.unparse(dict(_constants(tree)).get(ast.unparse(key), key))


def _is_session_state(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "session_state"


def caches(modules: Modules) -> int:
    """How many functions Streamlit caches."""
    nodes = [node for tree in modules.values() for node in ast.walk(tree)]
    used = [decorator for node in nodes if isinstance(node, ast.FunctionDef) for decorator in node.decorator_list]
    used += [node.func for node in nodes if isinstance(node, ast.Call)]
    return len({id(node) for node in used if isinstance(node, ast.Attribute) and node.attr in CACHES})


def constants(modules: Modules) -> tuple[int, int]:
    """How many names in capitals modules define, and how many of these are numbers."""
    values = [value for tree in modules.values() for _, value in _constants(tree)]
    return len(values), sum(_is_number(value) for value in values)


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store) and name.id.isupper():
                    yield name.id, node.value


def _is_number(value: ast.expr) -> bool:
    """Whether nothing but numbers and arithmetic is in it; `A, B = 1, 2` are numbers, too."""
    numbers = (ast.BinOp, ast.UnaryOp, ast.Tuple, ast.operator, ast.unaryop, ast.expr_context)
    return all(
        isinstance(node, numbers) or (isinstance(node, ast.Constant) and type(node.value) in (int, float))
        for node in ast.walk(value)
    )


def functions_with_local(modules: Modules, name: str) -> int:
    """How many functions assign to a local variable of this name, nested functions each for itself."""
    functions = [
        node
        for tree in modules.values()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    return sum(name in _locals(function) for function in functions)


def _locals(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    names, left = set(), list[ast.AST](function.body)
    while left:
        node = left.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            left += ast.iter_child_nodes(node)
    return names


def ways_to_give_up(modules: Modules) -> dict[str, Counter[str]]:
    """By what means a computation is told to end early: names of each kind, and in how many places each is defined."""
    ways: dict[str, Counter[str]] = defaultdict(Counter)
    for tree in modules.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                ways["exceptions"][node.name] += node.name.endswith("Error") and bool(ENDING.search(node.name))
            elif isinstance(node, ast.AnnAssign) and ENDING.search(ast.unparse(node)):
                ways["context variables"][ast.unparse(node.target)] += "ContextVar[" in ast.unparse(node.annotation)
            elif isinstance(node, ast.arg):
                ways["parameters"][node.arg] += bool(ENDING.search(node.arg))
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                ways["attributes"][node.attr] += bool(ENDING.search(node.attr))
    return {kind: +names for kind, names in ways.items() if +names}


def report(checkout: Path) -> None:
    modules = read(checkout)
    arrows, files = imports(modules), files_of_rooms(checkout)
    print("| folder | files | rooms | largest room | parts | floors of parts | arrows | modules' floors | arrows |")
    print("|---|---|---|---|---|---|---|---|---|")
    for folder in FOLDERS:
        inside = {room: number for room, number in files.items() if room.split("/")[0] == folder}
        parts, own = between_rooms(arrows, folder), within(arrows, folder)
        largest = max(inside, key=lambda room: inside[room])
        print(
            f"| {folder} | {sum(inside.values())} | {len(inside)} | {largest}: {inside[largest]} "
            f"| {len(parts)} | {floors(parts)} | {count(parts)} | {floors(own)} | {count(own)} |"
        )
    names, numbers = constants(modules)
    large = sum(number > LARGE for number in files.values())
    print(f"\nfiles per room: {np.mean(list(files.values())):.1f} on average; more than {LARGE} in {large} rooms")
    print(f"floors of all modules: {floors(arrows)}; arrows: {count(arrows)}")
    rooms = [between_rooms(arrows, folder) for folder in FOLDERS]
    print(f"on circles of imports: {on_circles(arrows)} modules, {sum(map(on_circles, rooms))} parts of folders")
    used = session_keys(modules)
    print(f"keys of session state: {len(used)} written where used, in {len(dict(used))} modules", end="; ")
    print(f"{len(widget_keys(modules))} of widgets; {record_fields(modules)} in typed records")
    print(f"caches of Streamlit: {caches(modules)}")
    print(f"constants of modules: {names}, {numbers} of them numbers")
    print(f"functions with a local variable `found`: {functions_with_local(modules, 'found')}")
    for kind, ways in ways_to_give_up(modules).items():
        print(f"ways to give up, {kind}: " + ", ".join(f"{name} ({number})" for name, number in ways.most_common()))
    print("\n" + "\n".join(f"{number:4} {room}" for room, number in sorted(files.items())))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.structure", description=__doc__.partition("\n")[0])
    parser.add_argument("checkout", nargs="?", type=Path, default=Path(__file__).resolve().parents[1])
    report(parser.parse_args().checkout)


if __name__ == "__main__":
    main()
