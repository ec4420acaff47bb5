"""`make bench` runs every benchmark, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

from benchmarks import __main__ as bench

FOLDER = Path(bench.__file__).parent
FILES = {file.stem: ast.parse(file.read_text(encoding="utf-8")) for file in FOLDER.glob("*.py")}


def _imported(tree: ast.Module) -> set[str]:
    return {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def _is_run(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.If) and "__main__" in ast.unparse(node.test) for node in tree.body)


def test_every_file_is_a_benchmark_or_code_that_several_share():
    runs = {name for name, tree in FILES.items() if _is_run(tree)} - {"__main__"}
    assert runs == set(FILES) - bench.SHARED_CODE
    assert runs == set(bench.benchmarks()) | bench.ON_DEMAND


def test_those_that_need_what_the_tests_need_are_named():
    def needs(name: str) -> bool:
        modules = _imported(FILES[name])
        within = {module.removeprefix("benchmarks.") for module in modules if module.startswith("benchmarks.")}
        return any(module.split(".")[0] in ("playwright", "tests") for module in modules) or any(map(needs, within))

    assert {name for name in set(FILES) - bench.SHARED_CODE if needs(name)} == bench.SERVED
