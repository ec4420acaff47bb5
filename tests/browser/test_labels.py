"""No button's text is cut off, on any page and any screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.waiting import at_rest, until

APP = Path(__file__).parents[2] / "app.py"
SIZES = ((1280, 720), (1440, 900), (390, 844))
LINKS = {
    "explore": "/?pin=0.4,0.3",
    "certify": "/certify?data=mmr&pin=0.3,0.2&methods=simplex,deepfool",
    "certify, data": "/certify?data=mmr&show=data&use=3&curves=interval",
    "train": "/train?widths=8",
    "polytope": "/polytope?eps=0.05&bounds=fast-lin",
    "slices": "/slices?first=untrained&second=untrained&pin=0,0",
}
CLIPPED = """() => {
  for (const summary of document.querySelectorAll('details:not([open]) > summary')) summary.click();
  const names = "button, [role=tab], [role=radio], a[data-testid=stPageLink-NavLink]";
  const cut = [];
  for (const control of document.querySelectorAll(names)) {
    for (const part of [control, ...control.querySelectorAll("p, span, div")]) {
      const style = getComputedStyle(part), box = part.getBoundingClientRect();
      const hides = style.overflowX !== "visible" || style.textOverflow === "ellipsis";
      const seen = control.offsetParent && part.textContent.trim() && box.width > 2 && box.height > 2;
      if (!hides || !seen || part.closest(".katex") || part.scrollWidth <= part.clientWidth + 1) continue;
      cut.push(control.textContent.trim());
      break;
    }
  }
  return cut;
}"""


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def cut_off(page: Page) -> list[str]:
    """The texts of buttons that are cut off, also in folded parts."""
    page.evaluate(CLIPPED)  # opens what is folded
    page.wait_for_timeout(500)
    found: list[str] = page.evaluate(CLIPPED)
    return found


def quick(name: str, size: tuple[int, int]) -> bool:
    return name == "train" and size == SIZES[0]  # the most buttons, on a small screen


@pytest.mark.parametrize(
    ("name", "size"),
    [
        pytest.param(name, size, id=f"{name} {size[0]}", marks=[] if quick(name, size) else [pytest.mark.slow])
        for name in LINKS
        for size in SIZES
    ],
)
def test_no_label_is_cut_off(browser: Browser, address: str, name: str, size: tuple[int, int]):
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(f"{address}{LINKS[name]}")
    expect(page.locator("canvas, .js-plotly-plot").first).to_be_attached()
    at_rest(page)
    if width < 700:  # the sidebar is folded away on a phone
        page.get_by_test_id("stExpandSidebarButton").click()
        page.wait_for_timeout(500)
    cut = cut_off(page)
    until(page, lambda: not cut_off(page), f"no label should be cut off once nothing slides any more: {cut}")
    context.close()


BUTTON = """<details><summary>More</summary><button style="width: {width}px">
<p style="margin: 0; overflow: hidden; white-space: nowrap; text-overflow: {overflow}">Curves (CSV)</p>
</button></details>"""


@pytest.mark.parametrize("overflow", ["ellipsis", "clip"])
def test_a_button_that_is_too_narrow_for_its_label_is_noticed(page: Page, overflow: str):
    page.set_content(BUTTON.format(width=40, overflow=overflow))
    assert cut_off(page) == ["Curves (CSV)"]
    page.set_content(BUTTON.format(width=200, overflow=overflow))
    assert cut_off(page) == []
