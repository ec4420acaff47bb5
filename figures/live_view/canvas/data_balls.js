// The ε-balls around data points and their verdicts. Colour, dash and sign each show the verdict: proved, attacked or
// unknown.

/** @import { DataBalls, NormName, Point } from "../core/types.js" */
/** @import { Pen } from "./pen.js" */
/** @typedef {(context: CanvasRenderingContext2D, x: number, y: number, r: number) => void} Sign */

/** @type {{ role: "unknown" | "proved" | "attacked", sign: Sign }[]} in the order of figures.regions.overlays.VERDICTS */
const VERDICTS = [
  { role: "unknown", sign: traceQuestionMark },
  { role: "proved", sign: traceTick },
  { role: "attacked", sign: traceCross },
];
const MOST_SIGNED = 40; // balls in view: above it, only balls that are not proved have a sign
const SMALLEST_SIGNED = 9; // pixels of radius, below which the sign would cover its ball
/** @type {Record<NormName, number>} how far along the diagonal a ball of radius 1 reaches */
const CORNER = { inf: 1, 2: 0.72, 1: 0.52 };

/**
 * @param {Pen} pen
 * @param {Point[]} points
 * @param {DataBalls} balls
 */
export function drawDataBalls(pen, points, { eps, norm, verdicts }) {
  const { context, palette, plot, strokes, view, type } = pen, radius = eps * view.k;
  if (!(radius > 1)) return;
  const balls = verdicts.map((verdict, i) => {
    const [x, y] = [pen.toX(points[i][0]), pen.toY(points[i][1])];
    const seen = x + radius > plot.x && x - radius < plot.x + plot.width && y + radius > plot.y && y - radius < plot.y + plot.height;
    return { x, y, seen, ...VERDICTS[verdict] };
  }).filter(({ seen }) => seen);
  const width = radius < strokes.small_radius ? strokes.small_data_ball : strokes.data_ball;
  for (const { x, y, role } of balls) {
    traceBall(context, norm, x, y, radius);
    context.fillStyle = palette[role];
    context.globalAlpha = strokes.data_ball_fill;
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash(strokes.verdict_dashes[role]);
    context.strokeStyle = palette[role];
    context.lineWidth = width;
    context.stroke();
    context.setLineDash([]);
  }
  if (radius < SMALLEST_SIGNED) return;
  const size = Math.min(5.5, 0.3 * radius + 1.5) * type.scale, away = CORNER[norm] * radius;
  const signed = balls.length > MOST_SIGNED ? balls.filter(({ role }) => role !== "proved") : balls;
  for (const { x, y, role, sign } of signed) drawSign(pen, x + away, y - away, size, palette[role], sign);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {NormName} norm
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
function traceBall(context, norm, x, y, radius) {
  context.beginPath();
  if (norm === "2") context.arc(x, y, radius, 0, 2 * Math.PI);
  else if (norm === "inf") context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
  else {
    for (const [dx, dy] of [[1, 0], [0, 1], [-1, 0], [0, -1]]) context.lineTo(x + radius * dx, y + radius * dy);
    context.closePath();
  }
}

/**
 * A disc in the verdict's colour with the sign in the casing's.
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {string} colour
 * @param {Sign} sign
 */
function drawSign({ context, palette }, x, y, size, colour, sign) {
  context.setLineDash([]);
  context.beginPath();
  context.arc(x, y, size + 1, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.strokeStyle = palette.casing;
  context.lineWidth = Math.max(1.1, 0.34 * size);
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  sign(context, x, y, 0.5 * size);
  context.stroke();
}

/** @type {Sign} */
function traceTick(context, x, y, r) {
  context.moveTo(x - r, y);
  context.lineTo(x - 0.2 * r, y + 0.8 * r);
  context.lineTo(x + r, y - 0.8 * r);
}

/** @type {Sign} */
function traceCross(context, x, y, r) {
  for (const side of [-1, 1]) {
    context.moveTo(x - 0.8 * r, y - 0.8 * r * side);
    context.lineTo(x + 0.8 * r, y + 0.8 * r * side);
  }
}

/** @type {Sign} */
function traceQuestionMark(context, x, y, r) {
  context.arc(x, y - 0.4 * r, 0.62 * r, Math.PI, 0.45 * Math.PI);
  context.lineTo(x, y + 0.55 * r);
  context.moveTo(x, y + 1.25 * r);
  context.lineTo(x, y + 1.26 * r);
}
