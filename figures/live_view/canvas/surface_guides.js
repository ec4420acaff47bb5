// Around a surface: its floor and the walls behind it with the scale of heights, the names of the axes, and marks on it.

import { ticks } from "../core/ticks.js";
import { haloText } from "./pen.js";

/** @import { Palette, Place, Scale } from "../core/types.js" */
/** @import { Orbit } from "../core/orbit.js" */
/** @import { Pen } from "./pen.js" */

/**
 * @typedef {object} Guides
 * @property {Orbit} orbit
 * @property {[string, string]} axes
 * @property {[Scale, Scale]} scales
 * @property {string} height the height's name
 * @property {[number, number]} centre of the frame
 * @property {Place} tools the lower right corner of the buttons over the picture
 */

/** @typedef {[number, number]} Corner a corner of the window: s and t */

/**
 * The corners of the window in order around it, and the number of the one nearest to the eye.
 * @param {Orbit} orbit
 */
function cornersOf({ box: { window: [s0, s1, t0, t1], low }, ...orbit }, /** @type {Orbit} */ whole) {
  /** @type {Corner[]} */
  const corners = [[s0, t0], [s1, t0], [s1, t1], [s0, t1]];
  const places = corners.map(([s, t]) => whole.place(s, t, low)), nearest = places.reduce((best, { depth }, i) => (depth < places[best].depth ? i : best), 0);
  return { corners, places, nearest, orbit };
}

/**
 * Behind the surface: floor, two walls, and lines at the ticks of the heights.
 * @param {CanvasRenderingContext2D} context in CSS pixels of the stage
 * @param {Orbit} orbit
 * @param {Palette} palette
 */
export function drawRoom(context, orbit, palette) {
  const { box } = orbit, { corners, nearest } = cornersOf(orbit, orbit), at = (/** @type {Corner} */ [s, t], /** @type {number} */ h) => orbit.place(s, t, h);
  const [left, back, right] = [1, 2, 3].map((step) => corners[(nearest + step) % 4]);
  const trace = (/** @type {Place[]} */ ...places) => {
    context.beginPath();
    for (const { x, y } of places) context.lineTo(x, y);
  };
  context.lineWidth = 1;
  context.strokeStyle = palette.faint;
  context.fillStyle = palette.faint;
  trace(...corners.map((corner) => at(corner, box.low)));
  context.closePath();
  context.globalAlpha = 0.12;
  context.fill();
  context.globalAlpha = 0.6;
  context.stroke();
  for (const wall of [[left, back], [back, right]]) {
    trace(at(wall[0], box.low), at(wall[1], box.low), at(wall[1], box.high), at(wall[0], box.high));
    context.closePath();
    context.globalAlpha = 0.05;
    context.fill();
    context.globalAlpha = 0.35;
    context.stroke();
  }
  for (const { value } of heightTicks(orbit, 1)) {
    trace(at(left, value), at(back, value), at(right, value));
    context.globalAlpha = value === 0 ? 0.9 : 0.4;
    context.stroke();
  }
  context.globalAlpha = 1;
}

/**
 * Few enough that their numbers do not overlap.
 * @param {Orbit} orbit
 * @param {number} scale of the type
 */
function heightTicks({ box, angles, scale: unit, rise, zoom }, scale) {
  const pixels = (box.high - box.low) * rise * unit * zoom * angles.cosE;
  return pixels < 30 ? [] : ticks(box.low, box.high, Math.max(1.2, Math.min(8, pixels / (24 * scale)))).places;
}

/**
 * Over the surface: numbers along two sides of the floor and one edge of the walls.
 * @param {Pen} pen
 * @param {Guides} guides
 */
