// Brings into view what a step speaks of, once it is there, until hands move the page; and gives the picture its keys.

const PATIENCE = 120000; // milliseconds in which what a step speaks of may still arrive, or change its size
const LOOK = 150;
const MARGIN = 8; // pixels
const TYPED = "input, textarea, select, [contenteditable=true], [role=slider], [role=combobox], [role=radio]";

/** @import { Component } from "../shared/component.js" */
/** @typedef {{ name: string, places: string[], keys?: string[] }} Step a step of a tour, the selectors of its places, and its keys */

/** @type {{ name: string, end: () => void }} */
let shown = null; // the step whose places are looked after

const scroller = () => document.querySelector('[data-testid="stMain"]');
const card = () => document.querySelector(".st-key-tour-card");
const bar = () => document.querySelector(":is(.st-key-explore-bar, .st-key-train-transport)")?.parentElement;

/**
 * The first place of each selector that is on screen.
 * @param {string[]} selectors
 */
function places(selectors) {
  const all = (/** @type {string} */ selector) => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(selector)]);
  return selectors.map((selector) => all(selector).find((each) => each.offsetParent));
}

// The page's row of buttons, if it stays below the card.
function stayingBar() {
  const row = bar();
  return row && getComputedStyle(row).position === "sticky" ? row : null;
}

// The lower edge of what stays at the top: the card, and below it the page's row of buttons.
function ceiling() {
  const { bottom } = card().getBoundingClientRect(), row = stayingBar();
  return row ? Math.max(bottom, row.getBoundingClientRect().bottom) : bottom;
}

// The row of buttons stays below the card, whose height the words give it.
function tellHeight() {
  const height = card()?.getBoundingClientRect().height;
  if (height) document.documentElement.style.setProperty("--card-height", `${height}px`);
}

/**
 * Scroll the sidebar, and the page so far that all of its places are between the card and the window's lower edge.
 * @param {(HTMLElement | undefined)[]} found
 */
function bring(found) {
  const there = found.filter(Boolean), inSidebar = (/** @type {HTMLElement} */ place) => place.closest('[data-testid="stSidebar"]');
  const aside = there.filter(inSidebar), main = there.filter((place) => !inSidebar(place) && !stayingBar()?.contains(place));
  for (const place of aside) place.scrollIntoView({ block: "nearest" });
  if (!main.length || !scroller() || !card()) return;
  const boxes = main.map((place) => place.getBoundingClientRect());
  const top = Math.min(...boxes.map((box) => box.top)) - ceiling() - MARGIN;
  const bottom = Math.max(...boxes.map((box) => box.bottom)) - window.innerHeight + MARGIN;
  const by = top < 0 ? top : Math.min(Math.max(bottom, 0), top); // where not all fits, the upper places
  if (Math.abs(by) >= 1) scroller().scrollBy({ top: by });
}

/**
 * The picture among the places, which is in a shadow tree.
 * @param {(HTMLElement | undefined)[]} found
 * @returns {HTMLElement | null}
 */
function picture(found) {
  for (const place of found) {
    if (!place) continue;
    for (const each of place.querySelectorAll("*")) {
      const view = each.shadowRoot?.querySelector('[role="application"]') ?? (each.matches('[role="application"]') && each);
      if (view) return /** @type {HTMLElement} */ (view);
    }
  }
  return null;
}

/**
 * @param {Step} step
 */
function follow(step) {
  const stop = new AbortController();
  const until = performance.now() + PATIENCE;
  let moved = false;
  const hands = (/** @type {Event} */ event) => { if (event.isTrusted) moved = true; };
  for (const name of ["wheel", "pointerdown", "touchmove", "keydown"]) {
    window.addEventListener(name, hands, { signal: stop.signal, capture: true, passive: true });
  }
  if (step.keys) {
    window.addEventListener("keydown", (event) => {
      const target = /** @type {Element} */ (event.composedPath()[0]);
      if (!step.keys.includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target.closest?.(TYPED) || target.closest?.('[role="application"]')) return;
      const view = picture(places(step.places));
      if (!view) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      view.focus({ preventScroll: true });
      view.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, bubbles: true, composed: true }));
    }, { signal: stop.signal, capture: true });
  }
  const heights = setInterval(tellHeight, LOOK);
  const timer = setInterval(() => {
    if (moved || performance.now() > until) return clearInterval(timer);
    bring(places(step.places));
  }, LOOK);
  stop.signal.addEventListener("abort", () => {
    clearInterval(timer);
    clearInterval(heights);
  });
  return { name: step.name, end: () => stop.abort() };
}

/**
 * @param {Component<Step>} component
 */
export default function ({ data, parentElement }) {
  if (shown?.name !== data.name) {
    shown?.end();
    shown = follow(data);
  }
  return () => setTimeout(() => { // Streamlit takes it away for a moment when the page is drawn anew
    if (parentElement.isConnected || card()) return;
    shown?.end();
    shown = null;
  }, 1000);
}
