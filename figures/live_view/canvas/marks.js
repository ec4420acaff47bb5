// Marks over the picture: data points, the region under the cursor, the pin, and the marks of cursor and keyboard.

import { regionCorners } from "../core/frame.js";
import { haloText, strokeCased } from "./pen.js";
import { traceShape } from "./shapes.js";

/** @import { Place, Point } from "../core/types.js" */
/** @import { Frame } from "../core/frame.js" */
/** @import { Pen } from "./pen.js" */

const CROSS = [[1, 0], [-1, 0], [0, 1], [0, -1]];
const CROSS_IN_TURN = [[1, 0], [0, 1], [-1, 0], [0, -1]];

/**
 * Begins a path through the points.
 * @param {Pick<Pen, "context" | "toX" | "toY">} pen
 * @param {Point[]} points
 */
export function tracePolygon({ context, toX, toY }, points) {
  context.beginPath();
  for (const [s, t] of points) context.lineTo(toX(s), toY(t));
  context.closePath();
}

/**
 * @param {Pen} pen
 * @param {Frame} frame
 * @param {number} region
 */
export function drawHovered(pen, frame, region) {
  const { context, palette, strokes } = pen;
  tracePolygon(pen, regionCorners(frame, region));
  context.fillStyle = palette.ink;
  context.globalAlpha = 0.1;
  context.fill();
  context.globalAlpha = 1;
  strokeCased(pen, palette.ink, strokes.hovered);
}

/**
 * @param {Pen} pen
 * @param {Point[]} points
 * @param {number[]} labels
 * @param {number | null} picked the one under the cursor
 * @param {number} ball the radius in pixels of the balls around them, which they must not hide
 */
export function drawPoints(pen, points, labels, picked, ball = Infinity) {
  const { context, palette, plot } = pen, crowd = points.length > 600 ? 0.62 : points.length > 200 ? 0.8 : 1;
  points.forEach(([s, t], i) => {
    const [x, y] = [pen.toX(s), pen.toY(t)];
    if (x < plot.x - 8 || x > plot.x + plot.width + 8 || y < plot.y - 8 || y > plot.y + plot.height + 8) return;
    const r = Math.min((i === picked ? 7.5 : 5) * crowd * pen.type.scale, Math.max(2.5, 0.5 * ball));
    traceShape(context, labels[i], x, y, r);
    context.lineWidth = i === picked ? 4 : Math.min(2.4 * crowd, 0.6 * r);
    context.lineJoin = "round";
    context.strokeStyle = palette.point_rim;
    context.stroke();
    context.fillStyle = palette.class_points[labels[i] % palette.class_points.length];
    context.fill();
  });
}

/**
 * @param {Pen} pen
 * @param {Point} pin
 */
export function drawPin({ context, strokes, toX, toY }, [s, t]) {
  for (const [radius, colour] of strokes.pin) {
    context.beginPath();
    context.arc(toX(s), toY(t), radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }
}

/**
 * The point x of a question: a diamond with its name.
 * @param {Pen} pen
 * @param {Point} asked
 */
export function drawAsked(pen, [s, t]) {
  const { context, palette } = pen, [x, y] = [pen.toX(s), pen.toY(t)], r = 9 * pen.type.scale;
  context.beginPath();
  for (const [dx, dy] of CROSS_IN_TURN) context.lineTo(x + r * dx, y + r * dy);
  context.closePath();
  context.fillStyle = palette.casing;
  context.fill();
  strokeCased(pen, palette.ink, 2.4);
  haloText(pen, "x", x + r + 6, y, { size: 17 * pen.type.scale });
}

/**
 * Where Enter pins: a cross with an open middle.
 * @param {Pen} pen
 * @param {Place} place
 */
export function drawTarget(pen, place) {
  traceOpenCross(pen.context, place, 4, 15);
  pen.context.lineCap = "round";
  strokeCased(pen, pen.palette.ink, 2);
}

/**
 * The place of the cursor in a linked view.
 * @param {Pen} pen
 * @param {Place} place
 */
export function drawFollowed(pen, place) {
  traceOpenCross(pen.context, place, 3, 10);
  strokeCased(pen, pen.palette.ink, 1.6);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Place} place
 * @param {number} from
 * @param {number} to
 */
function traceOpenCross(context, { x, y }, from, to) {
  context.beginPath();
  for (const [dx, dy] of CROSS) {
    context.moveTo(x + from * dx, y + from * dy);
    context.lineTo(x + to * dx, y + to * dy);
  }
}
