"""The legend of all pictures of the page: colours, signs, and the circles around the pin."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from figures.regions.overlays import VERDICTS, Known, Overlays, Role
from figures.style.palette import Theme, palette
from figures.words import GLOSSARY, class_name
from pages.train.pictures import Moment
from pages.train.view_options import ViewControls

SIGNS: dict[Known, str] = {"proved": "✓", "unknown": "?", "attacked": "✕"}
SAYS: dict[Known, str] = {"proved": "proved within ε", "unknown": "unknown", "attacked": "wrong, or attacked within ε"}
CIRCLES: dict[Role, str] = {  # what happens at the distance; the tooltip says it in full
    "d_B": "<i>d</i><sub>B</sub>: a unit switches",
    "d_D": "<i>d</i><sub>D</sub>: the class would change",
}


def legend(moment: Moment, overlays: Sequence[Overlays], controls: ViewControls, theme: Theme) -> str:
    """One line of HTML: classes, decision boundary, the verdicts of the balls around the data, the pin's balls."""
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
    drawn = {ball.role for each in overlays for ball in each.balls}
    entries += [
        f'<span title="{escape(GLOSSARY[role])}"><i class="ball" style="border-color:{getattr(colours, role)}"></i>'
        f"<span>{words}</span></span>"
        for role, words in CIRCLES.items()
        if role in drawn
    ]
    return f'<div class="train-legend">{"".join(entries)}</div>'
