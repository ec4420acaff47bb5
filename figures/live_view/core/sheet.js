// Sheets: the triangles of a surface, with heights, slopes, regions and places in a table of colours.

import { word } from "./colours.js";
import { MARGIN_STEPS, classWords, scaleWords } from "./fills.js";
import { evaluateRegion } from "./frame.js";
import { heightMap, heightsOf } from "./heights.js";
import { rasterise } from "./raster.js";

/** @import { Palette, PlaneWindow, ViewOptions } from "./types.js" */
/** @import { Facets } from "./facets.js" */
/** @import { Frame } from "./frame.js" */
/** @import { HeightKind } from "./heights.js" */

export const SHEET_STEPS = 512; // colours of a row of the table: as many as margins have

/**
 * A surface of one height. Corners belong to one facet each, so that it is flat and has one colour scale.
 * @typedef {object} Sheet
 * @property {Float32Array} places per corner: s, t, height; s and t relative to the frame's centre
 * @property {Float32Array} slopes per corner: the height's slope along s and along t
 * @property {Uint32Array} regions per corner
 * @property {Uint32Array} triangles three corners each, counter-clockwise from above
 * @property {Uint8Array} above per corner: whether the sheet is the highest of all there
 * @property {Float64Array} heights per corner
 */

/**
 * The sheet over facets.
 * @param {Frame} frame
 * @param {Facets} facets
 * @param {HeightKind} kind of one sheet
 * @returns {Sheet}
 */
export function facetSheet(frame, facets, kind) {
  const { count, starts, corners } = facets, { heights, slopes: perFacet } = heightsOf(frame, facets, kind), n = heights.length;
  const places = new Float32Array(3 * n), slopes = new Float32Array(2 * n), regions = new Uint32Array(n), above = new Uint8Array(n);
  const triangles = new Uint32Array(3 * (n - 2 * count)), label = kind.startsWith("score-") ? Number(kind.slice("score-".length)) : -1;
  let at = 0;
  for (let f = 0; f < count; f++) {
    const first = starts[f], last = starts[f + 1], region = facets.regions[f];
    const top = label < 0 || frame.outputs[region * frame.per_region + facets.tops[f]] === label ? 1 : 0;
    for (let k = first; k < last; k++) {
      places[3 * k] = corners[2 * k];
      places[3 * k + 1] = corners[2 * k + 1];
      places[3 * k + 2] = heights[k];
      slopes[2 * k] = perFacet[2 * f];
      slopes[2 * k + 1] = perFacet[2 * f + 1];
      regions[k] = region;
      above[k] = top;
    }
    for (let k = first + 1; k + 1 < last; k++) {
      triangles[at++] = first;
      triangles[at++] = k;
      triangles[at++] = k + 1;
    }
  }
  return { places, slopes, regions, triangles, above, heights };
}

/**
 * A grid of points in a window: the region of each, and the heights there.
 * @typedef {object} Grid
 * @property {number} columns
 * @property {number} rows
 * @property {PlaneWindow} window relative to the frame's centre; the points are the middles of its cells
 * @property {Uint32Array} ids region of each point, row by row from the top; the number of regions outside the frame
 */

/**
 * @param {Frame} frame
 * @param {PlaneWindow} window relative to the frame's centre
 * @param {number} most points along the longer side
 * @returns {Grid}
 */
export function sampledGrid(frame, window, most) {
  const [s0, s1, t0, t1] = window, k = most / Math.max(s1 - s0, t1 - t0);
  const columns = Math.max(2, Math.round((s1 - s0) * k)), rows = Math.max(2, Math.round((t1 - t0) * k)), ids = new Uint32Array(columns * rows);
  rasterise(frame, { s: (s0 + s1) / 2, t: (t0 + t1) / 2, k }, columns, rows, ids, {});
  return { columns, rows, window: [(s0 + s1) / 2 - columns / 2 / k, (s0 + s1) / 2 + columns / 2 / k, (t0 + t1) / 2 - rows / 2 / k, (t0 + t1) / 2 + rows / 2 / k], ids };
}

/**
 * The cell of a raster that holds a point; null outside.
 * @param {Pick<Frame, "grid" | "window" | "centre">} frame
 * @param {number} s relative to the frame's centre
 * @param {number} t
 */
export function cellAt({ grid, window: [s0, s1, t0, t1], centre: [cs, ct] }, s, t) {
  const [columns, rows] = grid ?? [0, 0], column = Math.floor(((s + cs - s0) / (s1 - s0)) * columns), row = Math.floor(((t + ct - t0) / (t1 - t0)) * rows);
  return column >= 0 && row >= 0 && column < columns && row < rows ? row * columns + column : null;
}

/**
 * The heights of a grid's points, NaN outside the frame.
 * @param {Frame} frame
 * @param {Grid} grid
 * @param {HeightKind} kind of one sheet
 */
export function gridHeights(frame, { columns, rows, window: [s0, s1, t0, t1], ids }, kind) {
  const heights = new Float64Array(ids.length).fill(NaN), map = new Float64Array(3);
  for (let p = 0; p < ids.length; p++) {
    if (ids[p] >= frame.regions) continue;
    const s = s0 + (((p % columns) + 0.5) / columns) * (s1 - s0), t = t1 - ((Math.floor(p / columns) + 0.5) / rows) * (t1 - t0);
    heights[p] = heightAt(frame, ids[p], kind, s, t, map);
  }
  return heights;
}

/**
 * The height over a point of a region.
 * @param {Frame} frame
 * @param {number} region
 * @param {HeightKind} kind of one sheet
 * @param {number} s relative to the frame's centre
 * @param {number} t
 * @param {Float64Array} map scratch
 */
