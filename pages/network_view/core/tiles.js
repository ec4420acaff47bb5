// A unit's own picture: its pre-activation over the window in two colours, and a line where the unit bends.

import { channels } from "../../../figures/live_view/core/colours.js";
import { bendsOf, preActivations } from "./network.js";

/** @import { PlaneWindow } from "../../../figures/live_view/core/types.js" */
/** @import { Network } from "./network.js" */

const BUDGET = 12e6; // multiplications for all pictures of a network: a limit on the time, about 20 ms
const FINEST = 36, COARSEST = 10; // pixels a side
const PALE = 0.22, FULL = 0.85; // shares of a colour at 0 and at the largest value; the rest is the ground

/**
 * Pixels a side that the pictures of a network can have.
 * @param {Network} network
 */
export function tileSize({ layers }) {
  const work = layers.reduce((sum, { inputs, units }) => sum + inputs * units, 0);
  return Math.max(COARSEST, Math.min(FINEST, Math.floor(Math.sqrt(BUDGET / Math.max(1, work)))));
}

/**
 * The centres of the pixels of a window, row by row from its upper left corner.
 * @param {PlaneWindow} window
 * @param {number} size pixels a side
 */
export function pixelCentres([s0, s1, t0, t1], size) {
  const points = new Float64Array(2 * size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const at = 2 * (row * size + column);
      points[at] = s0 + ((column + 0.5) / size) * (s1 - s0);
      points[at + 1] = t1 - ((row + 0.5) / size) * (t1 - t0);
    }
  }
  return points;
}

/**
 * Per layer and unit the RGBA bytes of its picture.
 * @param {Network} network
 * @param {PlaneWindow} window
 * @param {number} size pixels a side
 * @param {{ positive: string, negative: string, ground: string, line: string }} colours
 * @returns {Uint8ClampedArray<ArrayBuffer>[][]}
 */
export function tilesOf(network, window, size, colours) {
  const pixels = size * size;
  return preActivations(network, pixelCentres(window, size)).map((z, l) => {
    const layer = network.layers[l], bends = layer.slopes ? bendsOf(layer) : [0]; // the outputs: where their sign changes
    return Array.from({ length: layer.units }, (_, k) => tile(z.subarray(k * pixels, (k + 1) * pixels), size, colours, bends));
  });
}

/**
 * @param {Float64Array} values row by row
 * @param {number} size
 * @param {{ positive: string, negative: string, ground: string, line: string }} colours
 * @param {number[]} bends the values along which a line runs
 */
export function tile(values, size, { positive, negative, ground, line }, bends = [0]) {
  const [above, below, pale, bent] = [positive, negative, ground, line].map(channels);
  const bytes = new Uint8ClampedArray(4 * values.length);
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  for (let i = 0; i < values.length; i++) {
    const share = largest ? PALE + (FULL - PALE) * Math.sqrt(Math.abs(values[i]) / largest) : 0, full = values[i] > 0 ? above : below;
    const colour = bends.some((bend) => isLine(values, size, i, bend)) ? bent : null;
    for (let c = 0; c < 3; c++) bytes[4 * i + c] = colour ? colour[c] : pale[c] + share * (full[c] - pale[c]);
    bytes[4 * i + 3] = 255;
  }
  return bytes;
}

/**
 * Whether the value passes `bend` between this pixel and the next one to the right or below.
 * @param {Float64Array} values
 * @param {number} size
 * @param {number} i
 * @param {number} bend
 */
function isLine(values, size, i, bend) {
  const on = values[i] > bend;
  return ((i + 1) % size !== 0 && values[i + 1] > bend !== on) || (i + size < values.length && values[i + size] > bend !== on);
}
