// Cuts of convex polygons: by a window, and where two affine maps tie.

import { NO_UNIT } from "./frame.js";

/** @import { PlaneWindow } from "./types.js" */
/** @import { Frame } from "./frame.js" */

// What a side is, where it is not the line of a unit.
export const RIM = NO_UNIT; // of the window
export const DECISION = 0xfffffffe; // the class changes across it
export const FOLD = 0xfffffffd; // the runner-up changes across it
export const TAKEN = 0xfffffffc; // nothing, or the facet on its other side has it already
export const CUT = 0x80000000; // while facets are made: a cut where two maps tie, plus the number of their pair

/** @typedef {{ s: number[], t: number[], side: number[] }} Polygon each side leads from its corner to the next */

/**
 * The two parts of a polygon where the largest maps at two corners tie, apart from a map that is left out; null where one
 * map is the largest everywhere.
 * @param {Frame} frame
 * @param {number} region
 * @param {Polygon} polygon
 * @param {number[]} cut
 * @param {number} without
 * @returns {{ parts: Polygon[], cut: number[] } | null}
 */
export function halvesBy({ pieces, per_region: m }, region, polygon, cut, without) {
  const first = region * m, tops = polygon.s.map((s, i) => largest(pieces, first, m, s, polygon.t[i], without));
  for (let i = 1; i < tops.length; i++) {
    for (let j = 0; j < i; j++) {
      const a = Math.min(tops[i], tops[j]), b = Math.max(tops[i], tops[j]), pair = m * a + b;
      if (a === b || cut.includes(pair)) continue;
      const p = 3 * (first + a), q = 3 * (first + b);
      const line = [pieces[p] - pieces[q], pieces[p + 1] - pieces[q + 1], pieces[p + 2] - pieces[q + 2]];
      const left = half(polygon, line, CUT + pair), right = half(polygon, line.map((value) => -value), left ? TAKEN : CUT + pair);
      return { parts: [left, right].filter((part) => part !== null), cut: [...cut, pair] };
    }
  }
  return null;
}

/**
 * Which of a region's maps is the largest at a point, one left out.
 * @param {Float32Array} pieces
 * @param {number} first
 * @param {number} m
 * @param {number} s
 * @param {number} t
 * @param {number} without
 */
export function largest(pieces, first, m, s, t, without) {
  let high = -Infinity, best = 0;
  for (let j = 0; j < m; j++) {
    const at = 3 * (first + j), value = pieces[at] * s + pieces[at + 1] * t + pieces[at + 2];
    if (j !== without && value > high) {
      high = value;
      best = j;
    }
  }
  return best;
}

/**
 * The mean of the corners.
 * @param {Polygon} polygon
 */
export function middle({ s, t }) {
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { s: mean(s), t: mean(t) };
}

/**
 * The part of a convex polygon where a s + b t + c >= 0; null where that has no area. Its new side is `side`.
 * @param {Polygon} polygon
 * @param {number[]} line a, b, c
 * @param {number} side
 * @returns {Polygon | null}
 */
function half({ s, t, side: sides }, [a, b, c], side) {
  const n = s.length, at = s.map((value, i) => a * value + b * t[i] + c);
  if (!at.some((value) => value > 0)) return null;
  if (at.every((value) => value >= 0)) return { s, t, side: sides };
  /** @type {Polygon} */
  const part = { s: [], t: [], side: [] };
  const put = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ kind) => {
    part.s.push(x);
    part.t.push(y);
    part.side.push(kind);
  };
  for (let i = 0; i < n; i++) {
    const j = i + 1 < n ? i + 1 : 0;
    // Both halves of a cut compute its ends in this way, from the corner above the line to the one below.
    const [p, q] = at[i] > at[j] ? [i, j] : [j, i], share = at[p] / (at[p] - at[q]);
    const x = s[p] + share * (s[q] - s[p]), y = t[p] + share * (t[q] - t[p]);
    if (at[i] >= 0) {
      put(s[i], t[i], at[i] === 0 && at[j] < 0 ? side : sides[i]);
      if (at[i] > 0 && at[j] < 0) put(x, y, side);
    } else if (at[j] > 0) put(x, y, sides[i]);
  }
  return part.s.length < 3 ? null : part;
}

/**
 * @param {Polygon} polygon
 * @param {PlaneWindow} window
 */
export function clipped(polygon, [s0, s1, t0, t1]) {
  /** @type {Polygon | null} */
  let part = polygon;
  for (const line of [[1, 0, -s0], [-1, 0, s1], [0, 1, -t0], [0, -1, t1]]) part = part && half(part, line, RIM);
  return part;
}
