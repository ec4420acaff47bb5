"""The Certify page in a browser: a link with a pin, the ladder fills, the data set follows."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import at_rest, spot
from tests.tables import read_table

APP = Path(__file__).parents[2] / "app.py"
METHODS = "simplex,interval,fast-lin,crown,deepfool,exact"


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def taken(file: Path) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """What a table says of where it comes from; its rows by their first column, with names that have no units."""
    about, rows = read_table(file.read_text(encoding="utf-8"))
    named = [{name.partition(" [")[0]: value for name, value in row.items()} for row in rows]
    return about, {next(iter(row.values())): row for row in named}


@pytest.mark.slow
def test_a_pin_climbs_the_ladder_and_the_data_set_follows(page: Page, address: str, tmp_path: Path):
    page.goto(address)  # as a visitor who comes from Explore
    expect(page.locator("canvas.marks")).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))
    page.goto(f"{address}/certify?data=mmr&pin=0.3,0.2&p=inf&methods={METHODS}")
    verdict = page.get_by_test_id("verdict")
    expect(verdict).to_contain_text("smallest perturbation")
    ladder = page.locator(".js-plotly-plot")
    for method in ("Simplex", "Interval", "Fast-Lin", "CROWN", "DeepFool", "Exact search"):
        expect(ladder.get_by_text(re.compile(rf"^{method}\b")).first).to_be_visible()
    expect(page.locator("canvas.marks")).to_have_attribute("data-balls", "1")

    expect(page.get_by_role("button", name="Again")).to_be_visible()
    at_rest(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "ladder.csv")
    about, rungs = taken(tmp_path / "ladder.csv")
    assert about["norm"] == "linf"
    assert about["point"] == "0.3 0.2"
    exact = float(rungs["exact"]["upper"])
    assert all(float(row["lower"]) <= exact * (1 + 1e-5) for row in rungs.values())
    assert all(float(row["upper"]) >= exact * (1 - 1e-5) for row in rungs.values() if row["method"] != "exact")
    witness = np.array(rungs["exact"]["witness"].split(), float)
    assert np.isclose(np.abs(witness - [0.3, 0.2]).max(), exact)

    before = verdict.text_content() or ""
    page.mouse.click(*spot(page.locator("canvas.ground"), 0.6, 0.6))
    expect(page).not_to_have_url(re.compile(r"pin=0\.3%2C0\.2(&|$)"))
    expect(verdict).not_to_have_text(before)

    page.goto(f"{address}/certify?data=mmr&p=inf&show=data&use=6&curves=interval,crown&reach=0.1")
    expect(verdict).to_contain_text("points wrong")
    expect(page.get_by_text("at most, by CROWN")).to_be_visible()
    expect(page.get_by_text("✓ attacked and flagged")).to_be_visible()
    expect(page.locator(".st-key-stop-run")).to_have_count(0)  # nothing is redrawn while the slider moves
    at_rest(page)
    page.get_by_role("slider").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"eps=0\.0275"))
    expect(verdict).to_contain_text("0.0275")
    expect(page.get_by_text("Attacks at ε = 0.0275")).to_be_visible()


@pytest.mark.slow
def test_methods_that_are_not_needed_are_named_so_and_run_when_asked(page: Page, address: str, tmp_path: Path):
    page.goto(f"{address}/certify?data=mmr&pin=0.3,0.2&p=2&methods=simplex,deepfool,cw,exact")
    ladder = page.locator(".js-plotly-plot")
    expect(ladder.get_by_text(re.compile(r"not needed: decided by \w+")).first).to_be_visible()
    page.screenshot(path=tmp_path / "not-needed.png")
    page.get_by_role("button", name="Run the other methods too").click()
    expect(ladder.get_by_text("not needed")).to_have_count(0)
    expect(page.get_by_role("button", name="Run the other methods too")).to_have_count(0)


@pytest.mark.slow
def test_the_nearest_attack_of_an_exact_search_shows_while_it_runs_and_after_it_is_stopped(page: Page, address: str):
    page.goto(f"{address}/certify?of=images&trained=mnist-fc1-linf-plain&methods=exact&p=2&seconds=600")
    attacked = page.get_by_alt_text("attacked", exact=True)
    expect(attacked).to_be_visible()
    page.locator(".st-key-stop-ladder button").click()
    expect(page.locator(".st-key-again button:visible")).to_be_visible()
    at_rest(page)
    expect(attacked).to_be_visible()
    expect(page.get_by_test_id("verdict")).to_contain_text("an attack found one at")
    expect(page.get_by_test_id("verdict")).to_contain_text("The ladder was stopped")


def test_a_proof_is_written_saved_and_checked_by_the_program_beside_it(page: Page, address: str, tmp_path: Path):
    page.goto(f"{address}/certify?data=mmr&pin=0.3,0.2&p=inf&methods=simplex,deepfool,exact&proof=0.05")
    page.get_by_role("button", name="Write the proof").click()
    verdict = page.get_by_test_id("verdict").last
    expect(verdict).to_contain_text("No perturbation with ‖δ‖∞ ≤ 0.05 changes the class.")
    for key in ("proof-file", "proof-checker"):
        with page.expect_download() as download:
            page.locator(f".st-key-{key} button").click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    command = [sys.executable, "-I", "check.py", "proof.json"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0 and run.stdout.startswith("robust: every point within 0.05 in linf has class ")
    page.locator(".st-key-write-proof").scroll_into_view_if_needed()
    page.get_by_role("spinbutton", name=re.compile("ε")).fill("1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("proof=1(&|$)"))
    page.get_by_role("button", name="Write the proof").click()
    expect(verdict).to_contain_text("A perturbation with ‖δ‖∞ ≤ 1 changes the class.")


def test_a_proof_in_the_making_can_be_stopped(page: Page, address: str):
    page.goto(f"{address}/certify?of=images&trained=mnist-fc1-linf-mmr&methods=simplex&p=inf&proof=0.1")
    page.get_by_role("button", name="Write the proof").click()
    page.locator(".st-key-stop-proof button").click()
    expect(page.get_by_test_id("verdict").last).to_contain_text("It was stopped.")
    expect(page.locator(".st-key-stop-proof")).to_have_count(0)


FOCUSED = """() => {
  let place = document.activeElement;
  while (place?.shadowRoot?.activeElement) place = place.shadowRoot.activeElement;
  return place.className;
}"""


def test_the_keyboard_pins_moves_and_unpins_and_the_picture_keeps_its_focus(page: Page, address: str):
    page.goto(f"{address}/certify?data=mmr&p=inf&methods=simplex,deepfool,exact")
    view, marks = page.locator(".view"), page.locator("canvas.marks")
    expect(marks).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))
    at_rest(page)
    view.focus()
    page.keyboard.press("Enter")
    expect(marks).to_have_attribute("data-pin", re.compile(r"."))
    expect(page.locator(".spoken").first).to_contain_text("Proved: no perturbation")
    s, t = map(float, (marks.get_attribute("data-pin") or "").split(","))
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
        expect(marks).not_to_have_attribute("data-pin", f"{s:.6g},{t:.6g}")  # drawn by Python
        expect(page).to_have_url(re.compile("pin="))
        assert page.evaluate(FOCUSED) == "view"
        page.wait_for_timeout(400)  # the ladder is drawn again meanwhile
    moved = [float(each) for each in (marks.get_attribute("data-pin") or "").split(",")]
    assert moved[0] > s and moved[1] > t
    expect(page.locator(".spoken").first).to_contain_text("Proved: no perturbation")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Pin a data point")).to_be_visible()
    expect(page).not_to_have_url(re.compile("pin="))
    assert page.evaluate(FOCUSED) == "view"


@pytest.mark.slow
def test_a_property_is_violated_where_the_picture_says_and_is_decided_again(page: Page, address: str):
    page.goto(f"{address}/certify?of=property&prop=wide")
    verdict = page.get_by_test_id("verdict")
    expect(verdict).to_contain_text("The property is violated.")
    expect(page.get_by_test_id("violation")).to_contain_text("clear of conflict")
    marks = page.locator("canvas.marks")
    expect(marks).to_have_attribute("data-regions", re.compile(r"[1-9]\d{3}"))
    expect(marks).to_have_attribute("data-pin", re.compile(r"."))  # the violation
    at_rest(page)
    page.get_by_role("button", name="Again").click()
    expect(verdict).to_contain_text("The property is violated.")
    at_rest(page)
    page.get_by_role("combobox", name="Property").click()
    page.get_by_text("Property 1: far away and much slower").click()
    expect(verdict).to_contain_text("The property holds.")
    expect(page).to_have_url(re.compile("prop=1"))
    expect(marks).to_have_count(0)  # five inputs vary: there is no picture of the box
