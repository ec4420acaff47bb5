"""Exercises, lessons from a file or a link, and writing one, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from models import mlp
from tests.browser.test_explore import place
from tests.browser.waiting import at_rest, until

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def question(page: Page) -> Locator:
    return page.locator(".st-key-tour-question")


def menu(page: Page) -> None:
    page.get_by_role("button", name="Lessons").click()
    expect(page.get_by_role("button", name="Begin the exercises")).to_be_visible()


def test_the_first_exercise_covers_the_picture_until_one_has_predicted(page: Page, address: str):
    page.goto(address)
    at_rest(page)
    menu(page)
    page.get_by_role("button", name="Begin the exercises").click()
    expect(question(page)).to_be_visible()
    blurred = (
        "() => [...document.querySelectorAll('*')].some((each) => getComputedStyle(each).filter.includes('blur(22'))"
    )
    page.wait_for_function(blurred)
    page.get_by_role("radio", name="6").click()
    expect(question(page)).to_contain_text("Not this one")
    page.wait_for_function(f"() => !({blurred})()")
    page.get_by_role("radio", name="7").click()
    expect(question(page)).to_contain_text("Right")
    expect(page.locator(".st-key-tour-card")).to_contain_text("1 of 8 solved")


def test_a_click_at_the_nearest_switch_is_right(page: Page, address: str):
    """The switch nearest to x lies at the foot of the nearest unit's line, which its weights give."""
    page.goto(f"{address}/?data=xor&network=own&widths=6&init=3&data-points=0&p=2&tour=exercises-3")
    at_rest(page)
    expect(question(page)).to_contain_text("Click in the picture")
    first = mlp((2, 6, 2), seed=3)[0]
    w, b = first.weight.detach().double().numpy(), first.bias.detach().double().numpy()
    x = np.array([0.4, 0.3])
    heights = (w @ x + b) / np.linalg.norm(w, axis=1)
    nearest = np.abs(heights).argmin()
    foot = x - 1.04 * heights[nearest] * w[nearest] / np.linalg.norm(w[nearest])
    page.mouse.click(*place(page.locator("canvas.marks"), float(foot[0]), float(foot[1])))
    expect(question(page)).to_contain_text("Right")
    expect(question(page)).to_contain_text("This distance is d_B")


@pytest.mark.slow
def test_training_reaches_a_goal_without_a_click_on_the_question(page: Page, address: str):
    page.goto(f"{address}/?data=circles&network=own&widths=4&p=2&tour=exercises-7&steps=1990")
    expect(question(page)).to_contain_text("linear regions")
    expect(question(page)).to_contain_text("Right")


def test_a_lesson_from_a_file_shows_its_words_as_they_are(page: Page, address: str):
    page.goto(address)
    at_rest(page)
    menu(page)
    text = (
        b"lesson: <b>Mine</b>\n## **One**\nlink: /?data=xor\n<img src=x onerror=alert(1)> $x$\n## Two\nlink: /train\nB"
    )
    page.locator(".st-key-lesson-file input[type=file]").set_input_files(
        {"name": "lesson.txt", "mimeType": "text/plain", "buffer": text}
    )
    page.get_by_role("button", name="Begin this lesson").click()
    card = page.locator(".st-key-tour-card")
    expect(card).to_contain_text("1/2 · **One**")
    expect(card).to_contain_text("<img src=x onerror=alert(1)> $x$")
    assert card.locator("img").count() == 0
    at_rest(page)
    lesson = page.url  # opens the same lesson for others
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/train?*")
    page.context.clear_cookies()
    page.goto(lesson)
    expect(page.locator(".st-key-tour-card")).to_contain_text("1/2 · **One**")


def test_a_file_that_is_no_lesson_is_refused_and_loses_nothing(page: Page, address: str):
    page.goto(f"{address}/?data=circles")
    at_rest(page)
    menu(page)
    page.locator(".st-key-lesson-file input[type=file]").set_input_files(
        {"name": "lesson.txt", "mimeType": "text/plain", "buffer": b"## One\nlink: /nowhere"}
    )
    expect(page.get_by_text("line 2: a link leads to one of")).to_be_visible()
    assert "data=circles" in page.url


@pytest.mark.slow
def test_views_become_a_lesson(page: Page, address: str):
    page.goto(f"{address}/?data=circles&pin=0.1,0.2")
    at_rest(page)
    menu(page)
    title, words = page.get_by_label("Title of this step"), page.get_by_label("What to see")
    add = page.get_by_role("button", name="Add this view")
    title.fill("A pin")
    title.press("Tab")
    words.fill("Look at the circle.")
    words.press("Tab")
    expect(add).to_be_enabled()
    at_rest(page)
    add.click()
    expect(page.locator(".st-key-lesson-remove-0")).to_be_visible()
    page.get_by_role("button", name="Try it").click()
    card = page.locator(".st-key-tour-card")
    expect(card).to_contain_text("1/1 · A pin")
    expect(card).to_contain_text("Look at the circle.")
    until(page, lambda: "lesson" in parse_qs(urlsplit(page.url).query), "the link should carry the lesson")
    assert parse_qs(urlsplit(page.url).query)["pin"] == ["0.1,0.2"]
    page.get_by_role("button", name="Leave").click()
    expect(card).to_have_count(0)
    until(page, lambda: "lesson" not in page.url, "the link should not carry a lesson that was left")
    assert "data=circles" in page.url
