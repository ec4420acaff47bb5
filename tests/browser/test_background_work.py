"""While a page computes in the background, users zoom, pin and switch, and no page breaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from models.data.images.images import FOLDER_VARIABLE
from tests.browser.waiting import at_rest, until

APP = Path(__file__).parents[2] / "app.py"
ROUNDS = 4


@dataclass(frozen=True)
class Work:
    """A page with long work: `begin` is pressed first, and `busy` is visible while the work runs."""

    link: str
    switched: tuple[str, ...]  # controls, by their names, one in each round
    busy: str = ""
    begin: str = ""
    picture: str = "canvas.ground"
    pins: bool = True


NORMS = ("ℓ₁", "ℓ₂", "ℓ∞", "ℓ₂")
KINDS = {
    "the heat map of Slices": Work(
        "/slices?below=maps&p=2&heat=fast-lin",
        ("Along the triangle", "Heat maps", "ℓ₁", "ℓ∞"),
        busy='[role="progressbar"]',
    ),
    "the film of Polytope": Work(
        "/polytope?from=explore&data=moons&bounds=fast-lin,crown,lp", ("ℓ₁", "areas", "ℓ∞", "relative to the hull")
    ),
    "a training": Work(
        "/train?data=mmr&widths=24&steps=100000&speed=20", NORMS, begin=".st-key-train-play button:visible"
    ),
    "Certify's ladder": Work("/certify?data=mmr&pin=0.3,0.2", NORMS),
    "Certify's run over a data set": Work(
        "/certify?data=mmr&show=data&use=100", NORMS, picture=".js-plotly-plot", pins=False
    ),
}


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("data")))
        return app_server(APP)


def spot(picture: Locator, s: float, t: float) -> tuple[float, float]:
    """A position in the picture, which may be redrawn at this moment."""
    boxes: list[Any] = []
    until(picture.page, lambda: boxes.append(picture.bounding_box()) or boxes[-1], "the picture should have a place")
    box = boxes[-1]
    return box["x"] + s * box["width"], box["y"] + t * box["height"]


def whole(page: Page) -> None:
    """The page shows no error."""
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text(re.compile("Bad delta path|Bad message format"))).to_have_count(0)
    expect(page.locator("h1").first).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_hands_do_as_they_like_while_it_goes_on(page: Page, address: str, name: str):
    work, said = KINDS[name], list[str]()
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}{work.link}")
    picture = page.locator(work.picture).first
    expect(picture).to_be_visible()
    if not work.busy:
        at_rest(page)
    if work.begin:
        page.locator(work.begin).first.click()
    if work.busy:
        expect(page.locator(work.busy).first).to_be_visible()
    for turn in range(ROUNDS):
        page.mouse.move(*spot(picture, 0.4 + 0.05 * turn, 0.5))
        for step in range(6):
            page.mouse.wheel(0, -160 if (step + turn) % 4 < 2 else 160)
            page.wait_for_timeout(90 + 70 * ((step + turn) % 5))  # sooner and later than the clocks of the page
        if work.pins:
            page.mouse.click(*spot(picture, 0.3 + 0.1 * turn, 0.4))
        page.get_by_role("radio", name=work.switched[turn], exact=True).first.click()
        whole(page)
    if work.pins:
        expect(page).to_have_url(re.compile("pin="))
    whole(page)
    assert [text for text in said if not re.search("WebGL|GPU stall|Failed to load resource", text)] == []
