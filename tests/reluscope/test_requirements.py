"""What an installation asks for, and what the tests run with."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def _pinned() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").split()
    return dict(line.split("==") for line in lines)


def _ranges() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {requirement.name: requirement for requirement in map(Requirement, project["dependencies"])}


def test_an_installation_asks_for_the_packages_that_the_tests_run_with():
    assert _ranges().keys() == _pinned().keys()


def test_every_pinned_version_lies_in_its_range():
    ranges = _ranges()
    assert not {name: version for name, version in _pinned().items() if version not in ranges[name].specifier}


def test_every_range_ends_before_a_version_that_may_change_an_interface():
    assert not [name for name, requirement in _ranges().items() if "<" not in str(requirement.specifier)]
