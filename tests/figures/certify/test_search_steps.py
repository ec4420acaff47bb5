"""A region search in steps: what the picture and the words say is what the record says."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import numpy as np
import pytest

from certify.exact.search_record import recorded_search
from figures.certify.search_steps import WAITING_SHOWN, search_steps
from figures.words import three_digits
from geometry import as_network, region_at
from models import mlp

X, WINDOW = np.array([0.3, 0.2]), (-1.0, 1.0, -1.0, 1.0)
MODULE = mlp((2, 6, 5, 2), seed=0).double()


@pytest.fixture(scope="module")
def record():
    return recorded_search(MODULE, X, 2, max_regions=2000, time_limit=60)


@pytest.fixture(scope="module")
def content(record):
    return search_steps(record, as_network(MODULE, (2,)), WINDOW, ("<b>", "one"))


def test_each_opened_outline_lies_in_the_region_of_its_pattern(record, content):
    opened = list(zip(record.steps, content["steps"][1:]))
    assert len(content["steps"]) == len(record.steps) + 2
    for step, shown in opened:
        if shown["opened"] is not None:
            middle = np.mean(content["outlines"][shown["opened"]], axis=0)
            assert (region_at(MODULE, middle).pattern == step.pattern).all()
    assert sum(shown["opened"] is not None for _, shown in opened) > 3


def test_bounds_and_witnesses_are_those_of_the_record(record, content):
    bounds = [record.start, *(step.bounds for step in record.steps), record.end]
    for bound, shown in zip(bounds, content["steps"]):
        assert (shown["lower"], shown["upper"]) == (bound.lower, bound.upper)
        np.testing.assert_allclose(shown["witness"], bound.witness, atol=1e-9)


def test_what_waits_has_an_area_and_is_not_opened_yet(content):
    opened = set()
    for step in content["steps"]:
        opened.add(step["opened"])
        assert len(step["waiting"]) <= WAITING_SHOWN
        assert not opened & set(step["waiting"])
    assert any(step["waiting"] for step in content["steps"])


def test_the_words_say_the_numbers_and_name_classes_as_they_are(record, content):
    first, last = content["steps"][0]["words"], content["steps"][-1]["words"]
    assert three_digits(record.start.upper, up=True) in first
    assert ("<b>" in first) != ("one" in first)  # shown as text by the browser
    assert three_digits(record.end.upper) in last and f"{len(record.steps)} regions" in last
    for step, shown in zip(record.steps[1:], content["steps"][2:]):
        assert three_digits(step.distance, down=True) in shown["words"]


def test_a_fall_of_the_upper_bound_is_said_where_it_happens(record, content):
    bounds = [record.start, *(step.bounds for step in record.steps)]
    fell = [after.upper < before.upper for before, after in pairwise(bounds)]
    said = ["the upper bound falls" in step["words"] for step in content["steps"][1:-1]]
    assert said == fell and any(fell)


def test_a_search_without_an_end_says_what_is_proved_so_far():
    part = recorded_search(MODULE, X, 2, max_regions=2)
    words = search_steps(part, as_network(MODULE, (2,)), WINDOW)["steps"][-1]["words"]
    assert "ended after 2 regions" in words and three_digits(part.end.lower, down=True) in words


def test_no_other_class_anywhere_is_said_and_sent_without_infinity():
    import torch

    module = mlp((2, 3, 2), seed=0).double()
    with torch.no_grad():
        module[-1].weight.zero_()
        module[-1].bias.copy_(torch.tensor([1.0, 0.0]))
    record = recorded_search(module, X, math.inf)
    content = search_steps(record, as_network(module, (2,)), WINDOW)
    assert "no change of any size" in content["steps"][-1]["words"]
    json.dumps(content, allow_nan=False)
