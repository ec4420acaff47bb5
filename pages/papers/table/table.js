// The table of an experiment: each cell has our number, the paper's, and the difference. A click on a row chooses it.

/** @import { Component } from "../../shared/component.js" */
/** @typedef {{ paper: string, ours: string, difference: string, standing: string, sign: string, words: string }} Cell */
/** @typedef {{ name: string, title: string, cells: Cell[], state: string }} Line */
/** @typedef {{ columns: string[], lines: Line[], chosen: string }} Message of component.py */

/**
 * @param {string} tag
 * @param {string} text
 * @param {string} kind
 */
function element(tag, text = "", kind = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

/**
 * @param {Cell} cell
 */
function filled({ paper, ours, difference, standing, sign, words }) {
  const made = element("td");
  if (ours) made.append(element("span", ours, "ours"));
  if (difference) {
    const badge = element("span", `${sign} ${difference}`.trim(), `badge ${standing}`);
    badge.title = words;
    badge.append(element("span", `, ${words}`, "heard"));
    made.append(" ", badge);
  }
  if (paper) made.append(element("span", `paper ${paper}`, "paper"));
  return made;
}

/**
 * @param {Component<Message>} component
 */
export default function ({ data, parentElement, setTriggerValue }) {
  const { columns, lines, chosen } = data;
  const place = /** @type {HTMLElement} */ (parentElement.querySelector(".place"));
  const head = parentElement.querySelector("thead tr"), body = parentElement.querySelector("tbody");
  const held = /** @type {HTMLElement | null} */ (
    /** @type {Document | ShadowRoot} */ (place.getRootNode()).activeElement)?.dataset.row;
  head.replaceChildren(...["row", ...columns].map((title) => {
    const made = element("th", title);
    made.setAttribute("scope", "col");
    return made;
  }));
  body.replaceChildren(...lines.map((line) => {
    const row = element("tr"), first = element("th"), button = element("button", line.title);
    first.setAttribute("scope", "row");
    button.setAttribute("type", "button");
    button.setAttribute("aria-pressed", String(line.name === chosen));
    button.dataset.row = line.name;
    first.append(button);
    if (line.state) first.append(element("span", line.state, "state"));
    row.append(first, ...line.cells.map(filled));
    row.classList.toggle("chosen", line.name === chosen);
    row.onclick = () => setTriggerValue("choose", line.name);
    return row;
  }));
  const buttons = [...body.querySelectorAll("button")];
  body.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], at = buttons.indexOf(/** @type {any} */ (event.target));
    if (step === undefined || at < 0) return;
    event.preventDefault();
    buttons[Math.min(buttons.length - 1, Math.max(0, at + step))].focus();
  };
  buttons.find((button) => button.dataset.row === held)?.focus();
}
