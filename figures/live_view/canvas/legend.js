// The legend on the canvas, so that a PNG has it too.

import { edgeColour } from "../core/colours.js";
import { layerWidth } from "../core/edges.js";
import { ROLES, legendRows } from "../core/legend.js";
import { thousands, threeDigits } from "../core/numbers.js";
import { drawPanel, haloText } from "./pen.js";
import { traceShape } from "./shapes.js";

/** @import { Overlays, Place, Plot, Role, ViewOptions } from "../core/types.js" */
/** @import { Frame } from "../core/frame.js" */
/** @import { Row } from "../core/legend.js" */
/** @import { Pen } from "./pen.js" */

/** @typedef {Place & { width: number, height: number }} Box on the stage, in CSS pixels */

/**
 * Left out where it would cover most of the plot.
 * @param {Pen} pen
 * @param {Frame} frame
 * @param {Overlays} overlays
 * @param {ViewOptions} options
 * @param {boolean} folded draw its name alone
 * @param {Place} tools the lower right corner of the picture's tools: where the legend has no room beside them, it is below
 * @returns {Box | null} where it is
 */
export function drawLegend(pen, frame, overlays, options, folded, tools) {
  if (folded) return drawFolded(pen, tools);
  const { context, plot, palette, type } = pen, size = 13 * type.scale, line = 1.6 * size, sample = 26 * type.scale;
  const rows = legendRows(frame, overlays, options);
  const heights = rows.map(({ kind }) => (kind === "scale" ? 2.3 * line : line));
  context.font = `500 ${size}px ${type.family}`;
  const texts = rows.map(({ text }) => context.measureText(text.replace("_", "")).width);
  const width = Math.max(...texts, rows.some(({ kind }) => kind === "scale") ? 110 * type.scale : 0) + sample + 30;
  const height = heights.reduce((sum, h) => sum + h, 0) + 14;
  if (!rows.length || height > plot.height - 60 || width > 0.6 * plot.width) return null;
  const x = plot.x + plot.width - width - 10;
  const above = topBeside(plot, x, tools);
  let y = above + 7;
  drawPanel(pen, x, above, width, height);
  rows.forEach((row, i) => {
    const middle = y + line / 2;
    if (row.kind === "scale") drawScaleKey(pen, frame, options, row.text, x + 11, y, width - 22, line, size);
    else {
      if (row.kind === "class") drawClassSample(pen, row.number, overlays, options, x + 11, middle, sample);
      else drawLineSample(pen, row, frame.layers.length, x + 11, middle, sample);
      haloText(pen, row.text, x + sample + 19, middle, { size, weight: 500, halo: palette.ground });
    }
    y += heights[i];
  });
  return { x, y: above, width, height };
}

/**
 * Where a legend begins whose left side is at x.
 * @param {Plot} plot
 * @param {number} x
 * @param {Place} tools
 */
function topBeside(plot, x, tools) {
  return x < tools.x + 6 ? Math.max(plot.y + 10, tools.y + 6) : plot.y + 10;
}

/**
 * @param {Pen} pen
 * @param {Place} tools
 * @returns {Box}
 */
function drawFolded(pen, tools) {
  const { context, plot, palette, type } = pen, size = 13 * type.scale, text = "legend ▾";
  context.font = `500 ${size}px ${type.family}`;
  const width = context.measureText(text).width + 22, height = Math.max(30, 2.2 * size);
  const x = plot.x + plot.width - width - 10, box = { x, y: topBeside(plot, x, tools), width, height };
  drawPanel(pen, box.x, box.y, width, height);
  haloText(pen, text, box.x + 11, box.y + height / 2, { size, weight: 500, halo: palette.ground });
  return box;
}

/**
 * @param {Pen} pen
 * @param {number} label
 * @param {Overlays} overlays
 * @param {ViewOptions} options
 * @param {number} x
 * @param {number} y
 * @param {number} width
 */
function drawClassSample({ context, palette, type }, label, overlays, options, x, y, width) {
  if (options.fill === "class") {
    context.fillStyle = palette.class_fills[label % palette.class_fills.length];
    context.beginPath();
    context.roundRect(x, y - 7 * type.scale, width, 14 * type.scale, 3);
    context.fill();
  }
  if (!options.show_points || !overlays.points.length) return;
  traceShape(context, label, x + width / 2, y, 4.6 * type.scale);
  context.strokeStyle = palette.point_rim;
  context.lineWidth = 2;
  context.stroke();
  context.fillStyle = palette.class_points[label % palette.class_points.length];
  context.fill();
}

/**
 * @param {Pen} pen
 * @param {Row} row
 * @param {number} layers
 * @param {number} x
 * @param {number} y
 * @param {number} width
 */
function drawLineSample({ context, palette, strokes, type }, { kind, number }, layers, x, y, width) {
  context.beginPath();
  if (isRole(kind)) {
    context.arc(x + width / 2, y, 6.5 * type.scale, 0, 2 * Math.PI);
    context.strokeStyle = palette[kind];
    context.lineWidth = strokes.ball;
  } else {
    context.moveTo(x, y);
    context.lineTo(x + width, y);
    const layer = kind === "layer";
    context.strokeStyle = layer ? edgeColour(palette, number, layers) : kind === "lit" ? palette.lit : palette.d_D;
    context.lineWidth = layer ? layerWidth(strokes.edge_sample, number, layers) : kind === "lit" ? strokes.lit : strokes.boundary;
  }
  context.stroke();
}

/**
 * @param {string} kind
 * @returns {kind is Role}
 */
function isRole(kind) {
  return ROLES.some((role) => role === kind);
}

/**
 * @param {Pen} pen
 * @param {Frame} frame
 * @param {ViewOptions} options
 * @param {string} title
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} line
 * @param {number} size
 */
function drawScaleKey({ context, palette, type }, frame, options, title, x, y, width, line, size) {
  const name = options.fill === "gradient" ? `gradient-${options.norm}` : options.fill;
  const [low, high] = frame.ranges[name], bar = context.createLinearGradient(x, 0, x + width, 0);
  palette.scale.forEach((colour, i) => bar.addColorStop(i / (palette.scale.length - 1), colour));
  context.fillStyle = palette.ink;
  context.font = `500 ${size}px ${type.family}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillText(title, x, y + line / 2);
  context.fillStyle = bar;
  context.beginPath();
  context.roundRect(x, y + line * 0.95, width, 9 * type.scale, 2);
  context.fill();
  context.fillStyle = palette.ink;
  context.font = `400 ${0.88 * size}px ${type.family}`;
  const counts = options.fill === "active", shown = counts ? thousands : threeDigits;
  context.fillText(shown(low), x, y + 1.85 * line);
  context.textAlign = "right";
  context.fillText(`${counts ? "" : "≥ "}${shown(high)}`, x + width, y + 1.85 * line);
}
