// Entry of the invisible component that delivers the code of all views, once per page.

import { LiveView } from "../../../figures/live_view/view/live_view.js";
import { shared } from "./streamlit.js";

export default function () {
  const store = shared();
  store.createView = (/** @type {HTMLElement} */ root) => new LiveView(root, { store, palettes: PALETTES, strokes: STROKES });
  store.arrivals.dispatchEvent(new Event("code"));
}
