"""How high the pictures are, as CSS: for the pages that draw them, and for the first document.

The style that a script sends can come later than what it is for, since the browser loads the code of it apart. The
first document has these heights from the start, so that no picture's place is low for a moment.
"""

from __future__ import annotations

SIDE_BY_SIDE = 2  # pictures, where nothing else is asked for
_ABOVE = "var(--above-the-picture, {above}px)"

EXPLORE = f"clamp(420px, calc(100vh - {_ABOVE.format(above=180)}), 56vw)"
POLYTOPE = f"clamp(360px, calc(100vh - {_ABOVE.format(above=330)}), 46vw)"
UNDER_INPUTS = 58  # pixels under Polytope's input plane, where its output plane has legend and rail
POLYTOPE_INPUTS = f"calc({POLYTOPE} - {UNDER_INPUTS}px)"
ONE_SLICE = f"clamp(320px, calc(100vh - {_ABOVE.format(above=200)}), 860px)"


def beside(count: int, above: str, most: int) -> str:
    """Of each of so many pictures beside each other and the sidebar."""
    return f"clamp(300px, min(calc(100vh - {above}), calc((100vw - 345px) / {count} - 12px)), {most}px)"


def slices(count: int) -> str:
    return ONE_SLICE if count == 1 else beside(count, _ABOVE.format(above=200), 860)


def train(count: int) -> str:
    return beside(count, "330px", 900)


AT_FIRST = {
    "explore-picture": EXPLORE,
    "polytope-inputs": POLYTOPE_INPUTS,
    "polytope-outputs": POLYTOPE,
    **{f"slices-view-{slot}": slices(SIDE_BY_SIDE) for slot in range(SIDE_BY_SIDE)},
    **{f"train-view-{slot}": train(SIDE_BY_SIDE) for slot in range(SIDE_BY_SIDE)},
}


def style_at_first() -> str:
    """CSS rules that count for less than any that a script sends."""
    return "\n".join(
        f":where(.st-key-{key}-place, .st-key-{key}-box) {{ min-height: {height}; }}"
        for key, height in AT_FIRST.items()
    )
