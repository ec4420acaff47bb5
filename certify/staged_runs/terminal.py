"""A run on a terminal: a progress bar for each stage, with the time that is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tqdm import tqdm

from certify.staged_runs.answers import Answers
from certify.staged_runs.run import Run
from certify.staged_runs.saved import Saved

COUNTED = ("wrong", "attacked", "proved", "open")  # counts of a summary that the bar shows


class Bars:
    """A bar for each stage on stderr: points, seconds, the time left, counts. Off a terminal one line per stage."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._bar: tqdm[object] | None = None
        self._stage = -1

    def followed(self, steps: Iterator[tuple[int, Answers]]) -> Iterator[Answers]:
        """The answers of the steps, after showing each."""
        try:
            for number, answers in steps:
                self._show(number, answers)
                yield answers
        finally:
            self._close()

    def _show(self, number: int, answers: Answers) -> None:
        name = self.run.stages[number].name
        if number != self._stage:
            self._close()
            total = len(self.run.of_stage(number, answers))
            self._stage = number
            self._bar = tqdm(total=total, initial=int(answers.done[:, number].sum()), desc=f"{name:14}", unit="point")
        assert self._bar is not None
        self._bar.set_postfix_str(counts(self.run, answers), refresh=False)
        self._bar.update(int(answers.done[:, number].sum()) - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def counts(run: Run, answers: Answers) -> str:
    """The summary's counts in one line; nothing for a run without states."""
    summary = run.summary(answers)
    return ", ".join(f"{summary[name]:g} {name}" for name in COUNTED if name in summary)


def lines(result: Saved) -> list[str]:
    """What a result shows, for reading: what it is about, shares and counts, and the methods that decided."""
    shown = [f"{result.subject.network_title} on {result.subject.data_title}"]
    total = max(1, result.done)
    for name, value in result.summary.items():
        if name in COUNTED:
            shown.append(f"{name:10}{value:8g}  {value / total:8.2%}  {_deciders(result, name)}".rstrip())
        else:
            shown.append(f"{name}: {value:.6g}" if name.startswith(("mean", "median")) else f"{name}: {value:.2%}")
    took = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in result.seconds.items())
    return [*shown, f"{result.done} of {len(result.answers)} points; {took or 'nothing was left to do'}"]


def _deciders(result: Saved, state: str) -> str:
    """Which methods decided the points of a state, or how the search for open ones ended."""
    column = "search" if state == "open" else "by"
    names = Counter(result.answers[column][result.answers["state"] == state].tolist())
    named = {name: count for name, count in names.items() if name}
    return ", ".join(f"{name} {count}" for name, count in named.items()) if state != "wrong" else ""
