// Entry of the invisible component that delivers a frame's bytes.

import { readFrame, readHeader } from "../../../figures/live_view/core/frame.js";
import { keepFrame, releaseFrame } from "../../../figures/live_view/view/store.js";
import { shared, whenGone } from "./streamlit.js";

/** @import { Component } from "../../shared/component.js" */

/** @type {WeakMap<HTMLElement, string>} */
const carried = new WeakMap();

/**
 * @param {Component<Uint8Array>} component
 */
export default function ({ data, parentElement }) {
  const { hash } = readHeader(data).header;
  const before = carried.get(parentElement);
  if (before !== hash) {
    keepFrame(shared(), hash, () => readFrame(data));
    carried.set(parentElement, hash);
    if (before) releaseFrame(shared(), before);
  }
  return () => whenGone(parentElement, () => {
    releaseFrame(shared(), carried.get(parentElement));
    carried.delete(parentElement);
  });
}
