// The controls over the pictures. A change is told as a part of the options that all pictures share.

import { element } from "./elements.js";

/** @import { Fill, NormName, ViewOptions } from "../core/types.js" */

/** @type {Record<Fill, string>} */
const FILLS = { class: "Class and margin", region: "Region", margin: "Margin", active: "Active units", gradient: "Gradient norm" };
/** @type {Record<NormName, string>} */
const NORMS = { 1: "ℓ₁", 2: "ℓ₂", inf: "ℓ∞" };
const THEMES = { auto: "As the system", light: "Light", dark: "Dark" };

/**
 * @typedef {object} Bar
 * @property {(options: ViewOptions) => void} show
 */

/**
 * @param {HTMLElement} host
 * @param {ViewOptions} options
 * @param {{ widths: number[], points: boolean, boundary: boolean }} has what the pictures hold
 * @param {(change: Partial<ViewOptions>) => void} change
 * @param {() => void} themed the theme has changed
 * @returns {Bar}
 */
export function makeBar(host, options, has, change, themed) {
  const fill = choice("Colours show", FILLS, options.fill, (value) => change({ fill: /** @type {Fill} */ (value) }));
  const norm = buttons("Norm", NORMS, (value) => change({ norm: /** @type {NormName} */ (value) }));
  const theme = choice("Theme", THEMES, document.documentElement.dataset.theme ?? "auto", (value) => {
    if (value === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = value;
    themed();
  });
  host.append(fill, norm.root);
  if (has.boundary) host.append(toggle("Decision boundary", options.show_boundary, (show_boundary) => change({ show_boundary })));
  if (has.points) host.append(toggle("Data", options.show_points, (show_points) => change({ show_points })));
  const layers = has.widths.length ? layerButtons(has.widths.length, () => options.hidden_layers, (hidden_layers) => change({ hidden_layers })) : null;
  host.append(toggle("Legend", options.guides, (guides) => change({ guides })));
  if (layers) host.append(layers.root, unitInput(has.widths, options.lit_unit, (lit_unit) => change({ lit_unit })));
  host.append(toggle("Colour-blind", options.colour_blind, (colour_blind) => change({ colour_blind })), theme);
  const show = (/** @type {ViewOptions} */ now) => {
    options = now;
    norm.press([now.norm]);
    layers?.press(has.widths.flatMap((_, layer) => (now.hidden_layers.includes(layer) ? [] : [String(layer + 1)])));
  };
  show(options);
  return { show };
}

/**
 * @param {string} title
 * @param {Record<string, string>} titles by value
 * @param {string} now
 * @param {(value: string) => void} chosen
 */
function choice(title, titles, now, chosen) {
  const select = element("select", {}, ...Object.entries(titles).map(([value, text]) => element("option", { value }, text)));
  select.value = now;
  select.onchange = () => chosen(select.value);
  return element("label", {}, title, select);
}

/**
 * @param {string} title
 * @param {Record<string, string>} titles by value
 * @param {(value: string) => void} clicked
 */
function buttons(title, titles, clicked) {
  const made = Object.entries(titles).map(([value, text]) => element("button", { type: "button", value, onclick: () => clicked(value) }, text));
  const press = (/** @type {string[]} */ values) => {
    for (const button of made) button.setAttribute("aria-pressed", String(values.includes(button.value)));
  };
  return { root: element("fieldset", { "aria-label": title }, title, ...made), press };
}

/**
 * @param {string} title
 * @param {boolean} now
 * @param {(value: boolean) => void} switched
 */
function toggle(title, now, switched) {
  const box = element("input", { type: "checkbox", checked: now });
  box.onchange = () => switched(box.checked);
  return element("label", {}, box, title);
}

/**
 * A button for each layer whose edges may show.
 * @param {number} count
 * @param {() => number[]} hidden
 * @param {(hidden: number[]) => void} change
 */
function layerButtons(count, hidden, change) {
  const titles = Object.fromEntries(Array.from({ length: count }, (_, layer) => [layer + 1, String(layer + 1)]));
  return buttons("Edges of layer", titles, (value) => {
    const layer = Number(value) - 1, now = hidden();
    change(now.includes(layer) ? now.filter((other) => other !== layer) : [...now, layer].sort((a, b) => a - b));
  });
}

/**
 * The number of the unit whose bent line is lit, counted from 1 through all layers; empty for none.
 * @param {number[]} widths
 * @param {number | null} now
 * @param {(unit: number | null) => void} chosen
 */
function unitInput(widths, now, chosen) {
  const units = widths.reduce((sum, width) => sum + width, 0);
  const input = element("input", { type: "number", min: "1", max: String(units), placeholder: `1 … ${units}`, value: now === null ? "" : String(now + 1) });
  input.oninput = () => {
    const number = Math.round(Number(input.value));
    chosen(input.value !== "" && number >= 1 && number <= units ? number - 1 : null);
  };
  return element("label", {}, "Light unit", input);
}
