// Entry of the output plane as a Streamlit component. Streamlit calls it at every message from Python.

import { shared, whenGone } from "../../region_view/hosts/streamlit.js";
import { films } from "./films.js";
import { OutputView } from "./view.js";

/** @import { Component } from "../../shared/component.js" */
/** @import { OutputMessage } from "./core.js" */

/** @type {WeakMap<HTMLElement, { view: OutputView, waiting: AbortController }>} */
const mounts = new WeakMap();

/**
 * @param {Component<OutputMessage>} component
 */
export default function ({ data, parentElement, setStateValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".outputs"));
  let mount = mounts.get(parentElement);
  mount?.waiting.abort();
  if (mount?.view.root !== root) {
    mount?.view.close();
    mount = { view: new OutputView(root, shared().links), waiting: null };
    mounts.set(parentElement, mount);
  }
  const { view } = mount, show = () => view.update(data, (asked) => setStateValue("asked", asked));
  mount.waiting = new AbortController();
  films().arrivals.addEventListener(data.film, show, { signal: mount.waiting.signal });
  show();
  return () => whenGone(parentElement, () => {
    mount.waiting.abort();
    view.close();
    mounts.delete(parentElement);
  });
}
