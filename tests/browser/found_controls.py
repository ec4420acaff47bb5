"""All controls of a page in the browser: kind, name, and the element that contains each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import ElementHandle, Page, expect

from tests.browser.waiting import at_rest

KINDS = (
    "button, a[href], a.modebar-btn, summary, [role=slider], [role=switch], [role=combobox], "
    "[role=radio], [role=tab], [role=checkbox], [role=spinbutton], [role=application], input, textarea, select"
)
FIND = """(kinds, ...roots) => {
  const found = [];
  while (roots.length) {
    const root = roots.pop();
    for (const each of root.querySelectorAll('*')) if (each.shadowRoot) roots.push(each.shadowRoot);
    found.push(...root.querySelectorAll(kinds));
  }
  const up = (each, test) => {
    for (let at = each; at; at = at.parentElement || at.getRootNode().host) if (test(at)) return at;
    return null;
  };
  const words = (each) => {
    const copy = each.cloneNode(true);
    const said = '[translate="no"], [data-testid*="Icon"], .katex-mathml, style';  // icons, and formulas a second time
    copy.querySelectorAll(said).forEach((part) => part.remove());
    return copy.textContent.replace(/\\s+/g, ' ').trim();
  };
  const named = (each) => {
    const labels = (each.getAttribute('aria-labelledby') || '').split(' ').map((id) => document.getElementById(id));
    const label = each.labels?.[0];
    return each.getAttribute('aria-label') || labels.filter(Boolean).map(words).join(' ') || each.dataset?.title
      || words(each) || (label && words(label)) || each.getAttribute('title') || '';
  };
  const kind = (each) => {
    const own = each.getAttribute('role'), tag = each.tagName.toLowerCase();
    if (own) return own === 'application' ? 'picture' : own;
    if (tag === 'input') return { number: 'spinbutton', text: 'textbox', range: 'slider' }[each.type] ?? each.type;
    return { a: 'link', summary: 'expander' }[tag] ?? tag;
  };
  return found.filter((each) => {
    if (each.closest('[data-testid="stDataFrameResizable"]')) return false;  // cells, to be read
    if (each.closest('[data-testid="stStatusWidget"], .plotly-notifier')) return false;  // that go by themselves
    const there = each.offsetParent || each.closest('svg, .modebar, [data-testid="stSidebar"]') || each.type === 'file';
    return there && (each.getClientRects().length || each.type === 'file');
  }).map((each) => {
    const keyed = up(each, (at) => [...(at.classList ?? [])].some((name) => name.startsWith('st-key-')));
    const key = keyed ? [...keyed.classList].find((name) => name.startsWith('st-key-')).slice(7) : '';
    const element = up(each, (at) => at.dataset?.testid?.match(/^st[A-Z]\\w+$/) && at !== each);
    return {
      each,
      control: { key, kind: kind(each), name: named(each).slice(0, 80), element: element?.dataset.testid ?? '' },
    };
  });
}"""
OPEN = """() => {
  for (const summary of document.querySelectorAll('details:not([open]) > summary')) summary.click();
}"""
POPOVERS = '[data-testid="stPopover"] button'


@dataclass(frozen=True, order=True)
class Control:
    """One control: the key of the place that holds it, its role, its name for those who hear the page."""

    key: str
    kind: str
    name: str
    element: str  # Streamlit's name of what it is part of

    @property
    def fields(self) -> dict[str, str]:
        return {"key": self.key, "kind": self.kind, "name": self.name, "element": self.element}


def found_controls(page: Page) -> set[Control]:
    """All controls on the page now, disabled ones too."""
    all_of = f"(kinds) => ({FIND})(kinds, document).map(({{ control }}) => control)"
    found: list[dict[str, str]] = page.evaluate(all_of, KINDS)
    return {Control(**each) for each in found}


def element_of(page: Page, control: Control) -> ElementHandle | None:
    """Where a control is now. Those with a key are looked for only in the places that have it."""
    same = f"""([kinds, wanted]) => {{
      const keyed = () => document.querySelectorAll('.st-key-' + CSS.escape(wanted.key));
      return ({FIND})(kinds, ...(wanted.key ? keyed() : [document])).find(({{ control }}) =>
        Object.keys(wanted).every((part) => control[part] === wanted[part]))?.each ?? null;
    }}"""
    arguments: list[Any] = [KINDS, control.fields]
    return page.evaluate_handle(same, arguments).as_element()


def open_all(page: Page) -> None:
    """Open all folded parts. Popovers open one at a time: see `all_controls`."""
    page.evaluate(OPEN)
    page.wait_for_timeout(300)
    at_rest(page)


def open_popover(page: Page, number: int) -> bool:
    """Open the page's popover of this number, if it is visible."""
    button = page.locator(POPOVERS).nth(number)
    if not button.is_visible():
        return False
    button.click()
    expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
    at_rest(page)
    return True


def close_popover(page: Page) -> None:
    if page.get_by_test_id("stPopoverBody").count():
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)


def all_controls(page: Page) -> dict[Control, int | None]:
    """All of the page, with every expander open; for those in a popover, the popover's number."""
    open_all(page)
    found: dict[Control, int | None] = dict.fromkeys(found_controls(page))
    for number in range(page.locator(POPOVERS).count()):
        if open_popover(page, number):
            for control in found_controls(page) - found.keys():
                found[control] = number
            close_popover(page)
    return found
