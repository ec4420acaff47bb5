"""Experiments as text for a terminal: the list of all, and one with the paper's numbers beside ours, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill

from figures.papers.comparison import SIGNS, about, comparison
from papers.durations import expected_seconds
from papers.experiment import Experiment, Row
from papers.experiments import PAPERS
from papers.result_files import Result
from papers.running import has_to_train, is_current, missing
from papers.settings import Settings

MODULE = "python -m papers"
WIDTH = 100  # characters of a line of text


def listed(experiments: Sequence[tuple[Experiment, Mapping[str, Result]]], settings: Settings) -> str:
    """A line for each experiment with its results by row: name, place, title, and how many rows have results."""
    lines, width = [], max(len(experiment.name) for experiment, _ in experiments)
    for experiment, results in experiments:
        run = sum(row.name in results for row in experiment.rows)
        more = sum(row.name not in results and not missing(row, settings) for row in experiment.rows)
        note = f", {more} more can run here" if more else ""
        lines.append(
            f"{experiment.name:{width}}  {PAPERS[experiment.paper].short}, {experiment.place}: {experiment.title}\n"
            f"{'':{width}}  {run} of {len(experiment.rows)} rows run{note}"
        )
    return "\n".join(lines)


def shown_text(experiment: Experiment, results: Mapping[str, Result], settings: Settings) -> str:
    """What an experiment says, its table, and what each row ran on or lacks."""
    paper = PAPERS[experiment.paper]
    parts = [
        f"# {paper.short}, {experiment.place}: {experiment.title}",
        fill(f"The paper ({paper.source}): {experiment.says}", WIDTH),
        fill(f"Here: {experiment.how}", WIDTH),
        table(experiment, results),
        "\n".join(
            f"* {row.title}: {provenance(experiment, row, results.get(row.name), settings)}" for row in experiment.rows
        ),
    ]
    return "\n\n".join(parts)


def table(experiment: Experiment, results: Mapping[str, Result]) -> str:
    """The table in Markdown: per column the paper's number, ours, and the difference with its sign."""
    head, lines = ["row"], []
    for column in experiment.columns:
        head += [f"{column.title}: paper", "ours", "difference"]
    for row in experiment.rows:
        result, cells = results.get(row.name), [row.title]
        for column in experiment.columns:
            ours = None if result is None else result.values.get(column.name)
            both = comparison(row.paper.get(column.name), ours, column.unit, column.better, column.margin)
            cells += [both.paper, both.ours, f"{both.difference} {SIGNS[both.standing]}".strip()]
        lines.append(cells)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *lines))


def provenance(experiment: Experiment, row: Row, result: Result | None, settings: Settings) -> str:
    """Where a row's numbers come from; without a result how to get them, and how long that takes."""
    if result is not None:
        return made(result)
    if lacks := missing(row, settings):
        return f"not run; it needs {lacks}"
    return f"not run; {command(experiment, row)} {beginning(row, settings)}"


def beginning(row: Row, settings: Settings) -> str:
    """What a row does, and how long that takes: 'trains and measures, about 20 h on one core'."""
    does = "trains and measures" if has_to_train(row, settings) else "measures"
    seconds = expected_seconds(row, settings)
    time = "how long is not known" if seconds is None else f"about {about(seconds)} on one core"
    return f"{does}, {time}"


def command(experiment: Experiment, row: Row) -> str:
    """The command that measures a row."""
    return f"{MODULE} run {experiment.name} --rows {row.name}"


def made(result: Result) -> str:
    """Network, points, hardware and date of a result, in one line."""
    parts = [result.network] if result.network else []
    if result.epochs is not None:
        parts.append(f"{result.epochs} epochs")
    if result.seed is not None:
        parts.append(f"seed {result.seed}")
    if result.points:
        parts.append(f"{result.points:,} points")
    if result.seconds:
        parts.append(f"exact search up to {result.seconds:g} s a point")
    parts += [f"measured in {about(result.took)} of processor time on {result.hardware}", result.date]
    if not is_current(result):
        parts.append("the network has been replaced since")
    return ", ".join([*parts, *([result.note] if result.note else [])])
