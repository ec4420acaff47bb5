// Where the labels of balls lie: above or below their ball, and on nothing that they would hide.

import { overlap } from "./hits.js";

/** @import { Place, Plot } from "./types.js" */

/**
 * A ball with a label: its outline, which is convex, whether the label lies above it, and the label's size.
 * @typedef {{ outline: Place[], above: boolean, size: { width: number, height: number } }} Labelled
 */

/**
 * The middle of each label, or null if every place for it would hide something. A label lies next to its ball, or else
 * next to all balls and marks together, on its own side or on the other.
 * @param {Labelled[]} labelled
 * @param {Place[][]} shown outlines of all balls and marks, convex, with the corners in order
 * @param {Plot[]} taken what lies over the picture
 * @param {Plot} plot labels lie inside it
 * @returns {(Place | null)[]}
 */
export function labelPlaces(labelled, shown, taken, plot) {
  /** @type {Plot[]} */
  const labels = [];
  return labelled.map(({ outline, above, size }) => {
    const { left, right } = extent(outline), away = 0.9 * size.height;
    const x = within((left + right) / 2, plot.x + size.width / 2, plot.x + plot.width - size.width / 2);
    const all = extent([...shown.flat(), ...labels.flatMap(cornersOf)]);
    for (const [near, over] of /** @type {[Extent, boolean][]} */ ([[extent(outline), above], [all, above], [all, !above]])) {
      const y = within(over ? near.top - away : near.bottom + away, plot.y + size.height, plot.y + plot.height - size.height);
      const text = { x: x - size.width / 2, y: y - size.height / 2, ...size };
      if (shown.some((each) => crosses(each, text)) || [...taken, ...labels].some((each) => overlap(each, text))) continue;
      labels.push(text);
      return { x, y };
    }
    return null;
  });
}

/**
 * Whether a rectangle lies across the border of a convex outline, or around it: neither wholly inside nor beside it.
 * @param {Place[]} outline
 * @param {Plot} rectangle
 */
function crosses(outline, rectangle) {
  const { left, right, top, bottom } = extent(outline);
  if (!overlap({ x: left, y: top, width: right - left, height: bottom - top }, rectangle)) return false;
  return !cornersOf(rectangle).every((corner) => contains(outline, corner));
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
 * @param {Plot} rectangle
 * @returns {Place[]}
 */
function cornersOf({ x, y, width, height }) {
  return [{ x, y }, { x: x + width, y }, { x: x + width, y: y + height }, { x, y: y + height }];
}

/** @typedef {{ left: number, right: number, top: number, bottom: number }} Extent */

/**
 * @param {Place[]} outline
 * @returns {Extent}
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
