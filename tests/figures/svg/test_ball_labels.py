"""Labels of balls hide no ball, at any size."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from figures.regions.overlays import Ball
from figures.style.palette import palette
from figures.svg.ball_labels import ball_labels

COLOURS, CENTRE = palette("light"), np.array([400.0, 300.0])
ANGLES = np.linspace(0, 2 * np.pi, 400)
CIRCLE = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
WIDTH, RISE, FALL = 40, 10, 3  # of half of the text, and of all above and below its baseline: less than of the shortest


def labels(*radii: float, marks=()) -> tuple[list[np.ndarray], list[ElementTree.Element]]:
    """The outlines of a proved ball and of attacked ones around one centre, and their labels."""
    outlines = [CENTRE + radius * CIRCLE for radius in radii]
    roles = ("proved", *["attacked"] * (len(radii) - 1))
    balls = [Ball(role, outline, f"{role} 0.123") for role, outline in zip(roles, outlines)]
    return outlines, [ElementTree.fromstring(text) for text in ball_labels(balls, outlines, marks, COLOURS)]


@pytest.mark.parametrize("inner", [1, 5, 20, 80])
@pytest.mark.parametrize("outer", [2, 8, 25, 90, 300])
def test_a_label_covers_no_border_and_no_witness(inner: float, outer: float):
    witness = CENTRE - np.array([0, outer])  # where the label of the lower bound would lie
    outlines, texts = labels(inner, max(inner, outer), marks=[CENTRE, witness])
    assert texts
    for text in texts:
        x, y = float(text.get("x", "")), float(text.get("y", ""))
        for shape in (*outlines, np.array([CENTRE, witness])):
            covered = (abs(shape[:, 0] - x) < WIDTH) & (shape[:, 1] > y - RISE) & (shape[:, 1] < y + FALL)
            assert not covered.any()


def test_a_label_lies_next_to_its_own_ball_where_it_can():
    (inner, outer), (proved, attacked) = labels(10, 300)
    assert inner[:, 1].min() - 20 < float(proved.get("y", "")) < inner[:, 1].min()
    assert outer[:, 1].max() < float(attacked.get("y", "")) < outer[:, 1].max() + 20
