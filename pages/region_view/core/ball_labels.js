// Where the labels of balls lie: above or below their ball, and on nothing that they would hide.

/** @import { Place, Plot } from "./types.js" */

/**
 * The middle of a ball's label, or null if every place for it would hide something. The label lies next to its ball, or
 * else next to all outlines together.
 * @param {Place[][]} outlines of the balls and other marks: convex, with the corners in order
 * @param {Place[]} own the outline of the label's ball
 * @param {boolean} above whether it lies above the ball
 * @param {{ width: number, height: number }} size of the label
 * @param {Plot} plot it lies inside
 * @returns {Place | null}
 */
export function labelPlace(outlines, own, above, size, plot) {
  const { left, right } = extent(own), x = within((left + right) / 2, plot.x + size.width / 2, plot.x + plot.width - size.width / 2);
  for (const near of [own, outlines.flat()]) {
    const { top, bottom } = extent(near), away = 0.9 * size.height;
    const y = within(above ? top - away : bottom + away, plot.y + size.height, plot.y + plot.height - size.height);
    const text = { x: x - size.width / 2, y: y - size.height / 2, ...size };
    if (!outlines.some((outline) => crosses(outline, text))) return { x, y };
  }
  return null;
}

/**
 * Whether a rectangle lies across the border of a convex outline, or around it: neither wholly inside nor beside it.
 * @param {Place[]} outline
 * @param {Plot} rectangle
 */
function crosses(outline, { x, y, width, height }) {
  const { left, right, top, bottom } = extent(outline);
  if (x + width <= left || x >= right || y + height <= top || y >= bottom) return false;
  const corners = [[x, y], [x + width, y], [x, y + height], [x + width, y + height]];
  return !corners.every(([cx, cy]) => contains(outline, { x: cx, y: cy }));
}

/**
 * @param {Place[]} outline convex
 * @param {Place} place
 */
function contains(outline, { x, y }) {
  const sides = outline.map((one, i) => {
    const next = outline[(i + 1) % outline.length];
    return (next.x - one.x) * (y - one.y) - (next.y - one.y) * (x - one.x);
  });
  return sides.every((side) => side >= 0) || sides.every((side) => side <= 0);
}

/**
 * @param {Place[]} outline
 */
function extent(outline) {
  const xs = outline.map(({ x }) => x), ys = outline.map(({ y }) => y);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function within(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
