// Paints the drawing: weights as lines, units as boxes with their own pictures, values at a point.

import { contextOf } from "../../../figures/live_view/canvas/context.js";
import { traceShape } from "../../../figures/live_view/canvas/shapes.js";
import { subscript } from "../../../figures/live_view/core/numbers.js";
import { edgeLine, edgeWidth } from "../core/layout.js";
import { isOn, numberOf, placeOf } from "../core/network.js";
import { shortNumber } from "./words.js";

/** @import { NetworkView, Unit } from "./network_view.js" */

const WIDEST = 4.5; // CSS pixels of the thickest line between few units
const CROWD = 160; // lines between two layers above which they are thinner and fainter
const LABELLED = 19; // pixels a side of a box that holds a number
const OFF = 0.28; // opacity of a unit that is off, and of its lines

/**
 * @param {NetworkView} view
 * @param {Float64Array[] | null} values pre-activations at the point whose values show
 */
export function paintNetwork(view, values) {
  const { canvas, stage } = view, ratio = window.devicePixelRatio || 1;
  const width = Math.round(stage.clientWidth * ratio), height = Math.round(stage.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = contextOf(canvas);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, stage.clientWidth, stage.clientHeight);
  const lit = litUnit(view);
  for (let layer = 0; layer < view.network.layers.length; layer++) drawWeights(context, view, layer, values, lit);
  drawInputs(context, view);
  for (let layer = 0; layer < view.network.layers.length; layer++) drawUnits(context, view, layer, values, lit);
  drawOutputs(context, view, values);
}

/**
 * The unit whose lines stand out: under a cursor here or in the picture, else the one that stays lit.
 * @param {NetworkView} view
 * @returns {Unit | null}
 */
function litUnit({ pointed, pointing, message, network }) {
  if (pointed) return pointed;
  const number = pointing?.unit ?? message.lit;
  return number === null || number === undefined ? null : placeOf(network, number);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {NetworkView} view
 * @param {number} layer
 * @param {Float64Array[] | null} values
 * @param {Unit | null} lit
 */
function drawWeights(context, view, layer, values, lit) {
  const { network, layout, palette, edge } = view, { inputs, weights } = network.layers[layer];
  const sources = layout.columns[layer].boxes.length, targets = layout.columns[layer + 1].boxes.length;
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const crowd = Math.min(1, Math.sqrt(CROWD / (sources * targets)));
  for (let to = 0; to < targets; to++) {
    for (let from = 0; from < sources; from++) {
      const weight = weights[to * inputs + from], [x0, y0, x1, y1] = edgeLine(layout, layer, to, from);
      const here = edge && edge.layer === layer && edge.to === to && edge.from === from;
      const touches = lit && ((lit.layer === layer && lit.unit === to) || (lit.layer === layer - 1 && lit.unit === from));
      const off = values && layer > 0 && !isOn(network.layers[layer - 1], from, values[layer - 1][from]);
      const strength = largest ? Math.abs(weight) / largest : 0;
      context.globalAlpha = here ? 1 : touches ? 0.95 : (0.25 + 0.55 * strength) * (0.35 + 0.65 * crowd) * (lit ? 0.45 : 1) * (off ? OFF : 1);
      context.strokeStyle = weight < 0 ? palette.negative : palette.positive;
      context.lineWidth = edgeWidth(weight, largest, WIDEST * (0.3 + 0.7 * crowd)) + (here ? 2 : touches ? 0.6 : 0);
      context.beginPath();
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {NetworkView} view
 */
function drawInputs(context, view) {
  const { layout, palette, type } = view, point = view.point(), { side } = layout;
  layout.columns[0].boxes.forEach(({ x, y }, input) => {
    context.strokeStyle = palette.faint;
    context.fillStyle = palette.ground;
    context.lineWidth = 1.2;
    context.beginPath();
    context.roundRect(x, y, side, side, 4);
    context.fill();
    context.stroke();
    context.fillStyle = palette.ink;
    context.font = `600 ${13 * type.scale}px ${type.family}`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText(`x${subscript(input + 1)}`, x - 5, y + side / 2);
    if (point && side >= LABELLED) label(context, view, shortNumber(point[input]), x, y, true);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {NetworkView} view
 * @param {number} layer
 * @param {Float64Array[] | null} values
 * @param {Unit | null} lit
 */
function drawUnits(context, view, layer, values, lit) {
  const { layout, palette, tiles, network, message } = view, { side, columns } = layout, { boxes } = columns[layer + 1];
  const isOutput = layer === network.layers.length - 1;
  boxes.forEach(({ x, y }, unit) => {
    const on = !values || isOutput || isOn(network.layers[layer], unit, values[layer][unit]);
    context.save();
    context.beginPath();
    context.roundRect(x, y, side, side, Math.min(4, side / 5));
    context.fillStyle = palette.ground;
    context.fill();
    context.clip();
    context.globalAlpha = on ? 1 : OFF;
    context.drawImage(tiles[layer][unit], x, y, side, side);
    context.restore();
    const isLit = lit && lit.layer === layer && lit.unit === unit, stays = message.lit !== null && numberOf(network, layer, unit) === message.lit;
    context.beginPath();
    context.roundRect(x, y, side, side, Math.min(4, side / 5));
    context.strokeStyle = isLit || stays ? palette.lit : values && on && !isOutput ? palette.ink : palette.faint;
    context.lineWidth = isLit || stays ? 3 : values && on && !isOutput ? 1.8 : 1;
    context.stroke();
    if (values && side >= LABELLED && !isOutput) label(context, view, shortNumber(values[layer][unit]), x, y, on);
  });
  const { hidden, middle, bottom } = columns[layer + 1];
  if (!hidden) return;
  context.font = `${11 * view.type.scale}px ${view.type.family}`;
  context.fillStyle = palette.ink;
  context.textAlign = "center";
  context.textBaseline = "top";
  context.fillText(`… ${hidden} more`, middle, bottom + 3);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {NetworkView} view
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {boolean} on
 */
function label(context, { layout, palette, type }, text, x, y, on) {
  const { side } = layout, size = Math.min(11 * type.scale, side * 0.36);
  context.font = `600 ${size}px ${type.family}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const wide = Math.min(side - 1, context.measureText(text).width + 4), middle = y + side - size / 2 - 2;
  context.globalAlpha = 0.86;
  context.fillStyle = palette.ground;
  context.fillRect(x + (side - wide) / 2, middle - size / 2 - 1, wide, size + 2);
  context.globalAlpha = on ? 1 : 0.75;
  context.fillStyle = palette.ink;
  context.fillText(text, x + side / 2, middle + 0.5, side - 2);
  context.globalAlpha = 1;
}

/**
 * The class of each output, and its score at the point.
 * @param {CanvasRenderingContext2D} context
 * @param {NetworkView} view
 * @param {Float64Array[] | null} values
 */
function drawOutputs(context, { layout, palette, type, message }, values) {
  const { side, columns } = layout, scores = values?.at(-1), high = scores ? Math.max(...scores) : NaN;
  columns.at(-1).boxes.forEach(({ x, y }, label) => {
    const middle = y + side / 2, text = scores ? shortNumber(scores[label]) : (message.class_names[label] ?? String(label));
    traceShape(context, label, x + side + 12, middle, 5.5);
    context.fillStyle = palette.class_points[label % palette.class_points.length];
    context.fill();
    context.font = `${scores && scores[label] === high ? 700 : 400} ${12.5 * type.scale}px ${type.family}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillStyle = palette.ink;
    context.fillText(text, x + side + 22, middle, 44 * type.scale);
  });
}
