// Lines on a surface: edges of regions by layer, the decision boundary, lit units, faint folds.

import { edgeColour, word } from "./colours.js";
import { isDrawn, layerWidth, sparsity } from "./edges.js";
import { DECISION, FOLD, RIM, TAKEN } from "./cuts.js";

/** @import { Palette, PlaneWindow, Strokes, ViewOptions } from "./types.js" */
/** @import { Facets } from "./facets.js" */
/** @import { Frame } from "./frame.js" */

const FINER = 0.85; // than lines of the flat picture, which are not foreshortened
const LINE_BUDGET = 30000; // lines drawn at most; a limit on the time of a painting

/**
 * Lines on a sheet: per line its two ends (s, t, height), its colour, opacity and width in CSS pixels.
 * @typedef {object} SheetLines
 * @property {Float32Array} ends
 * @property {Uint32Array} colours RGBA words
 * @property {Float32Array} widths
 * @property {number} oneIn the edges of one in so many units are drawn
 */

/**
 * The sides of facets as lines: edges by layer, the decision boundary, lit units, and faint folds.
 * @param {Frame} frame
 * @param {Facets} facets
 * @param {Float64Array[]} sheets the heights at the corners, of each sheet
 * @param {Pick<ViewOptions, "hidden_layers" | "show_boundary">} options
 * @param {number[]} lit units
 * @param {Palette} palette
 * @param {Strokes} strokes
 * @returns {SheetLines}
 */
export function sheetLines(frame, facets, sheets, options, lit, palette, strokes) {
  const { sides, starts, corners, count } = facets, layers = frame.layers.length;
  let edges = 0;
  for (const side of sides) if (side < FOLD && !options.hidden_layers.includes(frame.layerOfUnit[side])) edges++;
  let oneIn = 1;
  while ((edges * sheets.length) / oneIn > LINE_BUDGET) oneIn *= 2;
  const sparse = sparsity((edges * sheets.length) / oneIn), crowded = strokes.crowded_edge + (1 - strokes.crowded_edge) * sparse;
  const faint = FINER * (sheets.length > 1 ? 0.5 : 0.4 + 0.6 * sparse);
  const styles = frame.layers.map((_, layer) => /** @type {const} */ ([withOpacity(edgeColour(palette, layer, layers), faint), layerWidth(strokes.edge, layer, layers) * crowded * FINER]));
  /** @type {number[][]} */
  const lists = [[], [], []]; // edges, the decision boundary, lit units: in this order
  for (let f = 0; f < count; f++) {
    for (let k = starts[f]; k < starts[f + 1]; k++) {
      const side = sides[k], next = k + 1 < starts[f + 1] ? k + 1 : starts[f];
      if (side === TAKEN) continue;
      if (side === DECISION) {
        if (options.show_boundary) lists[1].push(k, next, withOpacity(palette.d_D, 1), strokes.boundary);
      } else if (side === RIM) lists[0].push(k, next, withOpacity(palette.ink, 0.5), 1.1);
      else if (side === FOLD) lists[0].push(k, next, withOpacity(palette.ink, 0.22), 0.8);
      else {
        if (lit.includes(side)) lists[2].push(k, next, withOpacity(palette.lit, 1), strokes.lit);
        const layer = frame.layerOfUnit[side];
        if (!options.hidden_layers.includes(layer) && isDrawn(side, oneIn)) lists[0].push(k, next, styles[layer][0], styles[layer][1]);
      }
    }
  }
  const all = lists.flatMap((list) => list), lines = (all.length / 4) * sheets.length;
  const ends = new Float32Array(6 * lines), colours = new Uint32Array(lines), widths = new Float32Array(lines);
  let at = 0;
  for (let i = 0; i < all.length; i += 4) {
    const [from, to] = [all[i], all[i + 1]];
    for (const heights of sheets) {
      ends.set([corners[2 * from], corners[2 * from + 1], heights[from], corners[2 * to], corners[2 * to + 1], heights[to]], 6 * at);
      colours[at] = all[i + 2];
      widths[at++] = all[i + 3];
    }
  }
  return { ends, colours, widths, oneIn };
}

/**
 * The decision boundary over a grid: heights at its corners are those of `heightOver`.
 * @param {Frame} frame
 * @param {PlaneWindow} window relative to the frame's centre
 * @param {((s: number, t: number) => number)[]} sheets the height of each sheet over a point
 * @param {Palette} palette
 * @param {Strokes} strokes
 * @returns {SheetLines}
 */
export function boundaryLines({ boundary, boundary_starts: starts }, [s0, s1, t0, t1], sheets, palette, strokes) {
  const ends = [], isIn = (/** @type {number} */ s, /** @type {number} */ t) => s >= s0 && s <= s1 && t >= t0 && t <= t1;
  for (let line = 0; line + 1 < starts.length; line++) {
    for (let v = starts[line]; v + 1 < starts[line + 1]; v++) {
      const [s, t, s2, t2] = boundary.subarray(2 * v, 2 * v + 4);
      if (isIn(s, t) && isIn(s2, t2)) for (const over of sheets) ends.push(s, t, over(s, t), s2, t2, over(s2, t2));
    }
  }
  const count = ends.length / 6, colour = withOpacity(palette.d_D, 1);
  return { ends: Float32Array.from(ends), colours: new Uint32Array(count).fill(colour), widths: new Float32Array(count).fill(strokes.boundary), oneIn: 1 };
}

/**
 * @param {string} colour
 * @param {number} opacity
 */
export function withOpacity(colour, opacity) {
  return ((word(colour) & 0xffffff) | (Math.round(255 * opacity) << 24)) >>> 0;
}
