// Hit tests: the data point and the region at a place of the picture.

/** @import { Place, Plot } from "./types.js" */

/**
 * @param {Plot} plot
 * @param {Place} place
 */
export function isInside(plot, { x, y }) {
  return x >= plot.x && y >= plot.y && x <= plot.x + plot.width && y <= plot.y + plot.height;
}

/**
 * The index of the nearest point less than `reach` pixels from a place; null if there is none.
 * @param {number[][]} points in coordinates of the plane
 * @param {Place} place
 * @param {number} reach
 * @param {{ toX: (s: number) => number, toY: (t: number) => number }} pen
 * @returns {number | null}
 */
export function nearestPoint(points, { x, y }, reach, pen) {
  let best = null, least = reach;
  for (let i = 0; i < points.length; i++) {
    const distance = Math.hypot(pen.toX(points[i][0]) - x, pen.toY(points[i][1]) - y);
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

/**
 * The region painted on the pixel at a place; null outside the picture and outside the window.
 * @param {Uint32Array} ids one region per pixel, of `rasterise`
 * @param {{ width: number, height: number, ratio: number }} size in device pixels, of which `ratio` make a CSS pixel
 * @param {number} regions
 * @param {Plot} plot
 * @param {Place} place
 * @returns {number | null}
 */
export function regionAtPixel(ids, { width, height, ratio }, regions, plot, { x, y }) {
  const column = Math.floor((x - plot.x) * ratio), row = Math.floor((y - plot.y) * ratio);
  if (column < 0 || row < 0 || column >= width || row >= height) return null;
  const region = ids[row * width + column];
  return region < regions ? region : null;
}

/**
 * Whether two rectangles overlap.
 * @param {Plot} one
 * @param {Plot} other
 */
export function overlap(one, other) {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}
