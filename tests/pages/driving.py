"""How the tests of all pages drive them: open by a link, run, wait, read."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


def opened(script: str, link: dict[str, str], seconds: float = 240) -> AppTest:
    """A page, its script named from the root of the project, opened by a link, after its first run."""
    app = AppTest.from_file(str(ROOT / script), default_timeout=seconds)
    for name, value in link.items():
        app.query_params[name] = value
    return settled(app)


def settled(app: AppTest) -> AppTest:
    """After a run in which nothing went wrong unexpectedly."""
    app.run()
    assert not app.exception, app.exception
    return app


def until(app: AppTest, there: Callable[[AppTest], bool], seconds: float = 240) -> AppTest:
    """After as many runs as it takes."""
    deadline = time.monotonic() + seconds
    while not there(app) and time.monotonic() < deadline:
        time.sleep(0.2)
        settled(app)
    assert there(app), texts(app)
    return app


def link_of(app: AppTest) -> dict[str, str]:
    """What stands in the address bar."""
    return {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}


def texts(app: AppTest) -> str:
    """All that is said on the page."""
    said = [*app.error, *app.warning, *app.info, *app.markdown, *app.caption]
    return "\n".join(element.value for element in said) + "\n".join(str(each.proto) for each in app.get("html"))


def complaints(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.error, *app.warning])
