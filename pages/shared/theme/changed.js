// Reports a theme that differs from the one in which Python has drawn the page. Called at every change of the theme too.

/** @import { Component } from "../component.js" */

/** @type {string | null} */
let asked = null; // the theme for which a page is on its way: it is asked for once

/**
 * @param {Component<string>} component its data is the theme of the page as drawn
 */
export default function ({ data, parentElement, setTriggerValue }) {
  const place = /** @type {any} */ (parentElement).host ?? parentElement;
  const shown = getComputedStyle(place).colorScheme; // Streamlit sets it to "light" or "dark" for the whole app
  if (shown === data) asked = null;
  else if (shown !== asked && ["light", "dark"].includes(shown)) {
    asked = shown;
    setTriggerValue("changed", shown);
  }
}
