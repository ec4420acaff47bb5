// Actions of interactions on the pin, on data points, and on the region under the cursor.

import { nearestPoint } from "../core/hits.js";
import { beyondRim } from "../core/viewport.js";
import { REST } from "./reports.js";

/** @import { Place, Point } from "../core/types.js" */
/** @import { LiveView } from "./live_view.js" */

const PIN_STEP = 4; // pixels an arrow key moves the pin; with Shift ten times as many
const PIN_REACH = 13; // pixels from the pin within which a press grabs it
const PAN_STEP = 60; // pixels an arrow key moves the picture
const TURN_STEP = 5; // degrees an arrow key turns the surface; with Shift four times as many

/** @typedef {{ kind: "pan" | "pin" | "point" | "line", index?: number }} Grabbed */

/**
 * Pin at a place, or where the keyboard pins; where points are edited, add one there, or take away the one that is there.
 * @param {LiveView} live
 * @param {Place | null} place
 */
export function click(live, place) {
  if (!live.frame || (place && !live.inPlot(place))) return;
  if (live.options.edit_points) {
    editPoint(live, place ?? live.target());
    return;
  }
  const point = live.pointAt(place ?? live.target());
  if (!point) return;
  live.stopStepping();
  live.movedPin = point;
  live.reports.tell(["pin", live.movedPin]);
  live.speech.sayPin(live.movedPin, live.options.said);
  live.hover(null); // the readout must not cover the click's result
}

/**
 * @param {LiveView} live
 * @param {Place} place
 */
export function doubleClick(live, place) {
  if (live.options.edit_points) click(live, place); // two quick points
  else if (live.surface.isOn) live.reset();
  else live.zoomAt(place, 2);
}

/**
 * @param {LiveView} live
 * @param {Place} place
 */
function editPoint(live, place) {
  const index = live.cursor.pointAt(place), point = live.pointAt(place);
  if (index !== null) takeAway(live, index);
  else if (point && !live.isOnBadge(place)) live.reports.tell(["add", point]);
  live.hover(null);
}

/**
 * Take a point away. Indices count the points that the host has left after all removals before.
 * @param {LiveView} live
 * @param {number} index among the points on screen
 */
function takeAway(live, index) {
  let left = index;
  for (const { kind, value } of live.reports.pending) {
    if (kind !== "remove") continue;
    if (value === left) return; // a second click on a point that is about to go
    if (/** @type {number} */ (value) < left) left -= 1;
  }
  live.reports.tell(["remove", left]);
}

/**
 * What a press at a place grabs: the pin, a data point, the line of a unit that can be moved, or the picture.
 * @param {LiveView} live
 * @param {Place} place
 * @returns {Grabbed}
 */
export function grab(live, place) {
  if (live.surface.isOn) return { kind: "pan" };
  const pin = live.pin();
  if (pin && nearestPoint([pin], place, PIN_REACH, live) !== null) return { kind: "pin" };
  const index = live.cursor.pointAt(place);
  if (index !== null) return { kind: "point", index };
  if (!live.cursor.isOnMovableLine(place)) return { kind: "pan" };
  live.pointing?.grabLine?.(live.toPoint(place));
  return { kind: "line" };
}

/**
 * Drag what is grabbed. The readout follows: it shows the numbers at the current place of the pin or the point.
 * @param {LiveView} live
 * @param {Grabbed} grabbed
 * @param {Place} place
 * @param {boolean} done
 */
export function drag(live, { kind, index }, place, done) {
  const point = live.toPoint(place), { reports } = live;
  live.holding = !done;
  if (kind === "pin") {
    live.movedPin = point;
    if (done || !reports.isPending("pin")) reports.tell(["pin", point]);
    if (done) live.speech.sayPin(point, live.options.said);
  } else if (kind === "line") live.pointing?.moveLine?.(point);
  else {
    live.movedPoint = { index, point };
    if (done) reports.tell(["move", [index, ...point]]);
  }
  live.hover(done ? null : place);
}

/**
 * Arrow keys move the pin, if there is one; else the picture.
 * @param {LiveView} live
 * @param {number} across
 * @param {number} up
 * @param {boolean} large
 */
export function step(live, across, up, large) {
  if (live.surface.isOn) {
    const degrees = TURN_STEP * (large ? 4 : 1);
    live.surface.turnBy(degrees * across, degrees * up);
    return;
  }
  const pin = live.pin(), pixels = PIN_STEP * (large ? 10 : 1);
  if (!pin || !live.view) {
    live.panBy(-PAN_STEP * across, PAN_STEP * up);
    return;
  }
  /** @type {Point} */
  const point = [pin[0] + (across * pixels) / live.view.k, pin[1] + (up * pixels) / live.view.k];
  const [dx, dy] = beyondRim(live.plot, { x: live.toX(point[0]), y: live.toY(point[1]) });
  if (dx || dy) live.panBy(-dx, -dy);
  live.movedPin = point;
  live.hover(null);
  live.stopStepping();
  live.stepping = setTimeout(() => { // after the last key press, else the pin would lag behind a key held down
    live.stepping = null;
    live.reports.tell(["pin", point]);
    live.speech.sayPin(point, live.options.said);
  }, REST);
  live.schedule();
}

/**
 * @param {LiveView} live
 */
export function removePoint(live) {
  const { point } = live.cursor;
  if (live.options.edit_points && point !== null) takeAway(live, point);
}

/**
 * Escape closes the help, or else removes the pin.
 * @param {LiveView} live
 */
export function escape(live) {
  if (!live.help.hidden) {
    live.toggleHelp();
    return;
  }
  if (!live.pin()) return;
  live.stopStepping();
  live.movedPin = null;
  live.reports.tell(["pin", null]);
  live.speech.sayPin(null, live.options.said);
  live.schedule();
}
