// Entry of the steps. Called for every message from Python; the view is made once per mount.

import { shared, whenGone } from "../../region_view/hosts/streamlit.js";
import { StepView } from "../view/step_view.js";

/** @import { Message } from "../view/step_view.js" */
/** @import { Component } from "../../shared/component.js" */

/** @type {WeakMap<HTMLElement, StepView>} */
const mounts = new WeakMap();

/**
 * @param {Component<Message>} component
 */
export default function ({ data, parentElement }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".steps"));
  let view = mounts.get(parentElement);
  if (view?.root !== root) {
    view?.close();
    view = new StepView(root, { store: shared() });
    mounts.set(parentElement, view);
  }
  view.update(data);
  return () => whenGone(parentElement, () => {
    mounts.get(parentElement)?.close();
    mounts.delete(parentElement);
  });
}
