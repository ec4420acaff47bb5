// Rows of the legend, only for what the picture shows. figures/svg/guides.py lists the same for a saved picture.

/** @import { Overlays, Role, ViewOptions } from "./types.js" */
/** @import { Frame } from "./frame.js" */

/** @type {Role[]} */
export const ROLES = ["d_B", "d_D", "proved", "attacked"];
/** @type {Record<string, string>} */
const FILL_TITLES = { margin: "margin", active: "units that are on" };

/** @typedef {"class" | "scale" | "boundary" | "layer" | "lit" | Role} RowKind */

/**
 * @typedef {object} Row
 * @property {RowKind} kind
 * @property {string} text
 * @property {number} number of the class or the layer; else 0
 */

/**
 * @param {Frame} frame
 * @param {Pick<Overlays, "points" | "balls" | "hyperplanes">} overlays
 * @param {ViewOptions} options
 * @returns {Row[]}
 */
export function legendRows(frame, overlays, options) {
  /** @type {Row[]} */
  const rows = [];
  const add = (/** @type {RowKind} */ kind, /** @type {string} */ text, number = 0) => rows.push({ kind, text, number });
  if (options.fill === "class" || (options.show_points && overlays.points.length)) {
    for (let c = 0; c < frame.class_count; c++) add("class", className(options, c), c);
  }
  if (options.fill !== "class" && options.fill !== "region") {
    const norm = options.norm === "inf" ? "∞" : options.norm;
    add("scale", FILL_TITLES[options.fill] ?? `gradient norm, p = ${norm}`);
  }
  if (options.show_boundary && frame.boundary.length) add("boundary", "decision boundary");
  for (const role of ROLES) {
    if ([...overlays.balls, ...overlays.hyperplanes].some((shape) => shape.role === role)) add(role, role);
  }
  frame.layers.forEach((_, layer) => {
    if (!options.hidden_layers.includes(layer)) add("layer", `layer ${layer + 1}`, layer);
  });
  if (options.lit_unit !== null && options.lit_unit < frame.layerOfUnit.length) {
    const layer = frame.layerOfUnit[options.lit_unit], number = options.lit_unit + 1;
    const within = number - frame.layerOfUnit.indexOf(layer);
    add("lit", layer ? `unit ${number}, number ${within} of layer ${layer + 1}` : `unit ${number} of layer 1`);
  }
  return rows;
}

/**
 * @param {Pick<ViewOptions, "class_names">} options
 * @param {number} label
 */
export function className(options, label) {
  return options.class_names[label] ?? `class ${label}`;
}
