// What an explanation beside the picture draws into it: regions as they are opened, balls and a witness.

import { clipConvex } from "../core/clip.js";
import { tracePolygon } from "./marks.js";
import { haloText, strokeCased } from "./pen.js";

/** @import { Overlays, Place, Point } from "../core/types.js" */
/** @import { Drawn } from "../view/pointing.js" */
/** @import { Pen } from "./pen.js" */

const STRENGTH = { opened: 0.3, now: 0.62, next: 0 };
const LABELLED = 15; // pixels of a region's shorter side from which on its number has room

/**
 * The overlays with what is explained in place of the pin's certificate and the data.
 * @param {Overlays} overlays
 * @param {Drawn | null} drawn
 * @returns {Overlays}
 */
export function explained(overlays, drawn) {
  if (!drawn) return overlays;
  return { ...overlays, region: null, class_region: null, hyperplanes: [], points: [], labels: [], data_balls: null, balls: drawn.balls, witness: drawn.witness };
}

/**
 * @param {Pen} pen
 * @param {Drawn["regions"]} regions
 */
export function drawExplained(pen, regions) {
  const { context, palette } = pen;
  for (const { outline, state } of regions) {
    tracePolygon(pen, outline);
    context.fillStyle = palette.proved;
    context.globalAlpha = STRENGTH[state];
    context.fill();
    context.globalAlpha = 1;
    if (state === "next") strokeCased(pen, palette.ink, 1.4, [5, 4]);
    else strokeCased(pen, palette.proved, state === "now" ? 2.4 : 1.2);
  }
  /** @type {Place[]} */
  const taken = [];
  for (const { outline, label } of regions.toReversed()) if (label) number(pen, outline, label, taken); // the newest first
}

/**
 * The number of a region in the middle of what is in view of it, if there is room.
 * @param {Pen} pen
 * @param {Point[]} outline
 * @param {string} label
 * @param {Place[]} taken where numbers are
 */
function number(pen, outline, label, taken) {
  const size = 12 * pen.type.scale, corners = clipConvex(outline.map(([s, t]) => ({ x: pen.toX(s), y: pen.toY(t) })), pen.plot);
  if (corners.length < 3) return;
  const xs = corners.map(({ x }) => x), ys = corners.map(({ y }) => y);
  const narrow = Math.min(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)) < LABELLED * pen.type.scale;
  const place = middle(corners);
  if (narrow || taken.some(({ x, y }) => Math.abs(x - place.x) < 1.8 * size && Math.abs(y - place.y) < 1.2 * size)) return;
  taken.push(place);
  haloText(pen, label, place.x, place.y, { align: "center", size, weight: 650 });
}

/**
 * The centroid of a convex polygon; of one without area the mean of its corners.
 * @param {Place[]} corners
 * @returns {Place}
 */
function middle(corners) {
  let area = 0, x = 0, y = 0;
  corners.forEach((a, i) => {
    const b = corners[(i + 1) % corners.length], twice = a.x * b.y - b.x * a.y;
    area += twice;
    x += twice * (a.x + b.x);
    y += twice * (a.y + b.y);
  });
  if (Math.abs(area) > 1e-6) return { x: x / (3 * area), y: y / (3 * area) };
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { x: mean(corners.map((corner) => corner.x)), y: mean(corners.map((corner) => corner.y)) };
}
