// Heights of the surface over the plane: the margin, the difference of two scores, or a score. Each is affine on a facet.

import { className } from "./legend.js";
import { subscript } from "./numbers.js";

/** @import { ViewOptions } from "./types.js" */
/** @import { Facets } from "./facets.js" */
/** @import { Frame } from "./frame.js" */

/**
 * "margin", the largest score less the second; "difference", f₁ − f₀ of two classes; "score-2", the score of a class;
 * "scores", all of them as sheets.
 * @typedef {string} HeightKind
 */

/**
 * The kinds of height that a frame has numbers for, the default first, with their titles.
 * @param {Pick<Frame, "class_count" | "per_region">} frame
 * @param {Pick<ViewOptions, "class_names">} options
 * @returns {{ kind: HeightKind, title: string, sign: string }[]} the sign names the height's axis
 */
export function heightKinds({ class_count: count, per_region: held }, options) {
  const scores = Array.from({ length: count }, (_, label) => {
    const sign = `f${subscript(label)}`;
    return { kind: `score-${label}`, title: `score ${sign}, ${className(options, label)}`, sign };
  });
  const margin = { kind: "margin", title: "margin", sign: "margin" };
  if (count === 1) return scores;
  if (held < count) return [margin]; // a very large frame has the two largest scores alone
  const all = { kind: "scores", title: "all scores", sign: "scores" };
  const difference = { kind: "difference", title: "f₁ − f₀", sign: "f₁ − f₀" };
  return [...(count === 2 ? [difference] : []), margin, all, ...scores];
}

/**
 * The kind to show: the one asked for, if the frame has it.
 * @param {Pick<Frame, "class_count" | "per_region">} frame
 * @param {Pick<ViewOptions, "class_names">} options
 * @param {HeightKind | undefined} asked
 */
export function heightKind(frame, options, asked) {
  const kinds = heightKinds(frame, options);
  return kinds.find(({ kind }) => kind === asked) ?? kinds[0];
}

/**
 * The sheets of a kind: one, or one for each class.
 * @param {Pick<Frame, "class_count">} frame
 * @param {HeightKind} kind
 */
export function sheetsOf({ class_count: count }, kind) {
  return kind === "scores" ? Array.from({ length: count }, (_, label) => `score-${label}`) : [kind];
}

/**
 * The map of a height on a facet: h = a s + b t + c.
 * @param {Pick<Frame, "pieces" | "per_region">} frame
 * @param {HeightKind} kind of one sheet
 * @param {number} region
 * @param {number} top
 * @param {number} second
 * @param {Float64Array} out gets a, b and c
 */
export function heightMap({ pieces, per_region: m }, kind, region, top, second, out) {
  const score = kind.startsWith("score-");
  const plus = score ? Number(kind.slice("score-".length)) : kind === "difference" ? 1 : top;
  const minus = score ? plus : kind === "difference" ? 0 : second, p = 3 * (region * m + plus), q = 3 * (region * m + minus);
  const without = plus === minus; // a score, or the only one
  for (let k = 0; k < 3; k++) out[k] = pieces[p + k] - (without ? 0 : pieces[q + k]);
}

/**
 * The heights at the facets' corners, and the slopes of the facets.
 * @param {Pick<Frame, "pieces" | "per_region">} frame
 * @param {Facets} facets
 * @param {HeightKind} kind of one sheet
 * @returns {{ heights: Float64Array, slopes: Float32Array }} per corner; per facet, along s and along t
 */
export function heightsOf(frame, { count, starts, corners, regions, tops, seconds }, kind) {
  const heights = new Float64Array(corners.length / 2), slopes = new Float32Array(2 * count), map = new Float64Array(3);
  for (let f = 0; f < count; f++) {
    heightMap(frame, kind, regions[f], tops[f], seconds[f], map);
    for (let k = starts[f]; k < starts[f + 1]; k++) heights[k] = map[0] * corners[2 * k] + map[1] * corners[2 * k + 1] + map[2];
    slopes[2 * f] = map[0];
    slopes[2 * f + 1] = map[1];
  }
  return { heights, slopes };
}

/**
 * The lowest and the highest height; for a signed height and a margin, 0 is one of those in between.
 * @param {Iterable<Float64Array>} sheets
 * @param {HeightKind} kind
 * @returns {[number, number]}
 */
export function heightRange(sheets, kind) {
  const floor = kind === "margin" ? 0 : -Infinity; // rounding may leave a margin below 0
  let low = kind === "margin" || kind === "difference" ? 0 : Infinity, high = low === 0 ? 0 : -Infinity;
  for (const heights of sheets) {
    for (let k = 0; k < heights.length; k++) {
      if (heights[k] < low) low = Math.max(floor, heights[k]);
      if (heights[k] > high) high = heights[k];
    }
  }
  if (!(low <= high)) return [0, 1];
  return high > low ? [low, high] : [low, low + (Math.abs(low) || 1)];
}

/**
 * The range of the scale for heights that change from picture to picture: the one before as long as it holds the new one
 * and is not far larger, so that a sheet is seen to grow.
 * @param {[number, number] | null} before
 * @param {[number, number]} now
 * @returns {[number, number]}
 */
export function steadyRange(before, now) {
  if (!before) return now;
  const fits = before[0] <= now[0] && before[1] >= now[1], large = before[1] - before[0] > 1.6 * (now[1] - now[0]);
  if (fits && !large) return before;
  const room = 0.15 * (now[1] - now[0]); // so that the next ones fit, too
  return large ? now : [now[0] < before[0] ? now[0] - room : Math.min(before[0], now[0]), now[1] > before[1] ? now[1] + room : now[1]];
}
