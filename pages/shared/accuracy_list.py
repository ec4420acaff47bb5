"""A list of choices with the accuracy of each, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = """<style>
.accuracies { font-size: .84rem; line-height: 1.4; max-height: 22rem; overflow-y: auto;
  display: grid; grid-template-columns: minmax(0, 1fr) 4.2rem auto;
  column-gap: .6rem; row-gap: .12rem; align-items: center; }
.accuracies.wide { grid-template-columns: minmax(0, 1fr) auto; }
.accuracies.wide .name { grid-column: 1 / -1; margin-top: .3rem; }
.accuracies .head { grid-column: 1 / -1; opacity: .75; margin-bottom: .1rem; }
.accuracies .name { overflow-wrap: anywhere; }
.accuracies .share { text-align: right; font-variant-numeric: tabular-nums; }
.accuracies .track { height: .5rem; border-radius: 3px; background: color-mix(in srgb, currentColor 10%, transparent); }
.accuracies .bar { height: 100%; border-radius: 3px; background: currentColor; opacity: .4; }
.accuracies .chosen { font-weight: 650; }
.accuracies .chosen .bar { opacity: .85; }
</style>"""


@dataclass(frozen=True)
class Share:
    """The accuracy of one choice, from 0 to 1; None where it cannot be measured."""

    title: str
    accuracy: float | None
    chosen: bool


def accuracy_list(head: str, shares: Sequence[Share], *, wide: bool = False) -> str:
    """HTML: a line for each choice, the chosen one in bold; two lines for `wide` titles. All text is escaped."""
    lines = "".join(_line(share) for share in shares)
    style = "accuracies wide" if wide else "accuracies"
    return f'{STYLE}<div class="{style}" data-testid="accuracies"><div class="head">{escape(head)}</div>{lines}</div>'


def _line(share: Share) -> str:
    style = " chosen" if share.chosen else ""
    width = 0.0 if share.accuracy is None else 100 * share.accuracy
    words = "not supported" if share.accuracy is None else percent(share.accuracy)
    return (
        f'<div class="name{style}">{escape(share.title)}</div>'
        f'<div class="track{style}"><div class="bar" style="width:{width:.1f}%"></div></div>'
        f'<div class="share{style}">{words}</div>'
    )


def percent(share: float) -> str:
    """0.924 -> '92.4 %'."""
    return f"{100 * share:.1f} %"
