"""The wall of the Certify page in a browser: it follows a run of a command, and a click opens a point."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from certify import __main__ as command
from geometry.computation.interruption import INTERRUPTED
from models.data.images.images import FOLDER_VARIABLE
from tests.browser.waiting import at_rest

APP = Path(__file__).parents[2] / "app.py"
NETWORK, POINTS = "mnist-fc1-linf-kw", 30
COMMAND = ("robust-error", NETWORK, "mnist-5k", "--eps", "0.1", "--box", "0", "1", "--points", str(POINTS))
HOSTILE = "<img src=x onerror=alert(1)> **bold**"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("data")))
        yield tmp_path_factory.getbasetemp()


@pytest.fixture(scope="module")
def address(folder: Path, app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


@pytest.mark.slow
def test_the_wall_follows_a_command_and_a_click_opens_the_point(
    page: Page, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    run_out = command.carried_out
    with monkeypatch.context() as patch:  # the command ends after a few steps
        patch.setattr(command, "carried_out", lambda *args, **options: islice(run_out(*args, **options), 2))
        assert command.main([*COMMAND]) == INTERRUPTED
    page.goto(f"{address}/certify?of=images&trained={NETWORK}&p=inf&show=wall")
    wall = page.get_by_test_id("wall")
    expect(wall.get_by_role("button")).to_have_count(POINTS)
    verdict = page.get_by_test_id("verdict")
    expect(verdict).to_contain_text(f"{POINTS} of {POINTS} points have been looked at")
    expect(wall.locator("[data-state=proved]")).to_have_count(0)

    assert command.main([*COMMAND]) == 0
    (file,) = command.runs_folder().glob("*.json")
    states = next(column["values"] for column in json.loads(file.read_text())["columns"] if column["name"] == "state")
    assert states.count("proved") > 5
    for number, state in enumerate(states):  # without a hand on the page
        expect(wall.locator(f'[data-number="{number}"]')).to_have_attribute("data-state", state)
    expect(page.get_by_test_id("wall-legend")).to_contain_text(f"{states.count('proved')} proved")
    at_rest(page)
    page.screenshot(path=tmp_path / "wall.png")

    proved = states.index("proved")
    wall.locator(f'[data-number="{proved}"]').click()
    expect(page).to_have_url(re.compile(r"p=inf"))
    expect(page).to_have_url(re.compile(rf"image={proved}(&|$)") if proved else re.compile("trained="))
    expect(verdict).to_contain_text("perturbation")
    at_rest(page)

    page.locator(".st-key-show").get_by_text("Point by point").click()
    page.locator(".st-key-wall-opens").get_by_text("its slice").click()
    expect(page).to_have_url(re.compile("opens=slice"))
    at_rest(page)
    wall.locator('[data-number="7"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/slices\?.*a=8&.*first={NETWORK}"))


@pytest.mark.slow
def test_text_in_a_file_of_a_run_is_shown_as_text(page: Page, address: str):
    assert command.main(["robust-error", "moons", "moons", "--eps", "0.1", "--points", "10", "--attack", "none"]) == 0
    (file,) = command.runs_folder().glob("robust-error-moons*.json")
    content = json.loads(file.read_text())
    content["subject"] |= {"network title": HOSTILE, "network": "other"}
    file.with_name("hostile.json").write_text(json.dumps(content))
    page.goto(f"{address}/certify?show=wall&data=moons")
    page.get_by_text("Runs about other networks and data").click()
    expect(page.get_by_text(f"{HOSTILE} on moons")).to_be_visible()
