"""A real Chromium against a real Streamlit server; skipped, saying why, where there is no Chromium."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, WebSocket, expect, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.server import end_server, start_server
from tests.browser.waiting import PATIENCE, make_patient

expect.set_options(timeout=1000 * PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test in a browser that fails is run once more, and the summary counts it as "rerun".

    A server, a browser and the test share a machine that may be busy. Whoever looks for the cause of a failure adds
    `-p no:rerunfailures`.
    """
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def elsewhere() -> set[str]:
    """The addresses outside this machine that pages of the browser have asked for."""
    return set()


@pytest.fixture(autouse=True)
def nothing_is_asked_elsewhere(elsewhere: set[str]) -> Iterator[None]:
    """A request to another machine fails the test, whichever page made it."""
    elsewhere.clear()
    yield
    assert not elsewhere, elsewhere


@pytest.fixture(scope="session")
def browser(elsewhere: set[str]) -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium on this machine; `python -m tests.browser.chromium` installs one")

    def note(request: Request) -> None:
        if not here(request.url):
            elsewhere.add(request.url)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        make_patient(browser)
        browser.on("context", lambda context: context.on("request", note))
        yield browser
        browser.close()


def here(url: str) -> bool:
    """Whether a request stays on this machine."""
    return url.startswith(("http://127.0.0.1:", "file:", "data:", "blob:", "about:"))


def overheard(page: Page) -> deque[str]:
    """The last messages between the page and its server: when, in which direction, how long."""
    said: deque[str] = deque(maxlen=60)

    def note(what: str) -> Callable[[str | bytes], None]:
        return lambda message: said.append(f"{datetime.now():%H:%M:%S.%f} {what} {len(message)} bytes")

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", note("sent"))
        socket.on("framereceived", note("received"))
        socket.on("close", lambda _: said.append(f"{datetime.now():%H:%M:%S.%f} closed"))

    page.on("websocket", listen)
    return said


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; an error in its scripts fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True, has_touch=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    said = overheard(page)
    yield page
    print(*said, sep="\n")  # shown of a test that fails
    context.close()
    assert not errors, errors


@pytest.fixture(scope="session")
def app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """Script -> the address of a Streamlit server that runs it; one server per script, all stopped at the end."""
    running: dict[Path, tuple[subprocess.Popen[bytes], str]] = {}

    def serve(script: Path) -> str:
        if script not in running:
            log = tmp_path_factory.mktemp("server") / f"{script.stem}.log"
            running[script] = start_server(script, log)
        return running[script][1]

    yield serve
    for server, _ in running.values():
        end_server(server)
