"""The evidence about one ball, from which the page takes every sentence, colour and mark."""

from __future__ import annotations

from shapely.geometry import Polygon

from certify.polytopes.comparison import Polytopes
from figures.certify.polytope_words import Evidence
from pages.polytope.question import Question
from pages.shared.background.worker import Progress, State

COMES: dict[State, str] = {
    "waiting": "waits for its turn",
    "running": "is still being computed",
    "stopped": "was stopped before it was computed",
    "finished": "was not computed",
}


def evidence(question: Question, computed: Polytopes, slow: Progress[Polygon]) -> Evidence:
    """The computed sets, and the reason for each chosen slow bound that is missing.

    `slow` is the progress of the work on these bounds.
    """
    reason = slow.waits or COMES.get(slow.state) or f"could not be computed: {slow.message.rstrip('.')}"
    missing = {name: reason for name in question.slow if name not in computed.outer}
    return Evidence(computed, question.whole, missing, busy=slow.busy)
