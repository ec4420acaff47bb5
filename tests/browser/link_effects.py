"""Effects on the parts of the link."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page

from tests.browser.control_effects import Act, Effect
from tests.browser.found_controls import Control
from tests.browser.waiting import until


def parts_are(page: Page, wanted: Mapping[str, str | None]) -> bool:
    """Whether the link has these parts; None stands for a part that is absent."""
    parts = parse_qs(urlsplit(page.url).query)
    return all(parts.get(name) == (None if value is None else [value]) for name, value in wanted.items())


def have_parts(page: Page, wanted: Mapping[str, str | None], who: object) -> None:
    until(page, lambda: parts_are(page, wanted), f"{who} should make the link have {dict(wanted)}, not {page.url}")


def sets(**wanted: str | None) -> Effect:
    """The link has these parts; None stands for an absent part, whose control has its default."""

    def see(page: Page, act: Act, control: Control) -> None:
        assert not parts_are(page, wanted), (control, page.url)
        act()
        have_parts(page, wanted, control)

    words = (f"`{name}={value}`" if value else f"no `{name}`" for name, value in wanted.items())
    return Effect(f"the link has {', '.join(words)}", see)
