"""Every region and every point is counted once, and bars are as high as their counts."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from figures.regions.histograms import area_histogram, distance_histogram
from geometry.norms import Array


def styled(element: ElementTree.Element, name: str) -> float:
    """A number of the element's style, in px or per cent."""
    found = re.search(rf"(?:^|;){name}:([\d.]+)", element.attrib["style"])
    assert found is not None
    return float(found[1])


def drawn(html: str) -> list[ElementTree.Element]:
    return [element for element in ElementTree.fromstring(html) if element.get("class") == "bar"]


def bars(html: str) -> list[tuple[str, int, float]]:
    """What each bar says, its count and its height."""
    said = [(bar.attrib["title"], styled(bar, "height")) for bar in drawn(html)]
    return [(words, int(words.split(": ")[1].split()[0]), height) for words, height in said]


def across(html: str) -> dict[str, float]:
    """The numbers along the axis, with their places in per cent."""
    texts = [text for text in ElementTree.fromstring(html) if "top:100%" in text.attrib["style"]]
    return {text.text or "": styled(text, "left") for text in texts}


def test_every_area_is_counted_once():
    areas = np.random.default_rng(0).lognormal(-5, 4, 1000)
    found = bars(area_histogram(areas))
    assert sum(count for _, count, _ in found) == 1000
    heights = np.array([height / count for _, count, height in found])
    assert heights == pytest.approx(heights[0], abs=0.01)


def test_a_bar_stands_over_its_own_values():
    html = area_histogram(np.array([0.001, 1.0, 1.0, 1000.0]))
    middles = [styled(bar, "left") + styled(bar, "width") / 2 for bar in drawn(html)]
    low, high = -3.02, 3.02  # the range in powers of ten, with the margin of 0.02 on either side
    assert middles == pytest.approx([100 * (power - low) / (high - low) for power in (-3, 0, 3)], abs=100 / 40)
    assert across(html)["10⁰"] == pytest.approx(50, abs=0.1)


def test_infinite_distances_are_left_out():
    found = bars(distance_histogram(np.array([0.1, 0.2, math.inf]), np.array([0.3, math.inf, math.inf])))
    assert [sum(n for words, n, _ in found if words.startswith(name)) for name in ("d_B", "d_D")] == [2, 1]


def test_equal_and_missing_values_still_make_a_picture():
    ((words, count, _),) = bars(area_histogram(np.full(3, 0.25)))
    assert count == 3 and words.endswith("3 regions")
    assert bars(distance_histogram(np.array([math.inf]), np.array([0.0]))) == []


@pytest.mark.parametrize("values", [[0.21, 0.36], [1.0, 7.0], [0.5, 50.0], [1e-9, 1e3], [3.0]])
def test_an_axis_has_at_least_two_numbers(values: list[float]):
    places = across(area_histogram(np.array(values)))
    assert len(places) >= 2
    assert all(0 <= place <= 100 for place in places.values())


def test_one_region_is_one_region():
    one: Array = np.array([0.5])
    assert 'aria-label="Areas of 1 region,' in area_histogram(one)
    assert bars(area_histogram(one))[0][0].endswith(": 1 region")
