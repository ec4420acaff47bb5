// Entry of the view. Called for every message from Python; the live view is made once per mount.

import { shared, whenGone } from "./streamlit.js";

/** @import { LiveView } from "../../../figures/live_view/view/live_view.js" */
/** @import { Message } from "../../../figures/live_view/view/messages.js" */
/** @import { Component } from "../../shared/component.js" */

/** @type {WeakMap<HTMLElement, { live: LiveView, show: () => void }>} */
const mounts = new WeakMap();

/**
 * @param {Component<Message>} component
 */
export default function ({ data, parentElement, setStateValue }) {
  const mount = mounts.get(parentElement) ?? { live: null, show: () => {} };
  mounts.set(parentElement, mount);
  mount.show = () => {
    const root = /** @type {HTMLElement} */ (parentElement.querySelector(".view"));
    if (mount.live?.root !== root) {
      mount.live?.close();
      mount.live = shared().createView(root);
    }
    mount.live.update(data, (reports) => setStateValue("events", reports));
  };
  if (shared().createView) mount.show();
  else shared().arrivals.addEventListener("code", () => mount.show(), { once: true }); // shows the latest message then
  return () => whenGone(parentElement, () => {
    mount.live?.close();
    mount.show = () => {};
    mounts.delete(parentElement);
  });
}
