// Names in the output plane: those of the axes, shortened to fit, and those of bounds at their lines.

import { overlap } from "../../../figures/live_view/core/hits.js";
import { pairs, shortened } from "./core.js";
import { drawText } from "./pen.js";

/** @import { OutputMessage, Scene } from "./core.js" */
/** @import { OutputPen } from "./pen.js" */
/** @typedef {[number, number]} Corner */

const WAYS = 24; // directions from a set in which its name may lie; limits the work

/**
 * The name of an axis between the texts before and behind it, of at most `most` pixels.
 * @param {CanvasRenderingContext2D} context
 * @param {string} name
 * @param {string} base
 * @param {string} before
 * @param {string} behind
 * @param {number} most
 */
export function axisText(context, name, base, before, behind, most) {
  const rest = `${base && ` ${base}`}${behind}`, taken = context.measureText(before + rest).width;
  const short = shortened(name, most - taken, (text) => context.measureText(text).width), shown = before + short + rest;
  return { shown, whole: name, shortened: short !== name, width: context.measureText(shown).width };
}

/**
 * Draws the names of bounds at their lines, as far as possible from other sets, and without overlap.
 * Returns the names that are drawn.
 * @param {OutputPen} pen
 * @param {Scene} scene
 * @param {OutputMessage} options
 */
export function drawNames(pen, scene, options) {
  const { context, colours, plot, font } = pen, tools = { x: plot.x + plot.width - 90, y: plot.y, width: 90, height: 50 };
  const taken = [...(pen.names ?? []), tools], shown = options.order.filter((name) => scene.sets[name]), placed = [];
  const corners = new Map(shown.map((name) => [name, cornersOf(pen, scene.sets[name])]));
  const height = font.size * 1.2;
  context.font = `600 ${font.size - 1}px ${font.family}`;
  for (const name of shown.filter((name) => name !== "true" && name !== "hull")) {
    const { title, line } = colours.sets[name], size = { width: context.measureText(title).width, height };
    const others = shown.filter((other) => other !== name).map((other) => corners.get(other) ?? []);
    const place = bestPlace(corners.get(name) ?? [], others, size, pen, taken);
    if (place === null || place.gap < 2) continue; // the lines coincide: only the legend names them
    taken.push(place);
    placed.push(name);
    context.textAlign = "left";
    drawText(pen, title, place.x, place.y + height * 0.8, line);
  }
  return placed;
}

/**
 * All corners of a set, in pixels.
 * @param {OutputPen} pen
 * @param {number[][]} rings
 * @returns {Corner[]}
 */
function cornersOf(pen, rings) {
  return rings.flatMap((ring) => pairs(ring, 2).map(([a, b]) => /** @type {Corner} */ ([pen.toX(a), pen.toY(b)])));
}

/**
 * The direction from a set in which the other sets are farthest from its name; null if the name fits nowhere.
 * @param {Corner[]} corners
 * @param {Corner[][]} others corners of the other sets
 * @param {{ width: number, height: number }} size of the name
 * @param {OutputPen} pen
 * @param {{ x: number, y: number, width: number, height: number }[]} taken
 */
function bestPlace(corners, others, { width, height }, { plot }, taken) {
  let best = null;
  for (let k = 0; k < WAYS; k++) {
    const [dx, dy] = [Math.cos((2 * Math.PI * k) / WAYS), Math.sin((2 * Math.PI * k) / WAYS)];
    const along = (/** @type {Corner} */ [x, y]) => x * dx + y * dy;
    const touching = corners.reduce((best, one) => (along(one) > along(best) ? one : best)), reach = along(touching);
    const gaps = others.map((other) => Math.abs(Math.max(...other.map(along)) - reach));
    const x = touching[0] + dx * (width / 2 + 5) - width / 2, y = touching[1] + dy * (height / 2 + 5) - height / 2;
    const place = { x, y, width, height, gap: Math.min(40, ...gaps) };
    const inside = x > plot.x + 2 && y > plot.y + 2 && x + width < plot.x + plot.width - 2 && y + height < plot.y + plot.height - 2;
    if (inside && !taken.some((other) => overlap(place, other)) && (best === null || place.gap > best.gap)) best = place;
  }
  return best;
}
