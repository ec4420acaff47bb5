// The edges that are drawn as lines, with their widths and opacity.

import { NO_UNIT } from "./frame.js";

/** @import { View } from "./types.js" */
/** @import { Frame } from "./frame.js" */

const EDGE_BUDGET = 30000; // lines drawn at most; a limit on the time of a painting
const SHORTEST_EDGE = 0.5; // CSS pixels: a shorter edge is no more than a dot
const MANY_EDGES = 3000; // above it, lines are thinner and fainter

/**
 * Segments are [sa, ta, sb, tb, ...], relative to the frame's centre.
 * @typedef {object} VisibleEdges
 * @property {number[][]} perLayer the last list holds the window's border
 * @property {number} oneIn the edges of one in so many units are drawn
 * @property {number} drawn the number of edges
 */

/**
 * The edges in view, per layer. When there are more than EDGE_BUDGET, the bent hyperplanes of one unit in two, four,
 * eight ... are drawn, each whole, in every layer alike.
 * @param {Frame} frame
 * @param {View} view its middle is relative to the frame's centre; in device pixels
 * @param {{ width: number, height: number, ratio: number }} size of the picture in device pixels, and how many of them
 *   make a CSS pixel
 * @param {number[]} hiddenLayers
 * @returns {VisibleEdges}
 */
export function visibleEdges(frame, view, { width, height, ratio }, hiddenLayers) {
  const { edges, edge_unit: units, vertices, layerOfUnit } = frame;
  const reachS = width / 2 / view.k, reachT = height / 2 / view.k;
  const s0 = view.s - reachS, s1 = view.s + reachS, t0 = view.t - reachT, t1 = view.t + reachT;
  const tiny = frame.one_in > 1 ? 0 : SHORTEST_EDGE; // with units left out, lines are drawn without gaps
  const shortest = (tiny * ratio) / view.k, hidden = frame.layers.map((_, l) => hiddenLayers.includes(l));
  const seen = new Uint32Array(units.length);
  let count = 0;
  for (let e = 0; e < units.length; e++) {
    const a = 2 * edges[2 * e], b = 2 * edges[2 * e + 1];
    const sa = vertices[a], sb = vertices[b], ta = vertices[a + 1], tb = vertices[b + 1];
    if ((sa < s0 && sb < s0) || (sa > s1 && sb > s1) || (ta < t0 && tb < t0) || (ta > t1 && tb > t1)) continue;
    if (Math.abs(sa - sb) + Math.abs(ta - tb) < shortest || hidden[layerOfUnit[units[e]]]) continue;
    seen[count++] = e;
  }
  let oneIn = frame.one_in; // Python has thinned the units already
  while ((count * frame.one_in) / oneIn > EDGE_BUDGET) oneIn *= 2;
  const perLayer = Array.from({ length: frame.layers.length + 1 }, () => /** @type {number[]} */ ([]));
  let drawn = 0;
  for (let i = 0; i < count; i++) {
    const e = seen[i], unit = units[e], border = unit === NO_UNIT;
    if (!border && !isDrawn(unit, oneIn)) continue;
    const a = 2 * edges[2 * e], b = 2 * edges[2 * e + 1], list = perLayer[border ? frame.layers.length : layerOfUnit[unit]];
    list.push(vertices[a], vertices[a + 1], vertices[b], vertices[b + 1]);
    drawn++;
  }
  return { perLayer, oneIn, drawn };
}

/**
 * Whether a unit is drawn: evenly spread over the units; a drawn unit stays when zooming in draws more.
 * @param {number} unit
 * @param {number} oneIn
 */
export function isDrawn(unit, oneIn) {
  return (Math.imul(unit, 0x9e3779b1) >>> 0) / 2 ** 32 < 1 / oneIn;
}

/**
 * The bent hyperplane of one unit, as segments.
 * @param {Pick<Frame, "edges" | "edge_unit" | "vertices">} frame
 * @param {number} unit
 * @returns {number[]}
 */
export function unitSegments({ edges, edge_unit: units, vertices }, unit) {
  const segments = [];
  for (let e = 0; e < units.length; e++) {
    if (units[e] !== unit) continue;
    for (const end of [2 * edges[2 * e], 2 * edges[2 * e + 1]]) segments.push(vertices[end], vertices[end + 1]);
  }
  return segments;
}

/**
 * The unit whose line is nearest to a point, if one is within reach; null if none is.
 * @param {Pick<Frame, "edges" | "edge_unit" | "vertices" | "layerOfUnit">} frame
 * @param {[number, number]} point relative to the frame's centre
 * @param {number} reach in coordinates of the plane
 * @param {number[]} hiddenLayers
 * @param {number | null} only the one unit that is looked for; null for all
 * @returns {number | null}
 */
export function unitAt({ edges, edge_unit: units, vertices, layerOfUnit }, [s, t], reach, hiddenLayers, only = null) {
  /** @type {number | null} */
  let nearest = null;
  let least = reach * reach;
  for (let e = 0; e < units.length; e++) {
    if (only !== null && units[e] !== only) continue;
    const a = 2 * edges[2 * e], b = 2 * edges[2 * e + 1], sa = vertices[a], sb = vertices[b];
    if ((sa < s - reach && sb < s - reach) || (sa > s + reach && sb > s + reach) || units[e] === NO_UNIT) continue;
    const ta = vertices[a + 1], along = sb - sa, up = vertices[b + 1] - ta, squared = along * along + up * up;
    const share = squared ? Math.min(1, Math.max(0, ((s - sa) * along + (t - ta) * up) / squared)) : 0;
    const ds = s - sa - share * along, dt = t - ta - share * up, distance = ds * ds + dt * dt;
    if (distance < least && !hiddenLayers.includes(layerOfUnit[units[e]])) [nearest, least] = [units[e], distance];
  }
  return nearest;
}

/**
 * A factor for opacity and width: 1 for few lines, towards 0 for many.
 * @param {number} drawn
 */
export function sparsity(drawn) {
  return Math.min(1, Math.sqrt(MANY_EDGES / Math.max(1, drawn)));
}

/**
 * A width for each layer, straight between those of the first and of the last.
 * @param {[number, number]} widths
 * @param {number} layer
 * @param {number} layers
 */
export function layerWidth([first, last], layer, layers) {
  return first + (last - first) * (layer / Math.max(layers - 1, 1));
}
