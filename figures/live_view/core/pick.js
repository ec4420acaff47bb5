// What of a surface is under the cursor, and whether a point of it is hidden behind another part.

/** @import { Place, Point } from "./types.js" */
/** @import { Orbit } from "./orbit.js" */
/** @import { Grid, Sheet } from "./sheet.js" */

/**
 * The corners of a sheet in the picture: x, y and depth of each, and 1 over its distance from the eye.
 * @param {Sheet} sheet
 * @param {Orbit} orbit
 */
export function projected({ places }, orbit) {
  const n = places.length / 3, out = new Float32Array(4 * n), { plot } = orbit, [X, Y, Z, W] = orbit.matrix;
  for (let k = 0; k < n; k++) {
    const s = places[3 * k], t = places[3 * k + 1], h = places[3 * k + 2], near = 1 / (W[0] * s + W[1] * t + W[2] * h + W[3]);
    out[4 * k] = plot.x + (plot.width / 2) * (1 + (X[0] * s + X[1] * t + X[2] * h + X[3]) * near);
    out[4 * k + 1] = plot.y + (plot.height / 2) * (1 - (Y[0] * s + Y[1] * t + Y[2] * h + Y[3]) * near);
    out[4 * k + 2] = (Z[0] * s + Z[1] * t + Z[2] * h + Z[3]) * near;
    out[4 * k + 3] = near;
  }
  return out;
}

/**
 * @typedef {object} Picked
 * @property {number} region
 * @property {Point} point relative to the frame's centre
 * @property {number} height
 * @property {number} depth
 */

/**
 * The nearest part of a sheet at a place; null beside the sheet.
 * @param {Sheet} sheet
 * @param {Float32Array} corners of `projected`
 * @param {Place} place
 * @returns {Picked | null}
 */
export function pick({ places, regions, triangles }, corners, { x, y }) {
  /** @type {Picked | null} */
  let nearest = null;
  for (let i = 0; i < triangles.length; i += 3) {
    const a = triangles[i], b = triangles[i + 1], c = triangles[i + 2];
    const ax = corners[4 * a], bx = corners[4 * b], cx = corners[4 * c];
    if ((ax < x && bx < x && cx < x) || (ax > x && bx > x && cx > x)) continue;
    const ay = corners[4 * a + 1], by = corners[4 * b + 1], cy = corners[4 * c + 1];
    if ((ay < y && by < y && cy < y) || (ay > y && by > y && cy > y)) continue;
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    const v = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area, w = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area;
    if (!(v >= 0 && w >= 0 && v + w <= 1)) continue;
    const depth = (1 - v - w) * corners[4 * a + 2] + v * corners[4 * b + 2] + w * corners[4 * c + 2];
    if (nearest && depth >= nearest.depth) continue;
    // Shares of the corners in space: those in the picture, each by its nearness to the eye.
    const p = (1 - v - w) * corners[4 * a + 3], q = v * corners[4 * b + 3], r = w * corners[4 * c + 3], sum = p + q + r;
    const mean = (/** @type {number} */ k) => (p * places[3 * a + k] + q * places[3 * b + k] + r * places[3 * c + k]) / sum;
    const most = p >= q && p >= r ? a : q >= r ? b : c;
    nearest = { region: regions[most], point: [mean(0), mean(1)], height: mean(2), depth };
  }
  return nearest;
}

const STEPS = 60; // of the way to the eye
const SLACK = 0.015; // of the box's height, within which a point lies on the sheet

/**
 * Whether the sheet through a grid's points stands between a point and the eye.
 * @param {Grid} grid
 * @param {Float64Array} heights
 * @param {Orbit} orbit
 * @param {[number, number, number]} point s, t and height
 */
export function isHidden({ columns, rows, window: [s0, s1, t0, t1] }, heights, orbit, [s, t, height]) {
  const [ds, dt, dh] = orbit.toEye(s, t, height), { box } = orbit, slack = SLACK * (box.high - box.low);
  if (!(orbit.rise > 0) || dh <= 0) return false;
  const exits = [(box.high - height) / dh, ds > 0 ? (s1 - s) / ds : (s0 - s) / ds, dt > 0 ? (t1 - t) / dt : (t0 - t) / dt];
  const far = Math.min(1, ...exits.filter((exit) => exit >= 0));
  for (let i = 1; i <= STEPS; i++) {
    const share = (far * i) / STEPS, column = Math.floor(((s + share * ds - s0) / (s1 - s0)) * columns), row = Math.floor(((t1 - t - share * dt) / (t1 - t0)) * rows);
    if (column < 0 || row < 0 || column >= columns || row >= rows) return false;
    if (heights[row * columns + column] > height + share * dh + slack + 0.04 * (box.high - box.low) / i) return true;
  }
  return false;
}
