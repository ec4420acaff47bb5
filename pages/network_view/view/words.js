// What is said under the drawing about what is pointed at.

import { subscript, threeDigits } from "../../../figures/live_view/core/numbers.js";

/** @import { Network } from "../core/network.js" */
/** @import { Edge } from "../core/layout.js" */

const MOST_TERMS = 3; // of a formula; further ones are counted

/**
 * @param {Network} network
 * @param {number} layer counted from 0
 * @param {number} unit
 */
export function unitName({ layers }, layer, unit) {
  return layer === layers.length - 1 ? `Output ${unit}` : `Unit ${unit + 1} of layer ${layer + 1}`;
}

/**
 * @param {number} layer counted from 0
 * @param {number} from
 */
function sourceName(layer, from) {
  return layer === 0 ? `x${subscript(from + 1)}` : `unit ${from + 1} of layer ${layer}`;
}

/**
 * A unit as a formula of what is below it, its largest terms first where there are many.
 * @param {Network} network
 * @param {number} layer counted from 0
 * @param {number} unit
 */
export function unitFormula(network, layer, unit) {
  const { inputs, weights, bias } = network.layers[layer], letter = layer === 0 ? "x" : "a";
  const terms = Array.from({ length: inputs }, (_, j) => ({ j, weight: weights[unit * inputs + j] }));
  const many = inputs > MOST_TERMS + 1;
  if (many) terms.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const shown = many ? terms.slice(0, MOST_TERMS) : terms;
  const text = shown.map(({ j, weight }, k) => `${signed(weight, k === 0)}\u2009${letter}${subscript(j + 1)}`).join(" ");
  const more = many ? ` + ${inputs - MOST_TERMS} more` : "";
  return `${text}${more} ${signed(bias[unit], false)}`;
}

/**
 * @param {number} value
 * @param {boolean} first
 */
function signed(value, first) {
  const size = threeDigits(Math.abs(value));
  if (first) return value < 0 ? `−${size}` : size;
  return `${value < 0 ? "−" : "+"} ${size}`;
}

/**
 * @param {Network} network
 * @param {Edge} edge
 */
export function weightName(network, { layer, to, from }) {
  const target = unitName(network, layer, to);
  return `${sourceName(layer, from)} → ${target[0].toLowerCase()}${target.slice(1)}`;
}

/**
 * A value in a small box.
 * @param {number} value
 */
export function shortNumber(value) {
  const size = Math.abs(value), digits = size < 0.995 ? 2 : size < 9.95 ? 1 : 0;
  const text = size.toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}
