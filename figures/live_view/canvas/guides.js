// Guides: axes, scale bar and badge. Drawn on the canvas, so that a PNG has them too.

import { roundLength } from "../core/numbers.js";
import { roundStep, ticks } from "../core/ticks.js";
import { drawPanel } from "./pen.js";

/** @import { Plot, Scale } from "../core/types.js" */
/** @import { Pen } from "./pen.js" */

/**
 * @param {Pen} pen
 * @param {[string, string]} axes their names
 * @param {[Scale, Scale]} scales
 */
export function drawAxes(pen, axes, [[s0, perS], [t0, perT]]) {
  const { context, plot, palette, view, type } = pen, size = 12 * type.scale, bottom = plot.y + plot.height;
  const across = plot.width / 2 / view.k, up = plot.height / 2 / view.k;
  const horizontal = ticks(s0 + (view.s - across) * perS, s0 + (view.s + across) * perS, plot.width / (110 * type.scale));
  const vertical = ticks(t0 + (view.t - up) * perT, t0 + (view.t + up) * perT, plot.height / (80 * type.scale));
  context.strokeStyle = palette.faint;
  context.fillStyle = palette.ink;
  context.lineWidth = 1;
  context.font = `400 ${size}px ${type.family}`;
  context.beginPath();
  context.rect(plot.x - 0.5, plot.y - 0.5, plot.width + 1, plot.height + 1);
  context.textBaseline = "top";
  context.textAlign = "center";
  const names = axes.map((name, i) => `${name} ${[horizontal, vertical][i].base}`.trim());
  const nameWidth = context.measureText(names[0]).width;
  for (const { value, text } of horizontal.places) {
    const x = Math.round(pen.toX((value - s0) / perS)) + 0.5;
    context.moveTo(x, bottom + 1);
    context.lineTo(x, bottom + 5);
    if (x < plot.x + plot.width - nameWidth - 24 * type.scale) context.fillText(text, x, bottom + 7);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { value, text } of vertical.places) {
    const y = Math.round(pen.toY((value - t0) / perT)) + 0.5;
    context.moveTo(plot.x - 5, y);
    context.lineTo(plot.x - 1, y);
    if (y > plot.y + 20 * type.scale) context.fillText(text, plot.x - 7, y);
  }
  context.stroke();
  context.font = `italic 600 ${1.1 * size}px ${type.family}`;
  context.fillText(names[0], plot.x + plot.width, bottom + 8 + size / 2);
  if (!vertical.base && context.measureText(names[1]).width < plot.x - 8) context.fillText(names[1], plot.x - 8, plot.y + 7);
  else drawTurned(pen, names[1], plot.x + size, plot.y + plot.height / 2);
}

/**
 * A long name of the vertical axis runs along it, inside the plot.
 * @param {Pen} pen
 * @param {string} text
 * @param {number} x
 * @param {number} y
 */
function drawTurned({ context, palette }, text, x, y) {
  context.save();
  context.translate(x, y);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  context.strokeStyle = palette.casing;
  context.lineWidth = 4;
  context.strokeText(text, 0, 0);
  context.fillText(text, 0, 0);
  context.restore();
}

/**
 * Left out where it would overlap the badge: the axes have ticks.
 * @param {Pen} pen
 * @param {Badge | null} badge
 */
export function drawScaleBar(pen, badge) {
  const { context, plot, palette, view, type } = pen, size = 12 * type.scale;
  const length = roundStep((120 * type.scale) / view.k), width = length * view.k;
  const [x, y] = [plot.x + plot.width - width - 22, plot.y + plot.height - 20];
  if (badge && x - 12 < badge.x + badge.width) return;
  drawPanel(pen, x - 12, y - size - 10, width + 24, size + 22);
  context.beginPath();
  context.moveTo(x, y - 4);
  context.lineTo(x, y + 3);
  context.lineTo(x + width, y + 3);
  context.lineTo(x + width, y - 4);
  context.strokeStyle = palette.ink;
  context.lineWidth = 1.6;
  context.lineJoin = "miter";
  context.stroke();
  context.fillStyle = palette.ink;
  context.font = `500 ${size}px ${type.family}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(roundLength(length), x + width / 2, y - size / 2 - 1);
}

/** @typedef {Plot & { texts: string[], bold: number }} Badge a badge's place and its lines, of which the first are bold */

/**
 * Where the badge lies, in the lower left corner; null without a text.
 * @param {Pen} pen
 * @param {string[]} lines the first is bold
 * @returns {Badge | null}
 */
export function placeBadge({ context, plot, type }, lines) {
  const size = 13 * type.scale;
  context.font = `600 ${size}px ${type.family}`;
  const [first, ...others] = lines.filter(Boolean).map((text) => wrapped(context, text, plot.width - 42));
  if (!first) return null;
  const texts = [...first, ...others.flat()];
  const width = Math.max(...texts.map((text) => context.measureText(text).width)) + 22;
  const height = texts.length * 1.45 * size + 9;
  return { x: plot.x + 10, y: plot.y + plot.height - height - 10, width, height, texts, bold: first.length };
}

/**
 * @param {Pen} pen
 * @param {Badge} badge
 */
export function drawBadge(pen, { x, y, width, height, texts, bold }) {
  const { context, palette, type } = pen, size = 13 * type.scale;
  drawPanel(pen, x, y, width, height);
  context.fillStyle = palette.ink;
  context.textAlign = "left";
  context.textBaseline = "middle";
  texts.forEach((text, i) => {
    context.font = `${i < bold ? 600 : 400} ${size}px ${type.family}`;
    context.fillText(text, x + 11, y + 5 + (i + 0.5) * 1.45 * size);
  });
}

/**
 * Break a text into lines no wider than the limit, as far as its words allow.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} room
 */
function wrapped(context, text, room) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && context.measureText(longer).width <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
