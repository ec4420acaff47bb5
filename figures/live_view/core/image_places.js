// Where the images of data points go: beside their point, away from the others, and not under the badge.

import { overlap } from "./hits.js";

/** @import { Place, Plot } from "./types.js" */

const TURNS = [1, -1, 2, -2, 3, -3, 4]; // eighths of a full turn, tried one after the other

/**
 * The direction in which each point's image lies, of length 1. It leads away from the other points. Where the image
 * would lie under something, it is turned until the image lies free and in the plot.
 * @param {Place[]} points in pixels
 * @param {number} reach from a point to the middle of its image
 * @param {number} side of an image with its frame
 * @param {Plot[]} taken what lies over the picture
 * @param {Plot} plot
 * @returns {Place[]}
 */
export function imageDirections(points, reach, side, taken, plot) {
  const square = (/** @type {Place} */ { x, y }, /** @type {Place} */ direction) =>
    ({ x: x + reach * direction.x - side / 2, y: y + reach * direction.y - side / 2, width: side, height: side });
  const isFree = (/** @type {Plot} */ place, /** @type {Plot[]} */ hiders) => !hiders.some((hider) => overlap(hider, place));
  const directions = away(points), squares = points.map((point, i) => square(point, directions[i]));
  const others = [...taken, ...squares.filter((place) => isFree(place, taken))];
  return points.map((point, i) => {
    if (isFree(squares[i], taken)) return directions[i];
    const turns = TURNS.map((eighths) => turned(directions[i], (eighths * Math.PI) / 4));
    const chosen = turns.find((direction) => isFree(square(point, direction), others) && holds(plot, square(point, direction)));
    if (chosen) others.push(square(point, chosen));
    return chosen ?? directions[i];
  });
}

/**
 * Directions of length 1 from the middle of all points to each; upwards for a point in the middle.
 * @param {Place[]} points
 * @returns {Place[]}
 */
function away(points) {
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map((point) => point.x)), mean(points.map((point) => point.y))];
  return points.map((point) => {
    const far = Math.hypot(point.x - x, point.y - y);
    return far > 1 ? { x: (point.x - x) / far, y: (point.y - y) / far } : { x: 0, y: -1 };
  });
}

/**
 * @param {Place} direction
 * @param {number} angle
 */
function turned({ x, y }, angle) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { x: cos * x - sin * y, y: sin * x + cos * y };
}

/**
 * @param {Plot} plot
 * @param {Plot} square
 */
function holds(plot, { x, y, width, height }) {
  return x >= plot.x && y >= plot.y && x + width <= plot.x + plot.width && y + height <= plot.y + plot.height;
}
