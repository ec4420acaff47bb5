// Strokes and text that all parts of the output plane share.

/** @import { OutputColours } from "./core.js" */

/**
 * @typedef {object} OutputPen
 * @property {CanvasRenderingContext2D} context
 * @property {OutputColours} colours
 * @property {{ x: number, y: number, width: number, height: number }} plot
 * @property {[number, number, number, number]} window x0, x1, y0, y1
 * @property {{ size: number, family: string }} font
 * @property {(a: number) => number} toX
 * @property {(b: number) => number} toY
 * @property {AxisName[]} [names] those of the axes, once they are drawn
 */

/**
 * The name of an axis as shown and in full, and its rectangle in the picture.
 * @typedef {{ shown: string, whole: string, shortened: boolean, x: number, y: number, width: number, height: number }} AxisName
 */

/**
 * Text with a halo.
 * @param {OutputPen} pen
 * @param {string} words
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 */
export function drawText({ context, colours }, words, x, y, colour = colours.ink) {
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = colours.ground;
  context.strokeText(words, x, y);
  context.fillStyle = colour;
  context.fillText(words, x, y);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 */
export function drawLine(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

/**
 * Dots, or crosses.
 * @param {OutputPen} pen
 * @param {[number, number][]} places
 * @param {number} radius
 * @param {string} colour
 */
export function drawDots(pen, places, radius, colour, cross = false) {
  const { context, colours } = pen;
  for (const [x, y] of places.map(([a, b]) => [pen.toX(a), pen.toY(b)])) {
    if (cross) {
      context.strokeStyle = colour;
      context.lineWidth = 2;
      drawLine(context, x - radius, y - radius, x + radius, y + radius);
      drawLine(context, x - radius, y + radius, x + radius, y - radius);
      continue;
    }
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    if (radius > 3) {
      context.strokeStyle = colours.casing;
      context.lineWidth = 2;
      context.stroke();
    }
  }
}
