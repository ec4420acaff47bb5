"""Effects that say which parts the link has afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page

from tests.browser.control_effects import Act, Effect
from tests.browser.found_controls import Control
from tests.browser.waiting import until


def parts_are(page: Page, wanted: Mapping[str, str | None]) -> bool:
    """Whether the link has these parts; None is one that is not there."""
    parts = parse_qs(urlsplit(page.url).query)
    return all(parts.get(name) == (None if value is None else [value]) for name, value in wanted.items())


def have_parts(page: Page, wanted: Mapping[str, str | None], who: object) -> None:
    until(page, lambda: parts_are(page, wanted), f"{who} should make the link have {dict(wanted)}, not {page.url}")


def sets(**wanted: str | None) -> Effect:
    """The link has these parts then; None is a part that is not there, whose control has its usual value."""

    def see(page: Page, act: Act, control: Control) -> None:
        assert not parts_are(page, wanted), (control, page.url)
        act()
        have_parts(page, wanted, control)

    words = (f"`{name}={value}`" if value else f"no `{name}`" for name, value in wanted.items())
    return Effect(f"the link has {', '.join(words)}", see)
