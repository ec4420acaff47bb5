// Entry of a plain page: the view without a server. The page is the host, and applies the reported interactions.

import { readFrame } from "../../../figures/live_view/core/frame.js";
import { LiveView } from "../../../figures/live_view/view/live_view.js";
import { createStore, keepFrame } from "../../../figures/live_view/view/store.js";

/** @import { NormName, Point } from "../../../figures/live_view/core/types.js" */
/** @import { Report } from "../../../figures/live_view/view/messages.js" */

const store = createStore();
const root = /** @type {HTMLElement} */ (document.querySelector(".view"));
const live = new LiveView(root, { store, palettes: PALETTES, strokes: STROKES, findsMore: false });
let message = MESSAGE;
keepFrame(store, message.frame, () => readFrame(Uint8Array.from(atob(FRAME), (letter) => letter.charCodeAt(0))));
show();

function show() {
  live.update(message, (reports) => queueMicrotask(() => answer(reports)));
}

/**
 * @param {Report[]} reports
 */
function answer(reports) {
  const fresh = reports.filter(({ serial }) => serial > message.ack);
  for (const { kind, value } of fresh) {
    if (kind === "pin") message.overlays = { ...message.overlays, pin: /** @type {Point | null} */ (value) };
    if (kind === "norm") message.options = { ...message.options, norm: /** @type {NormName} */ (value) };
  }
  message = { ...message, ack: Math.max(message.ack, ...fresh.map(({ serial }) => serial)) };
  show();
  // For a page around this one: the report, in the form that pages/region_view/events.py reads.
  root.dispatchEvent(new CustomEvent("region-view", { detail: fresh, bubbles: true, composed: true }));
}
