// The affine map of a region, written out layer by layer (figures/regions/formula.py).

import { subscript, threeDigits } from "../../../figures/live_view/core/numbers.js";
import { aligned, precise, written } from "../core/digits.js";
import { element } from "./elements.js";

/** @import { Pointing } from "../../../figures/live_view/view/pointing.js" */

/**
 * @typedef {object} Layer
 * @property {number[][]} weights
 * @property {number[]} bias
 * @property {number[][]} V
 * @property {number[]} a
 * @property {number[]} z
 * @property {number[] | null} factors
 * @property {number[]} added
 * @property {number[]} rows
 * @property {number[]} columns
 * @property {number} units
 * @property {number} before
 * @property {number} first
 * @property {number | null} on
 * @property {number} cut how many of these units are cut, at `top`
 * @property {number | null} top
 */

/**
 * @typedef {object} Content
 * @property {number[]} x
 * @property {Layer[]} layers
 * @property {number[]} scores
 * @property {number[]} mapped
 * @property {number[]} inputs
 * @property {number} all_inputs
 * @property {string[]} input_names of a slice's coordinates; else empty
 * @property {boolean} by_layer whether there are steps of layers
 * @property {string[]} class_names
 * @property {{ kind: "map" | "weights" | "units" | "scores", layer: number, title: string, words: string }[]} steps
 */

/** @typedef {{ text: string, title?: string, kind?: string }} Cell */

export class Formula {
  /**
   * @param {HTMLElement} body
   * @param {Content} content
   * @param {Pointing | null} pointing
   */
  constructor(body, content, pointing) {
    this.body = body;
    this.content = content;
    this.pointing = pointing;
    this.steps = content.steps;
    this.plays = false;
    this.stop = new AbortController();
    const point = (/** @type {Event} */ event) => this.point(/** @type {HTMLElement} */ (event.target));
    body.addEventListener("pointerover", point, { signal: this.stop.signal });
    body.addEventListener("pointerleave", () => this.pointing?.set({ unit: null }), { signal: this.stop.signal });
  }

  close() {
    this.stop.abort();
    this.pointing?.set({ unit: null });
    this.body.replaceChildren();
  }

  // Lights the line of the unit whose row or column is under the cursor.
  point(/** @type {HTMLElement} */ target) {
    const unit = /** @type {HTMLElement | null} */ (target.closest("[data-unit]"))?.dataset.unit;
    this.pointing?.set({ unit: unit === undefined ? null : Number(unit) });
  }

  /**
   * @param {number} at
   */
  show(at) {
    const { kind, layer } = this.steps[at], { layers } = this.content;
    const parts = kind === "map" ? this.map() : kind === "weights" ? [...(layer ? [] : [this.pointLine()]), this.table(layers[layer], layer, ["W", "b", "z"])]
      : kind === "units" ? [this.table(layers[layer], layer, ["V", "a", "z", "state", "h"])] : this.scores(layer);
    this.body.replaceChildren(...parts);
    this.body.scrollTop = 0;
  }

  next(/** @type {number} */ at) {
    return at === 0 && this.steps.length > 1 ? "How does this come about?" : undefined;
  }

  // V x + a with numbers, and the factors of V.
  map() {
    const { layers } = this.content, last = layers[layers.length - 1], hidden = layers.length - 1;
    if (!this.content.by_layer) return [this.table(last, hidden, ["V", "a"])];
    const factors = layers.map((_, k) => `W${subscript(k + 1)}`).reverse().map((name, i) => (i === hidden ? name : `${name} D${subscript(hidden - i)}`));
    const kept = layers.slice(0, -1).map((layer, k) => element("li", this.keeps(layer, k)));
    return [
      this.table(last, hidden, ["V", "a"]),
      element("h4", ["Where V comes from"]),
      element("div", `V = ${factors.join(" ")}`, { class: "product" }),
      ...(kept.length ? [element("ul", kept)] : []),
    ];
  }

