// Mouse, touch and keyboard in the output plane: point, pan, zoom, move the slider, press keys and buttons.

/** @import { Place } from "../../../figures/live_view/core/types.js" */
/** @import { OutputView } from "./view.js" */
/** @typedef {(target: EventTarget, name: string, action: (event: any) => void, options?: AddEventListenerOptions) => void} Listen */

const STEPS = 50; // arrow keys from 0 to the largest ε

/**
 * Returns a function that removes the listeners.
 * @param {OutputView} view
 */
export function attachInteractions(view) {
  const stop = new AbortController();
  /** @type {Listen} */
  const on = (target, name, action, options = {}) => target.addEventListener(name, action, { signal: stop.signal, ...options });
  attachPointer(view, on);
  attachRail(view, on);
  attachKeys(view, on);
  /** @type {Record<string, () => void>} */
  const tools = { reset: () => view.reset(), png: () => view.savePng(), play: () => view.radius.togglePlay() };
  for (const button of view.root.querySelectorAll("[data-tool]")) {
    on(button, "click", tools[/** @type {HTMLElement} */ (button).dataset.tool]);
  }
  return () => stop.abort();
}

/**
 * @param {OutputView} view
 * @param {Listen} on
 */
function attachPointer(view, on) {
  const { canvas, pointing, root } = view;
  const at = (/** @type {MouseEvent} */ event) => ({ x: event.offsetX, y: event.offsetY });
  /** @type {Place} */
  let held = null;
  on(canvas, "pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    root.dataset.by = "pointer";
    held = at(event);
    if (event.pointerType === "touch") pointing.move(held); // a finger does not hover first
  });
  on(canvas, "pointermove", (event) => {
    const place = at(event);
    if (held) {
      view.panBy(place.x - held.x, place.y - held.y);
      held = place;
    } else pointing.move(place);
  });
  for (const name of ["pointerup", "pointercancel"]) on(canvas, name, () => { held = null; });
  on(canvas, "pointerleave", () => pointing.move(null));
  on(canvas, "dblclick", () => view.reset());
  on(canvas, "wheel", (event) => {
    event.preventDefault();
    view.zoomAt(at(event), Math.exp(-Math.max(-240, Math.min(240, event.deltaY)) * 0.0022));
  }, { passive: false });
}

/**
 * @param {OutputView} view
 * @param {Listen} on
 */
function attachRail(view, on) {
  const { radius, rail } = view, chosen = () => (Number(rail.value) / 1000) * view.data.reach;
  on(rail, "pointerdown", () => { view.railIsHeld = true; });
  on(rail, "change", () => {
    if (view.railIsHeld) radius.ask(chosen()); // released
    view.railIsHeld = false;
  });
  on(rail, "input", () => {
    if (radius.playing) radius.pause();
    if (view.railIsHeld) radius.ask(chosen(), true);
    else radius.ask(chosen());
  });
}

/**
 * @param {OutputView} view
 * @param {Listen} on
 */
function attachKeys(view, on) {
  const { radius, rail, root } = view;
  on(root, "keydown", (event) => {
    delete root.dataset.by;
    if (event.target.closest("button") || event.ctrlKey || event.metaKey) return;
    const { reach } = view.data, step = reach / STEPS, onRail = event.target === rail; // the browser moves it by arrow keys
    /** @type {Record<string, () => void>} */
    const actions = { " ": () => radius.togglePlay(), 0: () => view.reset() };
    if (!onRail) {
      actions.ArrowRight = () => radius.ask(Math.min(reach, radius.shown() + step));
      actions.ArrowLeft = () => radius.ask(Math.max(0, radius.shown() - step));
    }
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  });
}
