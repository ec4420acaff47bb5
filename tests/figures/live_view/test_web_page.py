"""A picture as one HTML file: what it holds, how large it is, and what it refuses."""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest

import figures
from figures import PageMoment, PagePicture, web_page
from figures.live_view.notebook import MOST_SHOWN, region_map_html
from figures.regions.frames import region_frame
from figures.regions.overlays import Overlays, ViewOptions
from geometry import Plane, enumerate_regions
from tests.strategies import mlp

WINDOW = (-1.0, 1.0, -1.0, 1.0)
SMALL = enumerate_regions(mlp([2, 6, 2], seed=0), WINDOW)
HOSTILE = "</script><img src=x onerror=alert(1)>"


def constant(text: str, name: str) -> object:
    """The value of a constant of the page's script."""
    (value,) = re.findall(rf"^const {name} = (.*);$", text, re.MULTILINE)
    return json.loads(value)


@pytest.mark.parametrize(("widths", "span"), [([2, 115, 2], 3.0), ([2, 110, 64, 10], 1.0)])
def test_a_page_of_five_thousand_regions_is_below_three_megabytes(widths, span):
    regions = enumerate_regions(mlp(widths, seed=0), (-span, span, -span, span))
    assert len(regions) >= 4500
    assert len(web_page(regions).text.encode()) * 5000 / len(regions) < 3e6


def test_the_page_holds_the_bytes_of_each_frame_once():
    frame = region_frame(SMALL)
    film = PagePicture("one", [PageMoment(frame), PageMoment(frame)])
    text = web_page(film, PagePicture("other", film.moments), captions=["a", "b"]).text
    packed = constant(text, "FRAMES")
    assert list(packed) == [frame.hash]
    assert zlib.decompress(base64.b64decode(packed[frame.hash])) == frame.to_bytes()


def test_the_head_counts_the_regions_that_the_badge_counts():
    frame = region_frame(SMALL)
    around = PagePicture("", [PageMoment(frame)], ViewOptions(count=len(frame) - 3))
    assert f"{len(frame) - 3} linear regions" in web_page(around).text
    assert f"{len(frame)} linear regions" in web_page(PagePicture("", [PageMoment(frame)])).text


def test_the_page_asks_for_nothing_outside_itself():
    text = web_page(SMALL).text
    assert "default-src 'none'" in text
    assert not re.findall(r"(?:src|href)=|https?://|\bimport\b *[({]|\bfetch\(", text)


def test_text_of_the_user_is_nowhere_markup():
    options = ViewOptions(class_names=(HOSTILE,), badge=HOSTILE, about={HOSTILE: HOSTILE}, axes=(HOSTILE, HOSTILE))
    picture = PagePicture(HOSTILE, [PageMoment(region_frame(SMALL), note=HOSTILE)], options)
    text = web_page(picture, title=HOSTILE, lead=HOSTILE, about={HOSTILE: HOSTILE}).text
    assert "<img" not in text
    assert text.count("</script>") == 1


def test_other_moments_hold_only_what_differs_from_the_last():
    points, labels = np.zeros((50, 2)), np.zeros(50, dtype=int)
    moments = [
        PageMoment(region_frame(SMALL), Overlays(points=points, labels=labels, pin=pin)) for pin in (None, (0.1, 0.2))
    ]
    saved = constant(web_page(PagePicture("", moments), captions=["a", "b"]).text, "SAVED")
    (picture,) = saved["pictures"]
    assert [moment["changes"] for moment in picture["moments"]] == [{"pin": None}, {}]
    assert len(picture["overlays"]["points"]) == 50


def test_distances_are_the_networks_own_on_the_whole_input_space_alone():
    turned = Plane(np.zeros(2), np.array([0.6, 0.8]), np.array([-0.8, 0.6]))
    slice_of_three = Plane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    maps = [
        SMALL, enumerate_regions(mlp([2, 6, 2], seed=0), WINDOW, turned),
        enumerate_regions(mlp([3, 6, 2], seed=0), WINDOW, slice_of_three),
    ]  # fmt: skip
    assert [constant(web_page(regions).text, "SAVED")["measured"] for regions in maps] == ["inputs", "plane", "plane"]
    assert constant(web_page(region_frame(SMALL)).text, "SAVED")["measured"] == "plane"


def test_pages_without_pictures_and_films_that_do_not_fit_are_refused():
    moment = PageMoment(region_frame(SMALL))
    with pytest.raises(ValueError, match="equally many moments, got \\[\\]"):
        web_page()
    with pytest.raises(ValueError, match="equally many moments, got \\[1, 2\\]"):
        web_page(PagePicture("", [moment]), PagePicture("", [moment, moment]))
    with pytest.raises(ValueError, match="film of 2 moments needs as many captions, got 1"):
        web_page(PagePicture("", [moment, moment]), captions=["a"])
    with pytest.raises(ValueError, match="at least one moment"):
        PagePicture("", [])


def test_a_notebook_shows_a_region_map_as_the_page():
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell.instance()
    try:
        figures.show_region_maps()
        data, _ = shell.display_formatter.format(SMALL)
    finally:
        shell.clear_instance()
    assert data["text/html"] == region_map_html(SMALL)
    assert data["text/html"].startswith("<iframe")
    assert "text/plain" in data


def test_a_notebook_shows_no_page_of_a_map_that_is_too_large(monkeypatch):
    monkeypatch.setattr("figures.live_view.notebook.MOST_SHOWN", len(SMALL) - 1)
    assert region_map_html(SMALL) is None
    assert len(SMALL) < MOST_SHOWN


def test_a_truncated_map_says_that_there_is_more():
    assert "The window holds more" in region_map_html(replace(SMALL, truncated=True))
