"""Which node runs the tests of JavaScript; without one they are skipped."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.javascript.node import find_node

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs here are shell scripts")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only one that programs are looked for in."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    return tmp_path


def put(folder: Path, says: str) -> Path:
    node = folder / "node"
    node.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    node.chmod(0o755)
    return node


def test_a_machine_without_node_has_none(folder):
    assert find_node() is None


@pytest.mark.parametrize("says", ["v18.20.4", "no such version", ""])
def test_a_node_that_is_too_old_or_says_no_version_is_not_taken(folder, says):
    put(folder, says)
    assert find_node() is None


def test_a_node_that_is_new_enough_is_taken(folder):
    node = put(folder, "v20.0.0")
    assert find_node() == node
