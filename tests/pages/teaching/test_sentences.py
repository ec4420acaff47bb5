"""Every sentence of every tour is true: its claim is computed at its step, from the step's own network and point."""

from __future__ import annotations

import re

import pytest

from pages.teaching.steps import Sentence, Step
from pages.teaching.tours import TOURS
from tests.browser.tour_actions import ACTIONS
from tests.tour_claims import CHECKS, SLOW

SENTENCES = [
    pytest.param(step, sentence, id=f"{name}-{number}: {sentence.claim}",
                 marks=[pytest.mark.slow] if sentence.claim in SLOW else [])
    for name, steps in TOURS.items()
    for number, step in enumerate(steps, 1)
    for sentence in step.sentences
]  # fmt: skip
EVERY = [sentence for steps in TOURS.values() for step in steps for sentence in step.sentences]
PART = re.compile(r"[.?!]\**(?= [A-Z*$])")  # the end of a sentence within a text
NAMES = re.compile(r"\$[^$]*\$|\*\*[0-9]\*\*|Fig\. \d")  # formulas, keys, and figures of papers


@pytest.mark.parametrize(("step", "sentence"), SENTENCES)
def test_a_sentence_is_true_at_its_step(step: Step, sentence: Sentence):
    if sentence.claim in CHECKS:
        CHECKS[sentence.claim](step, sentence)
    else:
        assert sentence.claim in ACTIONS, "done by hand in tests/browser/test_tours.py"


def test_every_claim_belongs_to_a_sentence():
    assert {sentence.claim for sentence in EVERY} == {*CHECKS, *ACTIONS}
    assert not CHECKS.keys() & ACTIONS.keys()


@pytest.mark.parametrize("sentence", EVERY, ids=lambda each: each.claim)
def test_a_sentence_is_one_and_its_numbers_are_values(sentence: Sentence):
    text = sentence.text.replace("Fig. ", "Fig ").replace(" ...", "")
    assert not PART.search(text), "one claim for one sentence"
    assert not re.search(r"\d", NAMES.sub("", sentence.text)), "a number in the text stands in `values`"
    assert set(re.findall(r"<(\w+)>", sentence.text)) == set(sentence.values) or not sentence.values
