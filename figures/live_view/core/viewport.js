// The view: maps between the plane and pixels, zoom and pan.

/** @import { Place, PlaneWindow, Plot, Point, View } from "./types.js" */
/** @import { Frame } from "./frame.js" */

const SHARPEST = 2e4; // limit on the zoom into one frame: its float32 corners stay within a pixel
const DEEPEST = 1e9; // limit on the zoom with frames of ever smaller windows
const FARTHEST = 20; // limit on the view's width, in home windows
const FINER = 400; // zoom at which a smaller window is requested, long before float32 corners are a pixel off
const RASTER_WORTH = 0.85; // a view below this share of a raster's window requests finer cells
const RIM = 24; // pixels from the plot's rim within which a pin moved by keys pans the view

/**
 * The plot's rectangle on the stage, in CSS pixels: tick labels are left of it and below.
 * @param {number} width
 * @param {number} height
 * @param {number} scale of the type
 * @returns {Plot}
 */
export function plotOn(width, height, scale) {
  const left = 12 + 38 * scale, bottom = 10 + 17 * scale;
  return { x: left, y: 8, width: Math.max(40, width - left - 8), height: Math.max(40, height - bottom - 8) };
}

/**
 * The largest view that shows all of a window.
 * @param {Plot} plot
 * @param {PlaneWindow} window
 * @returns {View}
 */
export function fitted(plot, [s0, s1, t0, t1]) {
  const k = Math.min(plot.width / (s1 - s0), plot.height / (t1 - t0));
  return { s: (s0 + s1) / 2, t: (t0 + t1) / 2, k };
}

/**
 * @param {Plot} plot
 * @param {View} view
 * @param {number} s
 */
export function toX(plot, view, s) {
  return plot.x + plot.width / 2 + (s - view.s) * view.k;
}

/**
 * @param {Plot} plot
 * @param {View} view
 * @param {number} t
 */
export function toY(plot, view, t) {
  return plot.y + plot.height / 2 - (t - view.t) * view.k;
}

/**
 * @param {Plot} plot
 * @param {View} view
 * @param {Place} place
 * @returns {Point}
 */
export function toPoint(plot, view, { x, y }) {
  return [view.s + (x - plot.x - plot.width / 2) / view.k, view.t - (y - plot.y - plot.height / 2) / view.k];
}

/**
 * @param {Plot} plot
 * @returns {Place}
 */
export function middleOf(plot) {
  return { x: plot.x + plot.width / 2, y: plot.y + plot.height / 2 };
}

/**
 * @param {Plot} plot
 * @param {View} view
 * @returns {PlaneWindow}
 */
export function visibleWindow(plot, view) {
  const w = plot.width / 2 / view.k, h = plot.height / 2 / view.k;
  return [view.s - w, view.s + w, view.t - h, view.t + h];
}

/**
 * The view zoomed around a fixed place, within the limits that home and the frame's precision set.
 * @param {Plot} plot
 * @param {View} view
 * @param {Place} place
 * @param {number} factor
 * @param {PlaneWindow} home
 * @param {PlaneWindow | null} frameWindow
 * @returns {View}
 */
export function zoomed(plot, view, place, factor, home, frameWindow) {
  const least = fitted(plot, home).k, sharp = frameWindow ? SHARPEST * fitted(plot, frameWindow).k : Infinity;
  const k = Math.max(least / FARTHEST, Math.min(least * DEEPEST, sharp, view.k * factor));
  const [s, t] = toPoint(plot, view, place);
  return { s: s + ((view.s - s) * view.k) / k, t: t + ((view.t - t) * view.k) / k, k };
}

/**
 * @param {View} view
 * @param {number} dx pixels to the right
 * @param {number} dy pixels down
 * @returns {View}
 */
export function panned(view, dx, dy) {
  return { ...view, s: view.s - dx / view.k, t: view.t + dy / view.k };
}

/**
 * Whether the view is at the limit of the zoom.
 * @param {Plot} plot
 * @param {View} view
 * @param {PlaneWindow} home
 */
export function isAtLimit(plot, view, home) {
  return view.k >= 0.999 * DEEPEST * fitted(plot, home).k;
}

/**
 * Whether `outer` holds all of `inner`, to within half a pixel of the view.
 * @param {PlaneWindow} outer
 * @param {PlaneWindow} inner
 * @param {View} view
 */
export function covers([a0, a1, b0, b1], [s0, s1, t0, t1], view) {
  const slack = 0.5 / view.k;
  return s0 >= a0 - slack && s1 <= a1 + slack && t0 >= b0 - slack && t1 <= b1 + slack;
}

/**
 * Whether the frame lacks a part of the view, or detail.
 * @param {Pick<Frame, "window" | "grid">} frame
 * @param {Plot} plot
 * @param {View} view
 */
export function needsMore({ window, grid }, plot, view) {
  const seen = visibleWindow(plot, view), [s0, s1, t0, t1] = window;
  const share = Math.max(seen[1] - seen[0], seen[3] - seen[2]) / Math.max(s1 - s0, t1 - t0);
  return !covers(window, seen, view) || view.k > FINER * fitted(plot, window).k || (grid !== null && share < RASTER_WORTH);
}

/**
 * How far a place lies beyond a rim inside the plot: [0, 0] for a place in its middle.
 * @param {Plot} plot
 * @param {Place} place
 * @returns {[number, number]}
 */
export function beyondRim(plot, { x, y }) {
  const out = (/** @type {number} */ at, /** @type {number} */ low, /** @type {number} */ high) =>
    Math.max(0, at - (high - RIM)) - Math.max(0, low + RIM - at);
  return [out(x, plot.x, plot.x + plot.width), out(y, plot.y, plot.y + plot.height)];
}

/**
 * How a picture painted for one view is moved and scaled, around its upper left corner, to stand in for another.
 * @param {Plot} plot
 * @param {View} painted
 * @param {View} view
 * @returns {{ x: number, y: number, zoom: number }}
 */
export function shifted(plot, painted, view) {
  const zoom = view.k / painted.k;
  const x = plot.width / 2 + (painted.s - view.s) * view.k - (zoom * plot.width) / 2;
  const y = plot.height / 2 - (painted.t - view.t) * view.k - (zoom * plot.height) / 2;
  return { x, y, zoom };
}
