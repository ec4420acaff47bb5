// Clips a line of the plane to the plot, and convex polygons to rectangles.

/** @import { Place, Plot, View } from "./types.js" */
/** @typedef {[[number, number], [number, number]]} Ends */

/**
 * The part of {a s + b t + c = 0} inside the plot, in pixels; null where the line misses it or is none.
 * @param {[number, number, number]} line a, b, c
 * @param {{ toX: (s: number) => number, toY: (t: number) => number, plot: Plot, view: View }} pen
 * @returns {Ends | null}
 */
export function clipLine([a, b, c], { toX, toY, plot, view }) {
  const norm = Math.hypot(a, b);
  if (!(norm > 0)) return null;
  const height = (a * view.s + b * view.t + c) / norm, far = (plot.width + plot.height) / view.k;
  const s = view.s - (height * a) / norm, t = view.t - (height * b) / norm;
  const end = (/** @type {number} */ step) => [toX(s - (step * b) / norm), toY(t + (step * a) / norm)];
  const [[x0, y0], [x1, y1]] = [end(-far), end(far)];
  let from = 0, to = 1;
  const bounds = [[x0, x1, plot.x, plot.x + plot.width], [y0, y1, plot.y, plot.y + plot.height]];
  for (const [start, stop, low, high] of bounds) {
    const step = stop - start;
    if (Math.abs(step) < 1e-9) {
      if (start < low || start > high) return null;
      continue;
    }
    const [near, away] = [(low - start) / step, (high - start) / step].sort((p, q) => p - q);
    from = Math.max(from, near);
    to = Math.min(to, away);
  }
  if (from >= to) return null;
  const at = (/** @type {number} */ share) => /** @type {[number, number]} */ ([x0 + share * (x1 - x0), y0 + share * (y1 - y0)]);
  return [at(from), at(to)];
}

/**
 * The corners of a convex polygon, cut off at a rectangle's sides.
 * @param {Place[]} corners
 * @param {Plot} rectangle
 */
export function clipConvex(corners, { x: left, y: top, width, height }) {
  const sides = [
    (/** @type {Place} */ { x }) => x - left, (/** @type {Place} */ { x }) => left + width - x,
    (/** @type {Place} */ { y }) => y - top, (/** @type {Place} */ { y }) => top + height - y,
  ];
  let kept = corners;
  for (const inside of sides) {
    kept = kept.flatMap((corner, i) => {
      const next = kept[(i + 1) % kept.length], [here, there] = [inside(corner), inside(next)];
      const stays = here >= 0 ? [corner] : [];
      if (here >= 0 === there >= 0) return stays;
      const share = here / (here - there);
      return [...stays, { x: corner.x + share * (next.x - corner.x), y: corner.y + share * (next.y - corner.y) }];
    });
  }
  return kept;
}
