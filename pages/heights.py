"""Heights of the pictures, as CSS: for the pages that draw them, and for the first document.

The style that a script sends can arrive after the element that it styles, since the browser loads its code separately.
The first document sets these heights from the start, so that the layout does not jump when a picture arrives.
"""

from __future__ import annotations

SIDE_BY_SIDE = 2  # pictures that Slices and Train show by default
_ABOVE = "var(--above-the-picture, {above}px)"
_UNDER = "var(--under-the-picture, 0px)"  # the place of the numbers under the picture, in presenter mode

EXPLORE = f"clamp(var(--least-picture, 380px), calc(100vh - {_ABOVE.format(above=284)} - {_UNDER}), 52vw)"
NETWORK = f"max(var(--least-drawing, 312px), calc(0.68 * {EXPLORE}))"
STEPS = f"calc({EXPLORE} + 14px)"  # under its row of buttons, down to the picture's end
STEPS_UNDER_EPS = f"calc({STEPS} - 56px)"
POLYTOPE = f"clamp(360px, calc(100vh - {_ABOVE.format(above=330)}), 46vw)"
UNDER_INPUTS = 58  # pixels under Polytope's input plane, the height of legend and rail under its output plane
POLYTOPE_INPUTS = f"calc({POLYTOPE} - {UNDER_INPUTS}px)"
ONE_SLICE = f"clamp(320px, calc(100vh - {_ABOVE.format(above=200)}), 860px)"


def beside(count: int, above: str, most: int) -> str:
    """The height of each of `count` pictures beside each other, with the sidebar open; at most `most` pixels."""
    return f"clamp(300px, min(calc(100vh - {above}), calc((100vw - 345px) / {count} - 12px)), {most}px)"


def slices(count: int) -> str:
    return ONE_SLICE if count == 1 else beside(count, _ABOVE.format(above=200), 860)


def train(count: int) -> str:
    return beside(count, "330px - var(--tour-card, 0px)", 900)


AT_FIRST = {
    "explore-picture": EXPLORE,
    "explore-drawing": NETWORK,
    "explore-steps": STEPS,
    "polytope-inputs": POLYTOPE_INPUTS,
    "polytope-outputs": POLYTOPE,
    **{f"slices-view-{slot}": slices(SIDE_BY_SIDE) for slot in range(SIDE_BY_SIDE)},
    **{f"train-view-{slot}": train(SIDE_BY_SIDE) for slot in range(SIDE_BY_SIDE)},
}


def style_at_first() -> str:
    """CSS rules of zero specificity: any rule that a script sends overrides them."""
    return "\n".join(
        f":where(.st-key-{key}-place, .st-key-{key}-box) {{ min-height: {height}; }}"
        for key, height in AT_FIRST.items()
    )
