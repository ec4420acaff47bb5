"""What a decision says: in the project's words, in those of the verification competition, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from certify.properties.decision import Decision, Violation

FORMAT = "ReLUscope decision about a property, version 1"
COMPETITION = {"holds": "unsat", "violated": "sat", "unknown": "unknown"}
REASONS = {"time": "the time was over", "rounding": "float64 could not decide where the outputs are at the limit"}


def decision_lines(decision: Decision) -> Iterator[str]:
    """The status, with the violation or the reason; numbers are the nearest of float64."""
    yield decision.status if decision.status != "unknown" else f"unknown: {REASONS[decision.reason]}"
    if decision.violation is not None:
        for name, value in _named(decision.violation):
            yield f"{name} = {value!r}"


def competition_lines(decision: Decision) -> Iterator[str]:
    """As the competition's result files have it: one word, and after `sat` the assignment of all variables."""
    yield "timeout" if decision.reason == "time" else COMPETITION[decision.status]
    if decision.violation is not None:
        assigned = [f"({name} {value!r})" for name, value in _named(decision.violation)]
        yield f"({assigned[0]}"
        yield from (f" {pair}" for pair in assigned[1:-1])
        yield f" {assigned[-1]})"


def decision_to_json(decision: Decision, about: Mapping[str, str], settings: Mapping[str, Any]) -> bytes:
    """The decision with its provenance; a violation's numbers are exact, as fractions, and the nearest of float64."""
    violation: dict[str, Any] | None = None
    if (found := decision.violation) is not None:
        violation = {
            "case": found.case,
            "inputs": [float(value) for value in found.inputs],
            "outputs": [float(value) for value in found.outputs],
            "exact inputs": [str(value) for value in found.inputs],
            "exact outputs": [str(value) for value in found.outputs],
        }
    content = {
        "format": FORMAT,
        "about": dict(about),
        "settings": dict(settings),
        "status": decision.status,
        "reason": decision.reason,
        "methods": list(decision.methods),
        "seconds": decision.seconds,
        "violation": violation,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def _named(violation: Violation) -> Iterator[tuple[str, float]]:
    for letter, values in (("X", violation.inputs), ("Y", violation.outputs)):
        yield from ((f"{letter}_{place}", float(value)) for place, value in enumerate(values))
