// The drawn network in the browser: its weights, and its values at points of the plane.

/**
 * A layer of units: z = weights a + bias, then slope z where z <= 0, and z above, but not more than `top`. ReLU has the
 * slope 0, |z| the slope -1. The outputs have no slopes.
 * @typedef {object} Layer
 * @property {number} inputs
 * @property {number} units
 * @property {Float64Array} weights row by row, one row a unit
 * @property {Float64Array} bias
 * @property {Float64Array | null} slopes
 * @property {number} top Infinity where no unit is cut
 */

/** @typedef {{ widths: number[], layers: Layer[] }} Network */

/**
 * What Python sends: `figures.regions.network_drawing.NetworkDrawing`.
 * @typedef {object} Drawing
 * @property {string} key the same for the same weights
 * @property {number[]} widths from the inputs to the outputs
 * @property {(number | number[])[]} slopes of each hidden layer, of all of its units or of each
 * @property {(number | null)[]} tops of each hidden layer; null where no unit is cut
 */

/**
 * @param {Drawing} drawing
 * @param {Float64Array} numbers per layer the weights, row by row, and then the bias
 * @returns {Network}
 */
export function readNetwork({ widths, slopes, tops }, numbers) {
  let at = 0;
  const take = (/** @type {number} */ count) => numbers.slice(at, (at += count));
  const layers = widths.slice(1).map((units, l) => {
    const inputs = widths[l], slope = slopes[l];
    const each = slope === undefined ? null : Float64Array.from({ length: units }, (_, k) => (typeof slope === "number" ? slope : slope[k]));
    return { inputs, units, weights: take(inputs * units), bias: take(units), slopes: each, top: tops[l] ?? Infinity };
  });
  return { widths, layers };
}

/**
 * The pre-activations of each layer at many points at once.
 * @param {Network} network
 * @param {Float64Array} points s, t, s, t, ...
 * @returns {Float64Array[]} per layer, unit by unit: all points of the first unit, all of the second ...
 */
export function preActivations({ layers }, points) {
  const count = points.length / 2;
  let below = new Float64Array(points.length);
  for (let i = 0; i < count; i++) [below[i], below[count + i]] = [points[2 * i], points[2 * i + 1]];
  return layers.map(({ inputs, units, weights, bias, slopes, top }) => {
    const z = new Float64Array(units * count), above = new Float64Array(units * count);
    for (let k = 0; k < units; k++) {
      const start = k * count, slope = slopes ? slopes[k] : 1;
      z.fill(bias[k], start, start + count);
      for (let j = 0; j < inputs; j++) {
        const weight = weights[k * inputs + j], from = j * count;
        if (weight) for (let i = 0; i < count; i++) z[start + i] += weight * below[from + i];
      }
      for (let i = start; i < start + count; i++) above[i] = z[i] > 0 ? Math.min(z[i], top) : slope * z[i];
    }
    below = above;
    return z;
  });
}

/**
 * The pre-activations of each layer at one point.
 * @param {Network} network
 * @param {[number, number]} point
 */
export function valuesAt(network, point) {
  return preActivations(network, Float64Array.from(point));
}

/**
 * The layer, counted from 0, and the number within it, of a hidden unit counted through all layers.
 * @param {Network} network
 * @param {number} unit
 * @returns {{ layer: number, unit: number } | null}
 */
export function placeOf({ layers }, unit) {
  for (let layer = 0; layer < layers.length - 1; layer++) {
    if (unit < layers[layer].units) return { layer, unit };
    unit -= layers[layer].units;
  }
  return null;
}

/**
 * The inverse: a hidden unit counted through all layers; null for an output.
 * @param {Network} network
 * @param {number} layer
 * @param {number} unit
 */
export function numberOf({ layers }, layer, unit) {
  if (layer >= layers.length - 1) return null;
  return layers.slice(0, layer).reduce((sum, { units }) => sum + units, unit);
}

/**
 * The pre-activations at which a layer's units bend.
 * @param {Layer} layer
 */
export function bendsOf({ slopes, top }) {
  return !slopes ? [] : top < Infinity ? [0, top] : [0];
}

/**
 * Whether a unit gives on what it gets, or is off: 0, or a fraction of it. One of |z| is never off.
 * @param {Layer} layer
 * @param {number} unit
 * @param {number} z its pre-activation
 */
export function isOn({ slopes }, unit, z) {
  return z > 0 || (slopes !== null && slopes[unit] < 0);
}

/**
 * What a unit does at a pre-activation, in words.
 * @param {Layer} layer
 * @param {number} unit
 * @param {number} z
 */
export function stateOf({ slopes, top }, unit, z) {
  if (z > top) return `cut at ${top}`;
  return z > 0 ? "on" : slopes && slopes[unit] < 0 ? "with its sign turned" : "off";
}
