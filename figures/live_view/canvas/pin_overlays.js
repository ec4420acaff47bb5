// The pin's certificate: its region, hyperplanes and balls with their labels, and the witness.

import { labelPlaces } from "../core/ball_labels.js";
import { clipLine } from "../core/clip.js";
import { isInside } from "../core/hits.js";
import { tracePolygon } from "./marks.js";
import { haloText, strokeCased } from "./pen.js";

/** @import { Ball, Overlays, Plot, Point } from "../core/types.js" */
/** @import { Ends } from "../core/clip.js" */
/** @import { Pen } from "./pen.js" */

const MARK = 9; // pixels from the middle of the pin or the witness to its rim

/**
 * @param {Pen} pen
 * @param {Overlays} overlays
 * @param {Plot[]} taken what will be drawn over the picture
 */
export function drawPinOverlays(pen, overlays, taken) {
  const { palette, strokes } = pen; // a role is also the name of its colour
  drawRegions(pen, overlays);
  for (const { role, line, label } of overlays.hyperplanes) {
    const ends = clipLine(line, pen);
    if (!ends) continue;
    pen.context.beginPath();
    for (const [x, y] of ends) pen.context.lineTo(x, y);
    strokeCased(pen, palette[role], strokes.hyperplane, strokes.hyperplane_dash);
    if (label) labelLine(pen, ends, label, palette[role]);
  }
  const balls = overlays.balls.filter(({ disc, outline }) => disc || (outline?.length ?? 0) > 2);
  for (const ball of balls) {
    if (ball.disc) traceDisc(pen, ball.disc);
    else tracePolygon(pen, ball.outline ?? []);
    strokeCased(pen, palette[ball.role], strokes.ball);
  }
  if (overlays.witness) drawWitness(pen, overlays.witness);
  labelBalls(pen, balls, overlays, taken);
}

/**
 * @param {Pen} pen
 * @param {Pick<Overlays, "region" | "class_region">} overlays
 */
export function drawRegions(pen, { region, class_region }) {
  const { context, palette, strokes } = pen;
  const fill = (/** @type {Point[]} */ outline, /** @type {string} */ colour, /** @type {number} */ alpha) => {
    tracePolygon(pen, outline);
    context.fillStyle = colour;
    context.globalAlpha = alpha;
    context.fill();
    context.globalAlpha = 1;
  };
  if (region) {
    fill(region, palette.ink, 0.07);
    strokeCased(pen, palette.ink, strokes.region);
  }
  if (class_region) {
    fill(class_region, palette.casing, 0.35);
    strokeCased(pen, palette.ink, strokes.class_region, strokes.class_region_dash);
  }
}

/**
 * @param {Pen} pen
 * @param {[number, number, number]} disc
 */
function traceDisc({ context, toX, toY, view }, [s, t, radius]) {
  context.beginPath();
  context.arc(toX(s), toY(t), radius * view.k, 0, 2 * Math.PI);
}

/**
 * Points on a disc's border.
 * @param {[number, number, number]} disc
 * @returns {Point[]}
 */
function cornersOf([s, t, radius], count = 64) {
  return Array.from({ length: count }, (_, i) => [
    s + radius * Math.cos((2 * Math.PI * i) / count), t + radius * Math.sin((2 * Math.PI * i) / count),
  ]);
}

/**
 * The label of the lower bound lies above its ball, that of the upper bound below, where they hide no ball, pin or
 * witness.
 * @param {Pen} pen
 * @param {Ball[]} balls
 * @param {Pick<Overlays, "pin" | "witness">} overlays
 * @param {Plot[]} taken what will be drawn over the picture
 */
export function labelBalls(pen, balls, { pin, witness }, taken) {
  const { context, palette, plot, type } = pen, size = 16 * type.scale, weight = 700;
  const outlines = balls.map(({ disc, outline }) => onScreen(pen, disc ? cornersOf(disc) : (outline ?? [])));
  const marks = [pin, witness].flatMap((point) => (point ? [squareAround(pen, point)] : []));
  context.font = `${weight} ${size}px ${type.family}`;
  const labelled = balls.map(({ role, label }, i) => ({
    role, label, outline: outlines[i], above: role === "d_B" || role === "proved",
    size: { width: context.measureText(label.replace("_", "")).width, height: size },
  })).filter(({ label, outline }) => label && outline.some((place) => isInside(plot, place)));
  labelPlaces(labelled, [...outlines, ...marks], taken, plot).forEach((place, i) => {
    const { label, role } = labelled[i];
    if (place) haloText(pen, label, place.x, place.y, { align: "center", colour: palette[role], size, weight });
  });
}

/**
 * @param {Pen} pen
 * @param {Point[]} points
 */
function onScreen({ toX, toY }, points) {
  return points.map(([s, t]) => ({ x: toX(s), y: toY(t) }));
}

/**
 * The corners of a square that covers the pin or the witness.
 * @param {Pen} pen
 * @param {Point} point
 */
function squareAround(pen, point) {
  const [{ x, y }] = onScreen(pen, [point]);
  return [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([dx, dy]) => ({ x: x + MARK * dx, y: y + MARK * dy }));
}

/**
 * @param {Pen} pen
 * @param {Ends} ends
 * @param {string} label
 * @param {string} colour
 */
function labelLine(pen, [[x0, y0], [x1, y1]], label, colour) {
  const length = Math.hypot(x1 - x0, y1 - y0), share = Math.min(0.4, 90 / Math.max(1, length));
  const [x, y] = [x0 + share * (x1 - x0), y0 + share * (y1 - y0)];
  haloText(pen, label, x + 8, y - 10, { colour, size: 13 * pen.type.scale });
}

/**
 * @param {Pen} pen
 * @param {Point} witness
 */
export function drawWitness(pen, [s, t]) {
  const { context, palette, strokes } = pen, [x, y] = [pen.toX(s), pen.toY(t)];
  context.beginPath();
  for (const sign of [-1, 1]) {
    context.moveTo(x - 6, y - 6 * sign);
    context.lineTo(x + 6, y + 6 * sign);
  }
  context.lineCap = "round";
  strokeCased(pen, palette.d_D, strokes.witness);
}