  /**
   * @param {Layer} layer
   * @param {number} k
   */
  keeps({ on, units, factors, cut, top }, k) {
    const others = [...new Set(factors.filter((factor) => factor !== 1))];
    const cuts = cut ? `, but for ${cut} cut at ${top}: ${cut === 1 ? "its row becomes" : "their rows become"} 0, and ${top} is added instead` : "";
    const rest = others.length && others.some((factor) => factor !== 0) ? `are multiplied by ${others.map(shortest).join(" or ")}` : "become 0";
    return `D${subscript(k + 1)} keeps the rows of the ${on} units of layer ${k + 1} that are on${cuts}; the other ${units - on} ${rest}.`;
  }

  pointLine() {
    const { x, inputs, all_inputs: all } = this.content;
    const values = x.map((value, i) => `${this.input(inputs[i])} = ${threeDigits(value)}`).join(", ");
    return element("h4", ["The point: ", element("small", values + (all > x.length ? ", …" : ""))]);
  }

  /**
   * @param {number} k
   */
  scores(k) {
    const { layers, x, scores, mapped, all_inputs: all } = this.content, layer = layers[k];
    const sums = all > x.length ? [] : layer.rows.slice(0, 3).map((row, i) =>
      element("div", `${this.output(row)}: ${written(layer.V[i], x, layer.a[i])} ≈ ${threeDigits(mapped[i])}`, { class: "sum" }));
    const rows = layer.rows.map((row, i) => element("tr", [
      element("td", this.output(row), { class: "name" }), cell(precise(scores[i]), String(scores[i]), "by-layers"), cell(precise(mapped[i]), String(mapped[i]), "by-map"),
    ]));
    const head = element("tr", ["", "by the layers", "by V x + a"].map((text) => element("th", text)));
    return [
      this.table(layer, k, ["W", "b"]),
      element("h4", "At the point"), ...sums,
      element("table", [element("thead", head), element("tbody", rows)]),
    ];
  }

  /**
   * @param {number} column
   */
  input(column) {
    return this.content.input_names[column] ?? `x${subscript(column + 1)}`;
  }

  /**
   * @param {number} row
   */
  output(row) {
    return this.content.class_names[row] ?? `class ${row}`;
  }

  /**
   * Rows of a layer with some of its columns.
   * @param {Layer} layer
   * @param {number} k
   * @param {("W" | "b" | "V" | "a" | "z" | "state" | "h")[]} parts
   */
  table(layer, k, parts) {
    const digits = parts.includes("W") || [...layer.V.flat(), ...layer.a].some((value) => Math.abs(value) >= 1) ? 2 : 3;
    const hidden = layer.factors !== null, before = k > 0 ? this.content.layers[k - 1] : null;
    const heads = parts.map((part) => this.heads(layer, part, before)), number = subscript(k + 1);
    const names = { W: `W${number}`, b: `b${number}`, V: hidden ? `V${number}` : "V", a: hidden ? `a${number}` : "a", z: "z", state: "", h: `h${number}` };
    const groups = parts.map((part, i) => element("th", names[part], { colspan: String(heads[i].length), class: part === "state" ? "" : "group" }));
    const head = [element("tr", [element("th", hidden ? "unit" : ""), ...groups]), element("tr", [element("th"), ...heads.flat()])];
    if (before && parts.includes("W")) head.push(this.entering(layer, k, before, parts.length - 1));
    const rows = layer.rows.map((row, i) => {
      const on = !hidden || layer.factors[i] === 1 || layer.added[i] !== 0, cells = parts.flatMap((part) => this.cells(layer, i, part, before, { digits, struck: parts.includes("state") }));
      const name = element("th", hidden ? String(row + 1) : this.output(row), hidden ? {} : { class: "name" });
      const unit = hidden ? String(layer.first + row) : "";
      return element("tr", [name, ...cells], { class: parts.includes("state") ? (on ? "on" : "off") : "", "data-unit": unit });
    });
    const left = layer.units - layer.rows.length;
    if (left > 0) rows.push(element("tr", element("td", `… ${left} more row${left === 1 ? "" : "s"}`, { colspan: "99" }), { class: "more" }));
    return element("table", [element("thead", heads.some((columns) => columns.length > 1) ? head : head[0]), element("tbody", rows)], { class: layer.columns.length > 4 && parts.includes("W") ? "wide" : "" });
  }

