"""All that the page knows of one ball, from which every sentence, colour and mark on it follows."""

from __future__ import annotations

from typing import Any

from certify.polytopes.comparison import Polytopes
from figures.certify.polytope_words import Evidence
from pages.polytope.question import Question
from pages.shared.background.worker import Progress, State

COMES: dict[State, str] = {
    "waiting": "waits for its turn",
    "running": "is still computed",
    "stopped": "was stopped before it was computed",
    "finished": "was not computed",
}


def evidence(question: Question, found: Polytopes, slow: Progress[Any]) -> Evidence:
    """The sets that are there, and what is with the slow bounds that were asked for and are not.

    `slow` is what the work on them has come to.
    """
    what = slow.waits or COMES.get(slow.state) or f"could not be computed: {slow.message.rstrip('.')}"
    missing = {name: what for name in question.slow if name not in found.outer}
    return Evidence(found, question.whole, missing, busy=slow.busy)
