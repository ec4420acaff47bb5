"""The legend of all pictures of the page: colours and signs."""

from __future__ import annotations

from html import escape

from figures.regions.overlays import VERDICTS, Known
from figures.style.palette import Theme, palette
from figures.words import class_name
from pages.train.pictures import Moment
from pages.train.view_options import ViewControls

SIGNS: dict[Known, str] = {"proved": "✓", "unknown": "?", "attacked": "✕"}
SAYS: dict[Known, str] = {"proved": "proved within ε", "unknown": "unknown", "attacked": "attacked within ε"}


def legend(moment: Moment, controls: ViewControls, theme: Theme) -> str:
    """One line of HTML: classes, decision boundary, and the verdicts of the balls around the data."""
    colours, data = palette(theme, controls.colour_blind), moment.data
    entries = [
        f'<span><i style="background:{colours.class_fills[label % len(colours.class_fills)]}"></i>{escape(name)}</span>'
        for label, name in enumerate(data.class_names or map(class_name, range(data.classes)))
    ]
    if controls.boundary:
        entries.append(f'<span><i class="line" style="border-color:{colours.d_D}"></i>decision boundary</span>')
    if moment.balls is not None and controls.boxes:
        dashes: dict[Known, str] = {"proved": "solid", "unknown": "dotted", "attacked": "dashed"}
        entries += [
            f'<span style="color:{getattr(colours, name)}"><i class="line" style="border-top-style:{dashes[name]}"></i>'
            f"{SIGNS[name]} {SAYS[name]}</span>"
            for name in VERDICTS
        ]
    return f'<div class="train-legend">{"".join(entries)}</div>'