export function heightAt(frame, region, kind, s, t, map = new Float64Array(3)) {
  if (kind === "margin") return evaluateRegion(frame, region, s, t).margin;
  heightMap(frame, kind, region, 0, 0, map);
  return map[0] * s + map[1] * t + map[2];
}

/**
 * A sheet through the points of a grid, in place of facets that are too many.
 * @param {Frame} frame
 * @param {Grid} grid
 * @param {HeightKind} kind of one sheet
 * @returns {Sheet}
 */
export function gridSheet(frame, grid, kind) {
  const { columns, rows, window: [s0, s1, t0, t1], ids } = grid, heights = gridHeights(frame, grid, kind), n = ids.length;
  const places = new Float32Array(3 * n), slopes = new Float32Array(2 * n), above = new Uint8Array(n).fill(1), triangles = [];
  const label = kind.startsWith("score-") ? Number(kind.slice("score-".length)) : -1;
  const wide = (s1 - s0) / columns, high = (t1 - t0) / rows;
  for (let p = 0; p < n; p++) {
    const column = p % columns, row = Math.floor(p / columns), s = s0 + (column + 0.5) * wide, t = t1 - (row + 0.5) * high;
    places.set([s, t, heights[p]], 3 * p);
    if (!(ids[p] < frame.regions)) continue;
    if (label >= 0) above[p] = evaluateRegion(frame, ids[p], s, t).label === label ? 1 : 0;
    slopes[2 * p] = difference(heights, p, column > 0 ? 1 : 0, column + 1 < columns ? 1 : 0, 1) / wide;
    slopes[2 * p + 1] = difference(heights, p, row + 1 < rows ? 1 : 0, row > 0 ? 1 : 0, -columns) / high;
    if (column + 1 < columns && row + 1 < rows) {
      const square = [p, p + columns, p + columns + 1, p + 1];
      if (square.every((corner) => ids[corner] < frame.regions)) triangles.push(square[0], square[1], square[2], square[0], square[2], square[3]);
    }
  }
  return { places, slopes, regions: ids, triangles: Uint32Array.from(triangles), above, heights };
}

/**
 * The mean difference of neighbours along a direction, as far as there are some.
 * @param {Float64Array} heights
 * @param {number} at
 * @param {number} back whether there is a neighbour behind
 * @param {number} ahead and before
 * @param {number} step
 */
function difference(heights, at, back, ahead, step) {
  const from = at - back * step, to = at + ahead * step, low = heights[from], high = heights[to];
  return Number.isFinite(low) && Number.isFinite(high) && back + ahead ? (high - low) / (back + ahead) : 0;
}

/**
 * Give a sheet its places in the table of colours: those that the fill has in the flat picture.
 * @param {Sheet} sheet
 * @param {Frame} frame
 * @param {Pick<ViewOptions, "fill" | "norm">} options
 * @param {number | null} label the class of the sheet, where each sheet has the colour of its class
 * @param {Facets | null} facets those of the sheet, if it is not of a grid
 * @returns {Float32Array}
 */
export function tonesOf({ places, regions, above }, frame, { fill, norm }, label, facets) {
  const n = regions.length, tones = new Float32Array(2 * n), range = frame.ranges.margin[1];
  const values = fill === "active" ? frame.active : frame.gradients[norm], [low, high] = frame.ranges[fill === "active" ? "active" : `gradient-${norm}`] ?? [0, 1];
  for (let k = 0; k < n; k++) {
    const region = regions[k];
    if (region >= frame.regions) continue;
    if (label !== null) tones.set([above?.[k] ? 1 : 0.35, label], 2 * k);
    else if (fill === "region") tones[2 * k] = (frame.shades[region] + 0.5) / SHEET_STEPS;
    else if (fill === "active" || fill === "gradient") tones[2 * k] = (values[region] - low) / (high - low);
    else tones[2 * k] = evaluateRegion(frame, region, places[3 * k], places[3 * k + 1]).margin / range;
  }
  if (label === null && fill === "class") rowsByClass(tones, frame, { places, regions }, facets);
  return tones;
}

/**
 * The rows of a sheet's corners where colours go by class: a facet has one class, whatever rounding says at its rim.
 * @param {Float32Array} tones
 * @param {Frame} frame
 * @param {Pick<Sheet, "places" | "regions">} sheet
 * @param {Facets | null} facets
 */
function rowsByClass(tones, frame, { places, regions }, facets) {
  const { outputs, per_region: m } = frame;
  if (facets) {
    for (let f = 0; f < facets.count; f++) {
      const label = outputs[facets.regions[f] * m + facets.tops[f]];
      for (let k = facets.starts[f]; k < facets.starts[f + 1]; k++) tones[2 * k + 1] = label;
    }
    return;
  }
  for (let k = 0; k < regions.length; k++) {
    if (regions[k] < frame.regions) tones[2 * k + 1] = evaluateRegion(frame, regions[k], places[3 * k], places[3 * k + 1]).label;
  }
}

/**
 * The table of colours: SHEET_STEPS words a row; a row for each class where the fill goes by class, else one row.
 * @param {Frame} frame
 * @param {Pick<ViewOptions, "fill">} options
 * @param {Palette} palette
 * @param {boolean} byClass
 * @returns {Uint32Array}
 */
export function colourTable(frame, { fill }, palette, byClass) {
  if (byClass || fill === "class") return classWords(frame, palette);
  if (fill !== "region") return scaleWords(palette.scale, MARGIN_STEPS);
  const words = palette.regions.map(word);
  return Uint32Array.from({ length: SHEET_STEPS }, (_, i) => words[Math.min(i, words.length - 1)]);
}