export function drawScales(pen, { orbit, axes, scales, height, centre, tools }) {
  const { corners, nearest, places } = cornersOf(orbit, orbit), { type, palette } = pen, size = 12 * type.scale, { box } = orbit;
  const text = (/** @type {string} */ words, /** @type {Place} */ { x, y }, bold = false) => haloText(pen, words, x, y, { align: "center", size, weight: bold ? 600 : 400, halo: palette.ground });
  for (const step of [1, 3]) {
    const near = corners[nearest], far = corners[(nearest + step) % 4], axis = near[0] === far[0] ? 1 : 0, [offset, per] = scales[axis];
    const value = (/** @type {Corner} */ corner) => offset + (corner[axis] + centre[axis]) * per;
    const [from, to] = [value(near), value(far)].sort((a, b) => a - b), a = places[nearest], b = places[(nearest + step) % 4];
    const length = Math.hypot(a.x - b.x, a.y - b.y);
    if (length < 60) continue;
    const { places: marks, base } = ticks(from, to, Math.max(1.5, length / (70 * type.scale)));
    // Away from the floor's middle, in the picture.
    const middle = places.reduce((sum, { x, y }) => ({ x: sum.x + x / 4, y: sum.y + y / 4 }), { x: 0, y: 0 });
    const along = { x: (b.x - a.x) / length, y: (b.y - a.y) / length };
    let off = { x: -along.y, y: along.x };
    if (off.x * ((a.x + b.x) / 2 - middle.x) + off.y * ((a.y + b.y) / 2 - middle.y) < 0) off = { x: -off.x, y: -off.y };
    for (const { value: shown, text: words } of marks) {
      const coordinate = (shown - offset) / per - centre[axis], place = axis ? orbit.place(near[0], coordinate, box.low) : orbit.place(coordinate, near[1], box.low);
      text(words, { x: place.x + off.x * 1.25 * size, y: place.y + off.y * 1.1 * size });
    }
    const name = `${axes[axis]} ${base}`.trim();
    text(name, { x: (a.x + b.x) / 2 + off.x * 3.1 * size, y: (a.y + b.y) / 2 + off.y * 2.5 * size }, true);
  }
  // The scale of heights stands at the corner beside the walls that is farthest to the left.
  const sides = [1, 3].map((step) => (nearest + step) % 4), at = places[sides[0]].x < places[sides[1]].x ? sides[0] : sides[1], [s, t] = corners[at];
  const marks = heightTicks(orbit, type.scale);
  for (const { value, text: words } of marks) {
    const { x, y } = orbit.place(s, t, value);
    haloText(pen, words, x - 7, y, { align: "right", size, weight: 400, halo: palette.ground });
  }
  const above = orbit.place(s, t, box.high);
  const title = { x: above.x - 4, y: above.y - 1.3 * size }, half = (0.62 * 1.08 * size * height.length) / 2; // roughly
  if (title.y - 0.7 * size < tools.y && title.x - half < tools.x) title.x = tools.x + 6 + half; // beside the buttons
  if (marks.length) haloText(pen, height, title.x, title.y, { align: "center", size: 1.08 * size, weight: 650, halo: palette.ground });
}

/**
 * The pin as a post: from the level that heights are counted from through the surface, with its head above it.
 * @param {Pen} pen
 * @param {Orbit} orbit
 * @param {[number, number, number]} pin s, t and the height there
 * @param {number} base the level that heights are counted from
 * @param {string} label
 */
export function drawPost(pen, orbit, [s, t, height], base, label) {
  const { context, palette, strokes, type } = pen, foot = orbit.place(s, t, base), top = orbit.place(s, t, height);
  const head = { x: top.x, y: top.y - 26 * type.scale };
  const stroke = (/** @type {Place} */ from, /** @type {Place} */ to, /** @type {number[]} */ dash) => {
    for (const [colour, width] of /** @type {const} */ ([[palette.casing, 4.6], [palette.ink, 2.2]])) {
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
      context.setLineDash(dash);
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
    }
    context.setLineDash([]);
  };
  context.lineCap = "butt";
  context.globalAlpha = 0.75;
  stroke(foot, top, [5, 4]);
  context.globalAlpha = 1;
  stroke(top, head, []);
  for (const [radius, colour] of strokes.pin) {
    context.beginPath();
    context.arc(head.x, head.y, 0.86 * radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }
  haloText(pen, label, head.x + 13 * type.scale, head.y, { size: 12.5 * type.scale, halo: palette.ground });
}