  /**
   * What enters a layer at the point, over the columns of its weights.
   * @param {Layer} layer
   * @param {number} k
   * @param {Layer} before
   * @param {number} others columns of other parts
   */
  entering(layer, k, before, others) {
    const values = before.rows.map((_, i) => cell(aligned(given(before, i)), "", isOff(before, i) ? "off" : ""));
    const rest = Array.from({ length: others + Number(layer.before > before.rows.length) }, () => element("td"));
    return element("tr", [element("th", `h${subscript(k)}`), ...values, ...rest], { class: "entering" });
  }

  /**
   * The names of a part's columns.
   * @param {Layer} layer
   * @param {string} part
   * @param {Layer | null} before
   */
  heads(layer, part, before) {
    const columns = part === "W" ? layer.columns : part === "V" ? this.content.inputs : [];
    const names = columns.map((column, i) => (part === "W" && before
      ? element("th", String(column + 1), { "data-unit": String(before.first + column), class: isOff(before, i) ? "off" : "" })
      : element("th", this.input(column))));
    const all = part === "W" ? layer.before : part === "V" ? this.content.all_inputs : 0;
    return [...names, ...(all > columns.length || !columns.length ? [element("th", all ? "…" : "")] : [])];
  }

  /**
   * @param {Layer} layer
   * @param {number} i
   * @param {string} part
   * @param {Layer | null} before
   * @param {{ digits: number, struck: boolean }} style whether rows that become 0 are struck out
   */
  cells(layer, i, part, before, { digits, struck }) {
    const factor = layer.factors?.[i] ?? 1, out = struck && factor === 0 ? "struck" : "";
    if (part === "W") {
      const cells = layer.weights[i].map((value, j) => cell(aligned(value), String(value), before && isOff(before, j) ? "off" : ""));
      return layer.before > layer.columns.length ? [...cells, cell("…")] : cells;
    }
    if (part === "V") {
      const cells = layer.V[i].map((value, j) => cell(aligned(value, digits), String(value), `${out}${j ? "" : " after"}`));
      return this.content.all_inputs > this.content.inputs.length ? [...cells, cell("…")] : cells;
    }
    if (part === "state") return [cell(stateOf(layer, i), "", "state")];
    if (part === "h") return [cell(aligned(given(layer, i), digits), String(given(layer, i)), "after")];
    const value = { b: layer.bias, a: layer.a, z: layer.z }[/** @type {"b"} */ (part)][i];
    return [cell(aligned(value, digits), String(value), part === "a" ? `${out} after` : "after")];
  }
}

/**
 * @param {number} factor a slope, as it was chosen
 */
function shortest(factor) {
  return String(Number(factor.toPrecision(3))).replace("-", "−");
}

/**
 * What a unit gives on at the point.
 * @param {Pick<Layer, "factors" | "z" | "added">} layer
 * @param {number} i
 */
function given({ factors, z, added }, i) {
  return factors[i] * z[i] + added[i];
}

/**
 * Whether a unit gives 0 on the whole region.
 * @param {Pick<Layer, "factors" | "added">} layer
 * @param {number} i
 */
function isOff({ factors, added }, i) {
  return factors[i] === 0 && added[i] === 0;
}

/**
 * @param {Pick<Layer, "factors" | "added">} layer
 * @param {number} i
 */
function stateOf({ factors, added }, i) {
  if (added[i] !== 0) return `cut at ${shortest(added[i])}`;
  return factors[i] === 1 ? "on" : factors[i] === 0 ? "off" : `off, ×${shortest(factors[i])}`;
}

/**
 * @param {string} text
 * @param {string} title all digits
 * @param {string} kind
 */
function cell(text, title = "", kind = "") {
  return element("td", text, { title, class: kind.trim() });
}
