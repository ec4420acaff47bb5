"""The tests of JavaScript modules, which node's own runner runs: each file of them is one test here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.javascript.node import COMMAND, ROOT, find_node, find_typescript, run_node

TESTS = sorted((ROOT / "tests").rglob("*.test.js"))
CHECKED = sorted(ROOT.glob("tsconfig*.json"))
MODULES = sorted((ROOT / "pages").rglob("*.js"))


@pytest.fixture(autouse=True)
def node() -> None:
    if find_node() is None:
        pytest.skip(f"no node on this machine; {COMMAND}")


@pytest.mark.parametrize("file", TESTS, ids=lambda file: str(file.relative_to(ROOT / "tests")))
def test_the_tests_of_a_module_pass(file: Path):
    done = run_node("--test", file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("settings", CHECKED, ids=lambda file: file.name)
def test_modules_keep_to_the_types_that_they_state(settings: Path):
    compiler = find_typescript()
    if compiler is None:
        pytest.skip(f"no TypeScript in node_modules; {COMMAND}")
    done = run_node(compiler, "--project", settings)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_is_checked():
    compiler = find_typescript()
    if compiler is None:
        pytest.skip(f"no TypeScript in node_modules; {COMMAND}")
    listed = [run_node(compiler, "--project", settings, "--listFilesOnly").stdout for settings in CHECKED]
    assert set(MODULES) <= {Path(line) for lines in listed for line in lines.splitlines()}
