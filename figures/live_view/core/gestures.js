// Interprets movements of a pointer, fingers and the wheel as gestures.

/** @import { Place } from "./types.js" */

const STILL = 4; // pixels that a press may move and still count as a click
const DOUBLE = 320; // milliseconds between the clicks of a double-click
const DOUBLE_REACH = 8; // pixels between them

/**
 * @param {Place} from
 * @param {Place} to
 */
export function hasMoved(from, to) {
  return Math.hypot(to.x - from.x, to.y - from.y) > STILL;
}

/**
 * @typedef {Place & { time: number }} Click
 * @param {Click | null} first
 * @param {Click} second
 */
export function isDoubleClick(first, second) {
  if (!first || second.time - first.time >= DOUBLE) return false;
  return Math.hypot(second.x - first.x, second.y - first.y) < DOUBLE_REACH;
}

/**
 * The midpoint of two fingers, and their distance.
 * @param {Place} a
 * @param {Place} b
 */
export function pinchOf(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, spread: Math.hypot(a.x - b.x, a.y - b.y) };
}

/**
 * The zoom factor of a turn of the wheel. A touchpad's pinch arrives as a wheel event with Ctrl, in smaller steps.
 * @param {{ deltaY: number, deltaMode: number, ctrlKey: boolean }} event
 */
export function wheelFactor({ deltaY, deltaMode, ctrlKey }) {
  const pixels = deltaY * (deltaMode === 1 ? 16 : deltaMode === 2 ? 400 : 1);
  return Math.exp(-Math.max(-240, Math.min(240, pixels)) * (ctrlKey ? 0.01 : 0.0022));
}
