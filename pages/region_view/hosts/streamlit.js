// What the Streamlit components share on a browser page: the store of all views, and the code of the view. Each comes in
// a message of its own, so that a pin or a change of colours sends kilobytes while code and frame stay where they are.

import { createStore } from "../view/store.js";

/** @import { LiveView } from "../view/live_view.js" */
/** @import { Store } from "../view/store.js" */

/**
 * The same on every call. `createView` is null until the code has come; then "code" is dispatched at `arrivals`.
 * @returns {Store & { createView: ((root: HTMLElement) => LiveView) | null }}
 */
export function shared() {
  const page = /** @type {any} */ (globalThis);
  page.reluscope ??= { ...createStore(), createView: null };
  return page.reluscope;
}

/**
 * Clean up after a mount, unless its place is still in use: a mount may be cleaned up after its successor has begun.
 * @param {HTMLElement} place
 * @param {() => void} cleanUp
 */
export function whenGone(place, cleanUp) {
  setTimeout(() => {
    if (!place.isConnected) cleanUp();
  });
}
