// Shared by the Streamlit components of a browser page: the store of all views, and the code of the view. Code, frames
// and views have separate messages, so a pin or a change of colours sends kilobytes, and no code or frame again.

import { createStore } from "../../../figures/live_view/view/store.js";

/** @import { LiveView } from "../../../figures/live_view/view/live_view.js" */
/** @import { Store } from "../../../figures/live_view/view/store.js" */

/**
 * The same object on every call. `createView` is null until the code arrives; then `arrivals` dispatches "code".
 * @returns {Store & { createView: ((root: HTMLElement) => LiveView) | null }}
 */
export function shared() {
  const page = /** @type {any} */ (globalThis);
  page.reluscope ??= { ...createStore(), createView: null };
  return page.reluscope;
}

/**
 * Clean up after a mount, unless its element is in use again: a mount may be cleaned up after its successor has begun.
 * @param {HTMLElement} place
 * @param {() => void} cleanUp
 */
export function whenGone(place, cleanUp) {
  setTimeout(() => {
    if (!place.isConnected) cleanUp();
  });
}
