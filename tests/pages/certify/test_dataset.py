"""A run over a data set is known by everything its answers depend on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geometry import as_network
from pages.certify.dataset import run_key
from pages.certify.runs import Question
from pages.shared.subject import Subject
from tests.strategies import mlp

X = np.random.default_rng(0).uniform(0, 1, (6, 2))
SUBJECT = Subject(as_network(mlp([2, 4, 3], 0), (2,)), "title", X, np.arange(6) % 3, None, {}, in_link=True)
ASKED = Question(2, None, ("crown",), "pgd", 4, (0.0, 0.1))


@pytest.mark.parametrize(
    ("subject", "asked"),
    [
        (replace(SUBJECT, x=X[::-1]), ASKED),  # other images of the same name
        (replace(SUBJECT, y=SUBJECT.y[::-1]), ASKED),
        (replace(SUBJECT, network=as_network(mlp([2, 4, 3], 1), (2,))), ASKED),
        (SUBJECT, replace(ASKED, points=5)),
        (SUBJECT, replace(ASKED, box=(0.0, 1.0))),
        (SUBJECT, replace(ASKED, grid=(0.0, 0.2))),
    ],
    ids=["points", "labels", "network", "how many", "box", "grid"],
)
def test_runs_whose_answers_differ_have_keys_that_differ(subject, asked):
    assert run_key(subject, asked) != run_key(SUBJECT, ASKED)


def test_points_that_are_not_used_do_not_count():
    assert run_key(replace(SUBJECT, x=np.concatenate([X[:4], 9 * X])), ASKED) == run_key(SUBJECT, ASKED)
