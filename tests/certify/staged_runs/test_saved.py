"""Files of runs: what is read is what was written, and a run goes on from its own file alone."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from certify import Run, carried_out, radius_run, robust_error_run, tightness_run
from certify.staged_runs.saved import Saved, Subject, continued, from_json, saved, table_rows, to_json
from tests.strategies import mlp


def runs() -> list[Run]:
    network, x = mlp([3, 12, 12, 3], 4), np.random.default_rng(1).uniform(-1, 1, (12, 3))
    return [
        robust_error_run(network, x, np.arange(12) % 3, 0.2, math.inf),
        radius_run(network, x, math.inf, box=(-1, 1)),
        tightness_run(network, x, 0.2, math.inf),
    ]


def result(run: Run, steps: int | None = None) -> Saved:
    """The run's file after so many steps, or at its end."""
    *_, (_, answers) = islice(carried_out(run), steps)
    numbers = np.arange(len(run.points)) * 2
    subject = Subject(
        "1a", "a # network", "2b", "data, = 3", {"network": "a", "data": "b", "part": "test"}, numbers, numbers % 3
    )
    return saved(run, answers, subject, {"content": run.command}, {"crown": 0.1 + 0.2})


@pytest.mark.parametrize("steps", [None, 2])
def test_what_is_read_is_what_was_written(steps):
    for run in runs():
        written = result(run, steps)
        read = from_json(to_json(written))
        for name in ("command", "question", "about", "settings", "stages", "summary", "complete", "seconds"):
            assert getattr(read, name) == getattr(written, name)
        assert [column.name for column in read.columns] == [column.name for column in written.columns]
        np.testing.assert_array_equal(read.answers.done, written.answers.done)
        for name, values in written.answers.values.items():
            np.testing.assert_array_equal(read.answers[name], values)  # NaN equals NaN here, and inf itself
        np.testing.assert_array_equal(read.subject.numbers, written.subject.numbers)
        np.testing.assert_array_equal(read.subject.labels, written.subject.labels)
        assert continued(read, run) is read.answers


def test_infinite_radii_are_kept():
    written = result(radius_run(mlp([2, 3, 2], 0), np.zeros((3, 2)), 2, methods=["crown"]))
    radii = np.array([math.inf, -math.inf, 0.5])
    values = {**written.answers.values, "radius crown": radii}
    read = from_json(to_json(replace(written, answers=replace(written.answers, values=values))))
    assert read.answers["radius crown"].tolist() == radii.tolist()


def test_a_run_goes_on_from_its_own_file_alone():
    first, other, _ = runs()
    for earlier, words in (
        (replace(result(first), question="of other weights"), "another network"),
        (replace(result(first), settings={**first.settings, "eps": 0.3}, question=""), "eps 0.3, not 0.2"),
        (result(other), "radius, not robust-error"),
    ):
        with pytest.raises(ValueError, match=words):
            continued(earlier, first)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content.pop("columns"), "no file of a run"),
        (lambda content: content.update(format="something else"), "its format"),
        (lambda content: content["points"].pop(), "12 labels|labels"),
        (lambda content: content["columns"][0]["values"].pop(), "columns of"),
        (lambda content: content["columns"][0]["values"].__setitem__(0, "seven"), "has the value 'seven'"),
        (lambda content: content["columns"][1].update(kind="picture"), "no file of a run"),
        (lambda content: content.update(stages=[]), "no file of a run"),
        (lambda content: content.update(points=[[1]]), "points"),
    ],
)
def test_a_damaged_file_is_refused(change, words):
    content = json.loads(to_json(result(runs()[0])))
    change(content)
    with pytest.raises(ValueError, match=words):
        from_json(json.dumps(content).encode())


@pytest.mark.parametrize("data", [b"", b"\x80\x04", b"[]", b"{", b"7", b'{"format": 3}'])
def test_another_file_is_refused(data):
    with pytest.raises(ValueError, match=r"it is no file of a run|its format"):
        from_json(data)


def test_a_file_that_was_cut_off_is_refused():
    with pytest.raises(ValueError, match="cut off"):
        from_json(to_json(result(runs()[0]))[:-20])


def test_the_table_has_a_row_for_each_point_and_names_units():
    written = result(runs()[1])
    heads, rows = table_rows(written)
    assert heads[:2] == ["point [number in the set, from 0]", "label"]
    assert "radius crown [input units in linf]" in heads
    assert [row[0] for row in rows] == written.subject.numbers.tolist()
