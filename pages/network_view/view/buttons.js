// The buttons over the drawing: one for each unit, and those that add and remove units and layers.

import { numberOf } from "../core/network.js";
import { unitName } from "./words.js";

/** @import { NetworkView } from "./network_view.js" */

const NARROW = 80, TIGHT = 58; // CSS pixels between columns: below, − and + are narrower, or only the number of units shows

/**
 * Place all buttons; those that stay keep the focus.
 * @param {NetworkView} view
 */
export function placeButtons(view) {
  const { network, layout, message } = view, boxes = view.part("boxes");
  const named = new Map([...boxes.querySelectorAll("button")].map((button) => [button.dataset.unit, button]));
  layout.columns.slice(1).forEach(({ boxes: corners }, layer) => corners.forEach(({ x, y }, unit) => {
    const key = `${layer}.${unit}`, button = named.get(key) ?? newUnit(view, layer, unit, key);
    named.delete(key);
    Object.assign(button.style, { left: `${x}px`, top: `${y}px`, width: `${layout.side}px`, height: `${layout.side}px` });
    button.setAttribute("aria-label", unitName(network, layer, unit));
    button.setAttribute("aria-pressed", String(message.lit !== null && numberOf(network, layer, unit) === message.lit));
  }));
  for (const button of named.values()) button.remove();
  placeCounts(view);
}

/**
 * @param {NetworkView} view
 * @param {number} layer
 * @param {number} unit
 * @param {string} key
 */
function newUnit(view, layer, unit, key) {
  const button = document.createElement("button");
  button.dataset.unit = key;
  button.addEventListener("pointerenter", () => view.pointAtUnit({ layer, unit }));
  button.addEventListener("pointerleave", () => view.pointAtUnit(null));
  button.addEventListener("focus", () => view.pointAtUnit({ layer, unit }));
  button.addEventListener("blur", () => view.pointAtUnit(null));
  button.addEventListener("click", () => view.keepLit({ layer, unit }));
  view.part("boxes").append(button);
  return button;
}

/**
 * Over each column the number of its units, with − and +.
 * @param {NetworkView} view
 */
function placeCounts(view) {
  const { network, layout, message } = view, host = view.part("counts"), hidden = network.layers.length - 1;
  const scroller = view.part("scroller"), scrolls = scroller.scrollWidth > scroller.clientWidth + 1;
  view.part("depth").textContent = `${hidden} hidden ${hidden === 1 ? "layer" : "layers"}${scrolls ? ": scroll sideways" : ""}`;
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (view.root.querySelectorAll(".depth button"))) button.hidden = !message.editable;
  const wanted = JSON.stringify([network.widths, layout.columns.map(({ middle }) => Math.round(middle)), message.editable]);
  if (host.dataset.shown === wanted) return;
  host.dataset.shown = wanted;
  const focus = /** @type {HTMLElement} */ (/** @type {ShadowRoot} */ (host.getRootNode()).activeElement)?.dataset?.change;
  host.replaceChildren(...layout.columns.map(({ middle }, c) => {
    const place = document.createElement("div"), count = network.widths[c];
    place.style.left = `${middle}px`;
    if (c === 0 || c > hidden) {
      place.className = "name";
      place.textContent = c === 0 ? "inputs" : "outputs";
      return place;
    }
    place.className = "count";
    const step = layout.columns[1].middle - layout.columns[0].middle, room = step / view.type.scale;
    place.dataset.room = room < TIGHT ? "none" : room < NARROW ? "little" : "";
    const number = document.createElement("span");
    number.textContent = String(count);
    const less = changeButton(view, `v${c}`, "−", `Remove the last unit of layer ${c}`), more = changeButton(view, `u${c}`, "+", `Add a unit to layer ${c}`);
    less.disabled = count === 1;
    place.append(...(message.editable && room >= TIGHT ? [less, number, more] : [number]));
    return place;
  }));
  if (focus) /** @type {HTMLElement} */ (host.querySelector(`[data-change="${focus}"]`))?.focus();
}

/**
 * @param {NetworkView} view
 * @param {string} change
 * @param {string} sign
 * @param {string} name
 */
function changeButton(view, change, sign, name) {
  const button = document.createElement("button");
  button.textContent = sign;
  button.title = name;
  button.dataset.change = change;
  button.setAttribute("aria-label", name);
  button.addEventListener("click", () => view.change(change));
  return button;
}
