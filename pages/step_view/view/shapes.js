// Balls of the picture, and SVG elements.

/** @import { Ball, PlaneWindow, Point, Role } from "../../../figures/live_view/core/types.js" */

/**
 * The ball of a radius around a point of the plane, in the norm "1", "2" or "inf".
 * @param {Point} centre
 * @param {number} radius
 * @param {string} norm
 * @param {Role} role
 * @param {string} label
 * @returns {Ball}
 */
export function ballAround([s, t], radius, norm, role, label) {
  if (norm === "2") return { role, disc: [s, t, radius], outline: null, label };
  const corners = norm === "1" ? [[1, 0], [0, 1], [-1, 0], [0, -1]] : [[1, 1], [-1, 1], [-1, -1], [1, -1]];
  return { role, disc: null, outline: corners.map(([u, v]) => /** @type {Point} */ ([s + radius * u, t + radius * v])), label };
}

/**
 * A square window that shows a ball with some room around it.
 * @param {Point} centre
 * @param {number} radius
 * @returns {PlaneWindow}
 */
export function windowAround([s, t], radius) {
  const side = 1.35 * (radius || 1);
  return [s - side, s + side, t - side, t + side];
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
export function svg(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) if (value !== "") made.setAttribute(key, String(value));
  return made;
}
