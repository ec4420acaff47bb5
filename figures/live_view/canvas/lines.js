// Vector lines over the raster: the edges by layer, one unit's bent hyperplane, the decision boundary.

import { edgeColour } from "../core/colours.js";
import { layerWidth, sparsity, unitSegments, visibleEdges } from "../core/edges.js";

/** @import { Palette, Strokes, View, ViewOptions } from "../core/types.js" */
/** @import { Frame } from "../core/frame.js" */

/**
 * A picture in device pixels, of which `ratio` make a CSS pixel; the view's middle is relative to the frame's centre.
 * @typedef {object} Ground
 * @property {CanvasRenderingContext2D} context
 * @property {Palette} palette
 * @property {Strokes} strokes
 * @property {View} view
 * @property {{ width: number, height: number, ratio: number }} size
 */

/**
 * @typedef {object} Way from the plane, relative to the frame's centre, to device pixels
 * @property {(s: number) => number} toX
 * @property {(t: number) => number} toY
 */

/**
 * Segments [sa, ta, sb, tb, ...] in strokes of a few hundred: far faster than one path of all.
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} segments
 * @param {Way} way
 * @param {string} colour
 * @param {number} lineWidth
 */
function strokeSegments(context, segments, { toX, toY }, colour, lineWidth) {
  context.strokeStyle = colour;
  context.lineWidth = lineWidth;
  for (let i = 0; i < segments.length; ) {
    context.beginPath();
    for (const stop = Math.min(segments.length, i + 1600); i < stop; i += 4) {
      context.moveTo(toX(segments[i]), toY(segments[i + 1]));
      context.lineTo(toX(segments[i + 2]), toY(segments[i + 3]));
    }
    context.stroke();
  }
}

/**
 * @param {Ground} ground
 * @param {Frame} frame
 * @param {ViewOptions} options
 */
export function drawEdges({ context, palette, strokes, view, size }, frame, options) {
  const { width, height, ratio } = size, layers = frame.layers.length;
  const way = {
    toX: (/** @type {number} */ s) => (s - view.s) * view.k + width / 2,
    toY: (/** @type {number} */ t) => height / 2 - (t - view.t) * view.k,
  };
  const visible = visibleEdges(frame, view, size, options.hidden_layers), sparse = sparsity(visible.drawn);
  const crowded = strokes.crowded_edge + (1 - strokes.crowded_edge) * sparse;
  context.lineCap = "butt";
  context.globalAlpha = 0.4 + 0.6 * sparse; // many lines are fainter and thinner
  for (let layer = layers - 1; layer >= 0; layer--) { // the first layer on top
    const lineWidth = ratio * layerWidth(strokes.edge, layer, layers) * crowded;
    strokeSegments(context, visible.perLayer[layer], way, edgeColour(palette, layer, layers), lineWidth);
  }
  context.globalAlpha = 1;
  strokeSegments(context, visible.perLayer[layers], way, palette.faint, ratio);
  if (options.lit_unit !== null) drawLit(context, frame, options.lit_unit, way, { palette, strokes }, ratio);
  if (options.show_boundary) drawBoundary(context, frame, way, palette, strokes, ratio);
  return visible;
}

/**
 * One unit's bent hyperplane.
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {number} unit
 * @param {Way} way
 * @param {{ palette: Palette, strokes: Strokes }} style
 * @param {number} ratio device pixels of a unit of length
 */
export function drawLit(context, frame, unit, way, { palette, strokes }, ratio) {
  const segments = unitSegments(frame, unit);
  context.lineCap = "round";
  strokeSegments(context, segments, way, palette.casing, strokes.lit_casing * ratio);
  strokeSegments(context, segments, way, palette.lit, strokes.lit * ratio);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {Way} way
 * @param {Palette} palette
 * @param {Strokes} strokes
 * @param {number} ratio
 */
function drawBoundary(context, { boundary, boundary_starts: starts }, { toX, toY }, palette, strokes, ratio) {
  context.beginPath();
  for (let line = 0; line + 1 < starts.length; line++) {
    for (let v = starts[line]; v < starts[line + 1]; v++) {
      const x = toX(boundary[2 * v]), y = toY(boundary[2 * v + 1]);
      if (v === starts[line]) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
  }
  context.lineJoin = "round";
  context.lineCap = "round";
  for (const [colour, width] of /** @type {const} */ ([[palette.casing, strokes.boundary_casing], [palette.d_D, strokes.boundary]])) {
    context.strokeStyle = colour;
    context.lineWidth = width * ratio;
    context.stroke();
  }
}

/**
 * Hatch the part of the view that has not been enumerated: it is neither a region nor empty.
 * @param {Ground} ground
 */
export function hatch({ context, palette, size: { width, height, ratio } }) {
  const step = 9 * ratio;
  context.beginPath();
  for (let x = -height; x < width; x += step) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.strokeStyle = palette.faint;
  context.globalAlpha = 0.35;
  context.lineWidth = ratio;
  context.stroke();
  context.globalAlpha = 1;
}
