// The readout: the network's values in the region under the cursor.

import { sharpContext } from "../canvas/context.js";
import { drawFitted, imageAt } from "../canvas/images.js";
import { traceShape } from "../canvas/shapes.js";
import { evaluateRegion, regionArea, regionPattern, scoresAt } from "../core/frame.js";
import { className } from "../core/legend.js";
import { affineText, counted, inUnits, mapInUnits, pointText, subscript, thousands, threeDigits } from "../core/numbers.js";

/** @import { Palette, Place, Plot, Point, ViewOptions } from "../core/types.js" */
/** @import { Frame } from "../core/frame.js" */

const IMAGE = 112; // CSS pixels a side
const LONG = 10; // class names up to this length are shown whole beside their scores
const MOST_LAYERS = 8; // whose units are shown one by one

/**
 * @param {HTMLElement} box
 * @param {Frame} frame
 * @param {ViewOptions} options
 * @param {Palette} palette
 * @param {number} region
 * @param {Point} point
 */
export function fillReadout(box, frame, options, palette, region, [s, t]) {
  const here = evaluateRegion(frame, region, s - frame.centre[0], t - frame.centre[1]);
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (box.querySelector(`[data-part="${name}"]`));
  const canvas = (/** @type {string} */ name) => /** @type {HTMLCanvasElement} */ (part(name));
  drawBadgeShape(canvas("shape"), here.label, palette);
  part("class").textContent = className(options, here.label);
  const alone = here.other === null; // the network has one output
  part("margin").textContent = alone ? "" : `margin ${threeDigits(here.margin)}`;
  const [first, second] = [here.label, here.other].map((index) => `f${subscript(index ?? 0)}`);
  part("map").textContent = alone ? "" : `${first} − ${second} = ${affineText(mapInUnits(here.map, options.scales), [nameAlone(options.axes[0]), nameAlone(options.axes[1])])}`;
  drawPattern(part("pattern"), frame, region, palette);
  part("shape-of").textContent = frame.grid ? "" : shapeText(frame, region);
  part("seen").hidden = !frame.basis;
  if (frame.basis) {
    drawSeen(canvas("image"), frame, s, t);
    listScores(part("scores"), frame, options, palette, region, s, t);
  }
  part("place").textContent = pointText(inUnits([s, t], options.scales));
}

/**
 * An axis's name without its unit: "rho" of "rho [ft]".
 * @param {string} axis
 */
const nameAlone = (axis) => axis.replace(/ \[[^\]]*\]$/, "");

/**
 * Place the box beside the cursor, on the side where it fits.
 * @param {HTMLElement} box
 * @param {Place} place
 * @param {Plot} plot
 */
export function placeReadout(box, { x, y }, plot) {
  const { width, height } = box.getBoundingClientRect(), gap = 18;
  const left = x + gap + width <= plot.x + plot.width ? x + gap : Math.max(4, x - gap - width);
  const top = Math.min(Math.max(plot.y + 4, y - height / 2), plot.y + plot.height - height - 4);
  box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

/**
 * @param {Frame} frame
 * @param {number} region
 */
function shapeText(frame, region) {
  const faces = frame.starts[region + 1] - frame.starts[region];
  return `area in view ${threeDigits(regionArea(frame, region))} · ${counted(faces, "side")}`;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} label
 * @param {Palette} palette
 */
function drawBadgeShape(canvas, label, palette) {
  const context = sharpContext(canvas, 18, 18);
  traceShape(context, label, 9, 9, 6);
  context.fillStyle = palette.class_points[label % palette.class_points.length];
  context.fill();
}

/**
 * One row of marks per layer, active units filled; and the count in words for screen readers.
 * @param {HTMLElement} host
 * @param {Frame} frame
 * @param {number} region
 * @param {Palette} palette
 */
function drawPattern(host, frame, region, palette) {
  host.replaceChildren();
  const pattern = regionPattern(frame, region);
  const addRow = (/** @type {string} */ text, /** @type {HTMLCanvasElement[]} */ ...canvases) => {
    const row = document.createElement("div"), name = document.createElement("span");
    name.textContent = text;
    row.append(name, ...canvases);
    host.append(row);
  };
  if (!pattern) {
    const units = frame.widths.reduce((sum, width) => sum + width, 0);
    addRow(`${thousands(frame.active[region])} of ${counted(units, "unit")} on`);
    return;
  }
  pattern.slice(0, MOST_LAYERS).forEach((bits, layer) => {
    const canvas = document.createElement("canvas");
    drawBits(canvas, bits, palette);
    addRow(`layer ${layer + 1}: ${bits.reduce((sum, bit) => sum + bit, 0)}/${bits.length} on`, canvas);
  });
  if (pattern.length > MOST_LAYERS) addRow(`and ${counted(pattern.length - MOST_LAYERS, "more layer")}`);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} bits
 * @param {Palette} palette
 */
function drawBits(canvas, bits, palette) {
  const width = 150, perRow = bits.length <= 75 ? bits.length : bits.length <= 300 ? 50 : 75;
  const rows = Math.min(8, Math.ceil(bits.length / perRow)), step = Math.min(9, width / perRow), height = rows > 2 ? 3.5 : 6;
  const context = sharpContext(canvas, width, rows * (height + 1));
  bits.slice(0, rows * perRow).forEach((bit, i) => {
    const [x, y] = [(i % perRow) * step, Math.floor(i / perRow) * (height + 1)];
    context.fillStyle = bit ? palette.ink : palette.faint;
    context.globalAlpha = bit ? 1 : 0.28;
    context.fillRect(x, y, Math.max(0.8, step - 0.7), height);
  });
}

/**
 * The image under the cursor.
 * @param {HTMLCanvasElement} canvas
 * @param {Frame} frame
 * @param {number} s
 * @param {number} t
 */
function drawSeen(canvas, frame, s, t) {
  const context = sharpContext(canvas, IMAGE, IMAGE);
  context.imageSmoothingEnabled = false;
  drawFitted(context, imageAt(frame, s, t), 0, 0, IMAGE);
}

/**
 * The scores of the classes that the frame holds for the region.
 * @param {HTMLElement} host
 * @param {Frame} frame
 * @param {ViewOptions} options
 * @param {Palette} palette
 * @param {number} region
 * @param {number} s
 * @param {number} t
 */
function listScores(host, frame, options, palette, region, s, t) {
  const scores = scoresAt(frame, region, s - frame.centre[0], t - frame.centre[1]);
  const values = scores.map(({ value }) => value), low = Math.min(...values), high = Math.max(...values);
  host.replaceChildren();
  for (const { label, value } of scores) {
    const [name, bar, number] = ["b", "i", "span"].map((tag) => document.createElement(tag));
    const known = options.class_names[label] ?? String(label);
    name.textContent = known.length > LONG ? `${known.slice(0, LONG - 1)}…` : known;
    name.style.fontWeight = number.style.fontWeight = value === high ? "700" : "400";
    bar.style.width = `${6 + (94 * (value - low)) / (high - low || 1)}%`;
    bar.style.background = palette.class_fills[label % palette.class_fills.length];
    number.textContent = threeDigits(value);
    host.append(name, bar, number);
  }
}
