// The pen: a context in CSS pixels, the map from (s, t) to them, colours and widths of lines; and the strokes, text and
// panels of all pictures.

/** @import { Palette, Plot, Strokes, View } from "../core/types.js" */

/**
 * @typedef {object} Pen
 * @property {CanvasRenderingContext2D} context
 * @property {Palette} palette
 * @property {Strokes} strokes
 * @property {Plot} plot
 * @property {View} view
 * @property {{ family: string, scale: number }} type
 * @property {(s: number) => number} toX
 * @property {(t: number) => number} toY
 */

/**
 * Stroke the context's path in a colour, on a thin outline that separates it from any fill.
 * @param {Pen} pen
 * @param {string} colour
 * @param {number} width
 * @param {number[]} dash
 */
export function strokeCased({ context, palette, strokes }, colour, width, dash = []) {
  context.lineJoin = "round";
  context.setLineDash([]);
  context.strokeStyle = palette.casing;
  context.globalAlpha = strokes.casing_opacity;
  context.lineWidth = width + strokes.casing;
  context.stroke();
  context.globalAlpha = 1;
  context.setLineDash(dash);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
  context.setLineDash([]);
}

/**
 * Draw text with a halo; "d_B" gets a subscript.
 * @param {Pen} pen
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {{ align?: "left" | "center" | "right", colour?: string, halo?: string, size?: number, weight?: number }} style
 */
export function haloText(pen, text, x, y, style = {}) {
  const { align = "left", colour = pen.palette.ink, halo = pen.palette.casing, size = 14, weight = 600 } = style;
  const { context } = pen;
  const parts = text.split(/(_[A-Za-z0-9])/).filter(Boolean).map((part) => {
    const lowered = part[0] === "_";
    const font = `${weight} ${lowered ? 0.74 * size : size}px ${pen.type.family}`;
    context.font = font;
    const shown = lowered ? part[1] : part;
    return { text: shown, font, drop: lowered ? 0.22 * size : 0, width: context.measureText(shown).width };
  });
  const total = parts.reduce((sum, { width }) => sum + width, 0);
  const start = x - (align === "center" ? total / 2 : align === "right" ? total : 0);
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const pass of ["halo", "ink"]) {
    let at = start;
    for (const part of parts) {
      context.font = part.font;
      if (pass === "halo") {
        context.strokeStyle = halo;
        context.lineWidth = 4;
        context.strokeText(part.text, at, y + part.drop);
      } else {
        context.fillStyle = colour;
        context.fillText(part.text, at, y + part.drop);
      }
      at += part.width;
    }
  }
}

/**
 * @param {Pick<Pen, "context" | "palette">} pen
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
export function drawPanel({ context, palette }, x, y, width, height) {
  context.beginPath();
  context.roundRect(x, y, width, height, 7);
  context.fillStyle = palette.ground;
  context.globalAlpha = 0.9;
  context.fill();
  context.globalAlpha = 0.5;
  context.strokeStyle = palette.faint;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}
