"""The comparison of the objectives in one sentence, for students."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from figures.words import counted, thousands, three_digits
from pages.train.pictures import Moment

BEGIN = "The same weights for every objective: press Play, and watch where the regions go."


def comparison(titles: Sequence[str], moments: Sequence[Moment]) -> str:
    """The last objective compared with the first, or a first instruction, as HTML of a fixed height."""
    return f'<div class="train-says" data-testid="comparison">{escape(_sentence(titles, moments))}</div>'


def _sentence(titles: Sequence[str], moments: Sequence[Moment]) -> str:
    first, last = moments[0], moments[-1]
    if max(moment.step for moment in moments) == 0:
        return BEGIN if len(moments) > 1 else "Press Play, and watch where the regions go."
    if first.data.dataset is None:
        return _counted(titles, moments)
    if len(moments) > 2:
        return _proved(titles, moments)
    if len(moments) == 1:
        return f"Region boundaries are {three_digits(first.mean_d_B)} away from a data point on average."
    ratio = last.mean_d_B / first.mean_d_B if first.mean_d_B > 0 else math.inf
    if not math.isfinite(ratio):
        return _counted(titles, moments)
    how = (
        f"{three_digits(ratio)} times as far from the data as under {titles[0]}"
        if ratio >= 1
        else f"nearer to the data than under {titles[0]}, by a factor of {three_digits(1 / ratio)}"
    )
    return f"Under {titles[-1]} the region boundaries are {how}. {_proved(titles, moments)}"


def _proved(titles: Sequence[str], moments: Sequence[Moment]) -> str:
    """The numbers of proved points."""
    counts = [moment.balls.verdicts.count("proved") for moment in moments if moment.balls is not None]
    total = len(moments[0].balls.verdicts) if moments[0].balls is not None else 0
    shown = ", ".join(f"{count} under {title}" for count, title in zip(counts, titles))
    return f"Of {counted(total, 'point')}, proved within ε: {shown}."


def _counted(titles: Sequence[str], moments: Sequence[Moment]) -> str:
    counts = [f"{thousands(len(moment.regions))} ({title})" for moment, title in zip(moments, titles)]
    return f"Linear regions in the window: {', '.join(counts)}."
