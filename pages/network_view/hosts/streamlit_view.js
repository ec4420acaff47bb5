// Entry of the drawn network. Called for every message from Python; the view is made once per mount.

import { shared, whenGone } from "../../region_view/hosts/streamlit.js";
import { NetworkView } from "../view/network_view.js";

/** @import { Message } from "../view/network_view.js" */
/** @import { Component } from "../../shared/component.js" */

/** @type {WeakMap<HTMLElement, NetworkView>} */
const mounts = new WeakMap();

/**
 * @param {Component<Message>} component
 */
export default function ({ data, parentElement, setStateValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".network"));
  let view = mounts.get(parentElement);
  if (view?.root !== root) {
    view?.close();
    view = new NetworkView(root, { store: shared(), palettes: PALETTES });
    mounts.set(parentElement, view);
  }
  view.update(data, (reports) => setStateValue("events", reports));
  return () => whenGone(parentElement, () => {
    mounts.get(parentElement)?.close();
    mounts.delete(parentElement);
  });
}
