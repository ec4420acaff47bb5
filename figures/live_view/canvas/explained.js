// What an explanation beside the picture draws into it: regions as they are opened, balls and a witness.

import { tracePolygon } from "./marks.js";
import { haloText, strokeCased } from "./pen.js";

/** @import { Overlays } from "../core/types.js" */
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
  for (const { outline, label } of regions) if (label) number(pen, outline, label);
}

/**
 * The number of a region in its middle, as far as that is in view and has room.
 * @param {Pen} pen
 * @param {[number, number][]} outline
 * @param {string} label
 */
function number(pen, outline, label) {
  const { plot, type } = pen;
  const xs = outline.map(([s]) => clamp(pen.toX(s), plot.x, plot.x + plot.width));
  const ys = outline.map(([, t]) => clamp(pen.toY(t), plot.y, plot.y + plot.height));
  if (Math.min(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)) < LABELLED * type.scale) return;
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  haloText(pen, label, mean(xs), mean(ys), { align: "center", size: 12 * type.scale, weight: 650 });
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
