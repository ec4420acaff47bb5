"""The server that `make run` starts."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models.data.images.images import FOLDER_VARIABLE
from models.training.checkpoint_file import read_checkpoint
from tests.browser.server import ROOT, end_server, start_server
from tests.browser.waiting import at_rest, until


@pytest.mark.slow
def test_a_link_to_a_page_may_be_the_first_visit_and_nothing_is_left_behind(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    server, address = start_server(ROOT / "app.py", tmp_path / "server.log")
    try:
        page.goto(f"{address}/certify?data=tight")
        expect(page.get_by_role("heading", name="Certify")).to_be_visible()
        at_rest(page)
        expect(page.get_by_text("Page not found")).to_have_count(0)
        expect(page).to_have_url(f"{address}/certify?data=tight")
    finally:
        end_server(server)
    assert list(temporary.iterdir()) == []


HEAVY = "/train?of=images&network=fc1&batch=4000&a=kw&b=mmr&p=2"  # a step of minutes, beside pictures of moments


@pytest.fixture
def two_busy_processes() -> Iterator[None]:
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    yield
    for process in busy:
        process.kill()
        process.wait()


@pytest.mark.slow  # its busy processes slow what runs beside it
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_server_stops_within_seconds_in_the_middle_of_a_step(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, two_busy_processes: None, number: int
):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    server, address = start_server(ROOT / "app.py", tmp_path / "server.log")
    try:
        page.goto(f"{address}{HEAVY}")
        page.locator(".st-key-train-play button:visible").click()
        expect(page.locator(".st-key-train-play button:visible")).to_have_text(re.compile("Pause"))
        page.wait_for_timeout(1000)
        began = time.monotonic()
        server.send_signal(number)
        server.wait(timeout=30)
        assert time.monotonic() - began < 5
        assert server.returncode == 0
        saved = sorted((tmp_path / "runs").glob("*.safetensors"))
        assert len({read_checkpoint(path).step for path in saved}) == len(saved) - 1 == 1  # both at the same whole step
    finally:
        server.kill()


@pytest.mark.slow
def test_no_page_fetches_anything_from_outside(page: Page, app_server: Callable[[Path], str]):
    """Every browser test notices what is asked elsewhere; here all pages and Plotly's code come."""
    address = app_server(ROOT / "app.py")
    for name in ("explore", "certify", "train", "polytope", "slices"):
        page.goto(f"{address}/{name}")
        expect(page.locator("canvas.marks").first).to_have_attribute("data-covered", "true")
        at_rest(page)
    plot, main = page.locator(".js-plotly-plot").first, page.get_by_test_id("stMain")

    def scrolled() -> bool:
        main.evaluate("(main) => main.scrollTo(0, main.scrollHeight)")
        return plot.is_visible()

    until(page, scrolled, "a plot should be drawn, by Plotly's code as well")
