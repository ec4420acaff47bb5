// Mouse, touch and keyboard.

import { hasMoved, isDoubleClick, pinchOf, wheelFactor } from "../core/gestures.js";
import { click, doubleClick, drag, escape, grab, removePoint, step } from "./actions.js";

/** @import { Place } from "../core/types.js" */
/** @import { Click } from "../core/gestures.js" */
/** @import { Grabbed } from "./actions.js" */
/** @import { LiveView } from "./live_view.js" */
/** @typedef {(target: EventTarget, name: string, action: (event: any) => void, options?: AddEventListenerOptions) => void} Listen */

/**
 * Listens to all interactions; returns a function that stops it.
 * @param {LiveView} live
 */
export function attachInteractions(live) {
  const stop = new AbortController();
  /** @type {Listen} */
  const on = (target, name, action, options = {}) => target.addEventListener(name, action, { signal: stop.signal, ...options });
  attachPointer(live, on);
  attachKeys(live, on);
  /** @type {Record<string, () => void>} */
  const tools = { reset: () => live.reset(), png: () => live.savePng(), keys: () => live.toggleHelp() };
  for (const button of live.root.querySelectorAll("[data-tool]")) {
    on(button, "click", tools[/** @type {HTMLElement} */ (button).dataset.tool]);
  }
  return () => stop.abort();
}

/**
 * @param {LiveView} live
 * @param {Listen} on
 */
function attachPointer(live, on) {
  const { root, stage } = live;
  /** @type {Map<number, Place>} */
  const touching = new Map();
  /** @type {Grabbed & { from: Place, last: Place, moved: boolean }} */
  let held = null;
  /** @type {ReturnType<typeof pinchOf>} */
  let pinch = null;
  /** @type {Click} */
  let lastClick = null;

  const at = (/** @type {MouseEvent} */ event) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const pinched = () => {
    const [one, other] = touching.values();
    return pinchOf(one, other);
  };

  on(stage, "pointerdown", (event) => {
    if (event.button !== 0) return;
    const place = at(event);
    stage.setPointerCapture(event.pointerId);
    root.dataset.by = "pointer"; // no focus ring after a click
    root.focus({ preventScroll: true });
    touching.set(event.pointerId, place);
    if (touching.size === 2) {
      held = null;
      pinch = pinched();
    } else if (touching.size === 1) held = { ...grab(live, place), from: place, last: place, moved: false };
  });

  on(stage, "pointermove", (event) => {
    const place = at(event);
    if (touching.has(event.pointerId)) touching.set(event.pointerId, place);
    if (touching.size === 2 && pinch) {
      const now = pinched();
      live.panBy(now.x - pinch.x, now.y - pinch.y);
      live.zoomAt(now, now.spread / Math.max(1, pinch.spread));
      pinch = now;
    } else if (held) {
      held.moved ||= hasMoved(held.from, place);
      if (!held.moved) return;
      if (held.kind === "pan" && live.surface.isOn && event.shiftKey) live.surface.moveBy(place.x - held.last.x, place.y - held.last.y);
      else if (held.kind === "pan") live.panBy(place.x - held.last.x, place.y - held.last.y);
      else drag(live, held, place, false);
      held.last = place;
    } else live.hover(place);
  });

  const release = (/** @type {PointerEvent} */ event) => {
    touching.delete(event.pointerId);
    pinch = null;
    const was = held;
    held = null;
    live.holding = false;
    if (!was || event.type === "pointercancel") return;
    const place = at(event);
    if (was.moved) {
      if (was.kind !== "pan") drag(live, was, place, true);
      return;
    }
    const now = { time: event.timeStamp, ...place }; // the time of the event, even if it is handled late
    if (live.isOnLegend(place)) live.foldLegend();
    else if (isDoubleClick(lastClick, now)) {
      lastClick = null;
      doubleClick(live, place);
    } else {
      lastClick = now;
      click(live, place);
    }
    if (event.pointerType === "touch") live.hover(place);
  };
  on(stage, "pointerup", release);
  on(stage, "pointercancel", release);
  on(stage, "pointerleave", () => live.hover(null));
  on(stage, "wheel", (event) => {
    event.preventDefault();
    live.zoomAt(at(event), wheelFactor(event));
  }, { passive: false });
}

/**
 * @param {LiveView} live
 * @param {Listen} on
 */
function attachKeys(live, on) {
  const { root } = live;
  // Escape closes the help wherever the focus is; the event reaches the document after the view.
  on(root.ownerDocument, "keydown", (event) => {
    if (event.key !== "Escape" || live.help.hidden) return;
    event.stopPropagation();
    live.toggleHelp();
  }, { capture: true });

  on(root, "focus", () => live.schedule()); // the mark shows only with the focus
  on(root, "blur", () => live.schedule());

  on(root, "keydown", (event) => {
    delete root.dataset.by;
    live.schedule();
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("button, select, .help")) return;
    const action = keyAction(live, event.key, event.shiftKey);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  });
}

/**
 * @param {LiveView} live
 * @param {string} key
 * @param {boolean} shift
 * @returns {(() => void) | undefined}
 */
function keyAction(live, key, shift) {
  const turns = live.surface.isOn && shift; // the page has the arrows alone
  if (live.options?.page_keys && ((key.startsWith("Arrow") && !turns) || key === "?")) return undefined;
  /** @type {Record<string, () => void>} */
  const actions = {
    0: () => live.reset(),
    1: () => live.reports.tell(["norm", "1"]),
    2: () => live.reports.tell(["norm", "2"]),
    3: () => live.reports.tell(["norm", "inf"]),
    "+": () => live.zoomAt(null, 1.4),
    "=": () => live.zoomAt(null, 1.4),
    "-": () => live.zoomAt(null, 1 / 1.4),
    ArrowLeft: () => step(live, -1, 0, shift),
    ArrowRight: () => step(live, 1, 0, shift),
    ArrowUp: () => step(live, 0, 1, shift),
    ArrowDown: () => step(live, 0, -1, shift),
    Enter: () => click(live, null),
    Delete: () => removePoint(live),
    Backspace: () => removePoint(live),
    Escape: () => escape(live),
    l: () => live.foldLegend(),
    "?": () => live.toggleHelp(),
    f: () => live.tools.toggle(),
    F: () => live.tools.toggle(),
  };
  return actions[key];
}
