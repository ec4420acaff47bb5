"""Provenance, tables and words of runs over a test set, as the command and the Certify page save them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from certify.staged_runs.answers import Answers
from certify.staged_runs.robust_error import ATTACKED, DECIDED, OPEN, PROVED, WRONG
from certify.staged_runs.run import Run
from certify.staged_runs.saved import Saved, Subject, saved, table_rows
from figures.certify.methods import method_title
from figures.provenance import csv_text, origin, perturbations
from figures.words import NORM_SIGNS, Verdict, counted, given, percent
from geometry.norms import Norm

NONE = "none"


def run_origin(run: Run, subject: Subject, p: Norm, box: tuple[float, float] | None) -> dict[str, str]:
    """The provenance of a run: network, data, norm, box, and the settings of the question."""
    settings = {name: _text(value) for name, value in run.settings.items() if name != "eps"}
    return (
        origin(run.command, subject.network_title, subject.data_title, weights=subject.network)
        | perturbations(p, box, run.settings.get("eps"))
        | settings
    )


def saved_run(
    run: Run, answers: Answers, subject: Subject, about: Mapping[str, str], seconds: Mapping[str, float]
) -> Saved:
    """The file of a run with these answers. Its provenance is `about`, how many points are done, and the time."""
    result = saved(run, answers, subject, about, seconds)
    counted = f"{result.done} of the first {len(answers)} of {subject.data_title}"
    took = f"{sum(seconds.values()):.1f}"
    return replace(result, about={**about, "points": counted, "seconds": took, "complete": str(result.complete)})


def run_csv(result: Saved) -> str:
    """A row for each point, under the provenance."""
    return csv_text(result.about, *table_rows(result))


def run_verdict(run: Saved, eps: float, p: Norm) -> Verdict:
    """What a run over a robust error has decided so far, in a few sentences."""
    known = run.answers.done[:, 0]
    if not known.any():
        return Verdict(False, "No point has been looked at yet.", "The first ones appear in some seconds.")
    total, states = int(known.sum()), run.answers["state"][known]
    wrong, attacked, proved = (int((states == state).sum()) for state in (WRONG, ATTACKED, PROVED))
    least, most = wrong + attacked, total - proved
    if least == most:
        share = f"exactly {percent(least, total)} ({least})"
    else:
        low, high = percent(least, total, down=True), percent(most, total, up=True)
        share = f"between {low} ({least}) and {high} ({most})"
    points = counted(total, "point")
    claim = f"Perturbations with {NORM_SIGNS[p]}\u00a0≤\u00a0{given(eps)} make {share} of {points} wrong."
    reason = f"{percent(wrong, total)} are wrong without any perturbation."
    if not run.complete:
        points = counted(len(run.answers), "point")
        reason += f" {run.done} of {points} have been looked at; those that are open may be decided yet."
    return Verdict(least == most and run.complete, claim, reason)


def state_words(run: Saved, place: int) -> str:
    """What the run knows of one point, in a few words. Names of methods are text from outside."""
    state, by, search = (str(run.answers[name][place]) for name in ("state", "by", "search"))
    predicted = int(run.answers["predicted"][place])
    match state:
        case "wrong":
            return f"wrong: the network sees class {predicted}"
        case "attacked" | "proved":
            return f"{state} by {method_title(by)}"
    if not run.answers.done[place, 0]:
        return "not looked at yet"
    return f"open; the exact search ended: {search}" if search and search != DECIDED else OPEN


def _text(value: object) -> str:
    return (" ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)) or NONE
