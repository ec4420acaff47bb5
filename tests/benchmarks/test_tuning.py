"""Every tuned constant has a workload, and `benchmarks.tuning` compares it at other values."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks import tuning
from benchmarks.tuned import Workload
from geometry.regions import tuning as of_regions

ROOT = Path(__file__).parents[2]
SOURCES = {
    file: ast.parse(file.read_text(encoding="utf-8"))
    for package in tuning.PACKAGES
    for file in (ROOT / package).rglob("*.py")
}
TILE = "geometry.regions.TILE"


def test_every_tuned_constant_has_a_workload_or_a_benchmark_of_its_own():
    assert sorted(tuning.tuned()) == sorted([*tuning.WORKLOADS, *tuning.ELSEWHERE])
    assert set(tuning.ELSEWHERE.values()) <= set(bench.benchmarks())


def test_a_module_of_tuned_constants_holds_nothing_else():
    named = []
    for file, tree in SOURCES.items():
        if file.name == "tuning.py":
            _, *assigned = tree.body  # the docstring comes first
            assert all(isinstance(node, ast.Assign) for node in assigned), file
            folder = ".".join(file.parent.relative_to(ROOT).parts)
            named += [f"{folder}.{ast.unparse(node.targets[0])}" for node in assigned if isinstance(node, ast.Assign)]
    assert sorted(named) == sorted(tuning.tuned())


def test_no_module_keeps_a_copy_that_a_benchmark_would_not_vary():
    taken = [
        file
        for file, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".tuning")
    ]
    assert not taken


def test_results_are_compared_with_the_value_in_use_which_stays(monkeypatch: pytest.MonkeyPatch):
    chosen = of_regions.TILE
    work = Workload("the constant itself", lambda: lambda: float(of_regions.TILE))
    monkeypatch.setitem(tuning.WORKLOADS, TILE, work)
    values = tuning.others(TILE, [0.25, 1.0, 2.0])
    assert values == [chosen // 4, 2 * chosen]
    results = {value: result for value, (_, result) in tuning.ratios(TILE, values, runs=2).items()}
    assert results == {chosen // 4: 0.25, 2 * chosen: 2.0}
    assert chosen == of_regions.TILE


def test_the_value_in_use_comes_back_after_an_error():
    chosen = of_regions.TILE
    with pytest.raises(ZeroDivisionError), tuning.varied(TILE, 1):
        assert of_regions.TILE == 1
        raise ZeroDivisionError
    assert chosen == of_regions.TILE


def test_a_workload_with_values_of_its_own_has_no_factors(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(tuning.WORKLOADS, TILE, Workload("", lambda: lambda: None, (3, of_regions.TILE)))
    assert tuning.others(TILE, [0.5]) == [3]


def test_a_line_names_the_constant_its_values_and_the_workload(capsys: pytest.CaptureFixture[str]):
    tuning.line("geometry.network.UNFOLDED", [0.5], runs=1)
    line = capsys.readouterr().out
    assert "geometry.network.UNFOLDED = " in line and "time" in line
    assert tuning.WORKLOADS["geometry.network.UNFOLDED"].title in line


@pytest.mark.slow
@pytest.mark.parametrize("name", tuning.WORKLOADS)
def test_every_workload_runs_at_another_value(name: str):
    value = tuning.others(name, [2.0])[0]
    run = tuning.WORKLOADS[name].make()
    with tuning.varied(name, value):
        run()
