// Facets: the parts of regions on which both the class and the runner-up stay the same. On a facet the margin and every
// score are affine, so the surface over it is flat.

import { CUT, DECISION, FOLD, RIM, TAKEN, clipped, halvesBy, largest, middle } from "./cuts.js";

/** @import { PlaneWindow } from "./types.js" */
/** @import { Polygon } from "./cuts.js" */
/** @import { Frame } from "./frame.js" */

/**
 * Convex polygons, counter-clockwise, relative to the frame's centre.
 * @typedef {object} Facets
 * @property {number} count
 * @property {Uint32Array} starts (count + 1) of each facet's corners
 * @property {Float64Array} corners s and t of each
 * @property {Uint32Array} sides what the side from each corner to the next is: a unit, or one of the names above
 * @property {Uint32Array} regions (count)
 * @property {Uint8Array} tops (count) which of its region's maps is the largest
 * @property {Uint8Array} seconds (count) and the second largest; the same where there is one map
 */

/**
 * The facets of all regions in a part of the window.
 *
 * A region is cut where two of its maps tie for the first or the second place at different corners. Two affine maps in the
 * same order at all corners are in that order everywhere between them, so no cut is missed.
 * @param {Frame} frame one with polygons
 * @param {PlaneWindow} window relative to the frame's centre
 * @returns {Facets}
 */
export function facetsOf(frame, window) {
  const { regions, starts, ring, vertices } = frame, boxes = frame.boxes ?? new Float32Array(0), [s0, s1, t0, t1] = window;
  const edgeAt = edgesOfRing(frame), gathered = new Gathered(frame);
  for (let i = 0; i < regions; i++) {
    const b0 = boxes[4 * i], b1 = boxes[4 * i + 1], b2 = boxes[4 * i + 2], b3 = boxes[4 * i + 3];
    if (b1 <= s0 || b0 >= s1 || b3 <= t0 || b2 >= t1) continue;
    /** @type {Polygon | null} */
    let polygon = { s: [], t: [], side: [] };
    for (let h = starts[i]; h < starts[i + 1]; h++) {
      polygon.s.push(vertices[2 * ring[h]]);
      polygon.t.push(vertices[2 * ring[h] + 1]);
      polygon.side.push(edgeAt[h]);
    }
    if (b0 < s0 || b1 > s1 || b2 < t0 || b3 > t1) polygon = clipped(polygon, window);
    if (polygon) split(gathered, i, polygon, []);
  }
  return gathered.facets();
}

/** Collects facets; of a side between two regions, only the first keeps it. */
class Gathered {
  /**
   * @param {Frame} frame
   */
  constructor(frame) {
    this.frame = frame;
    this.starts = [0];
    /** @type {number[]} */
    this.corners = [];
    /** @type {number[]} */
    this.sides = [];
    /** @type {number[]} */
    this.regions = [];
    /** @type {number[]} */
    this.tops = [];
    /** @type {number[]} */
    this.seconds = [];
    this.owner = new Int32Array(frame.edge_unit.length).fill(-1); // the first region with each edge
    this.classAlong = new Int16Array(frame.edge_unit.length).fill(-1); // its class there, where the edge is not cut
  }

  /**
   * @param {number} region
   * @param {Polygon} polygon its sides are edges of the frame, or one of the names above
   * @param {number} top
   * @param {number} second
   */
  add(region, { s, t, side }, top, second) {
    const label = this.frame.outputs[region * this.frame.per_region + top];
    for (let i = 0; i < s.length; i++) {
      const next = i + 1 < s.length ? i + 1 : 0;
      this.corners.push(s[i], t[i]);
      this.sides.push(this.sideOf(side[i], region, label, s[i], t[i], s[next], t[next]));
    }
    this.starts.push(this.sides.length);
    this.regions.push(region);
    this.tops.push(top);
    this.seconds.push(second);
  }

  /**
   * @param {number} side
   * @param {number} region
   * @param {number} label
   * @param {number} s
   * @param {number} t
   * @param {number} s1
   * @param {number} t1
   */
  sideOf(side, region, label, s, t, s1, t1) {
    const { edge_unit: units, edges, vertices } = this.frame, { owner, classAlong } = this;
    if (side >= TAKEN) return side;
    if (side >= CUT) return this.creaseOf(region, side - CUT, (s + s1) / 2, (t + t1) / 2);
    const a = 2 * edges[2 * side], b = 2 * edges[2 * side + 1];
    const isAt = (/** @type {number} */ v, /** @type {number} */ x, /** @type {number} */ y) => vertices[v] === x && vertices[v + 1] === y;
    const whole = (isAt(a, s, t) && isAt(b, s1, t1)) || (isAt(b, s, t) && isAt(a, s1, t1));
    if (owner[side] < 0) {
      owner[side] = region;
      if (whole) classAlong[side] = label;
    }
    if (owner[side] === region) return units[side];
    // Both regions have one class along the whole edge, and not the same: the scores tie on it.
    return whole && classAlong[side] >= 0 && classAlong[side] !== label ? DECISION : TAKEN;
  }

  /**
   * What a cut between two maps is at a place on it: others may be above both there.
   * @param {number} region
   * @param {number} pair
   * @param {number} s
   * @param {number} t
   */
  creaseOf(region, pair, s, t) {
    const { pieces, per_region: m } = this.frame, a = Math.floor(pair / m), b = pair % m;
    const value = (/** @type {number} */ j) => {
      const at = 3 * (region * m + j);
      return pieces[at] * s + pieces[at + 1] * t + pieces[at + 2];
    };
    let above = 0;
    for (let j = 0; j < m; j++) if (j !== a && j !== b && value(j) > value(a)) above++;
    return [DECISION, FOLD][above] ?? TAKEN;
  }

  /**
   * @returns {Facets}
   */
  facets() {
    return {
      count: this.regions.length, starts: Uint32Array.from(this.starts), corners: Float64Array.from(this.corners),
      sides: Uint32Array.from(this.sides), regions: Uint32Array.from(this.regions), tops: Uint8Array.from(this.tops),
      seconds: Uint8Array.from(this.seconds),
    };
  }
}

/**
 * Add a polygon of one region: cut until one map is the largest at all corners, and then until one is the second.
 * @param {Gathered} gathered
 * @param {number} region
 * @param {Polygon} polygon
 * @param {number[]} cut the pairs of maps that have been cut: at the corners of such a cut they tie, and rounding decides nothing
 */
function split(gathered, region, polygon, cut) {
  const { pieces, per_region: m } = gathered.frame, first = region * m;
  const halves = halvesBy(gathered.frame, region, polygon, cut, -1);
  if (halves) {
    for (const part of halves.parts) split(gathered, region, part, halves.cut);
    return;
  }
  const { s, t } = middle(polygon), top = largest(pieces, first, m, s, t, -1);
  splitBelow(gathered, region, polygon, cut, top);
}

/**
 * The same for the second largest of a region's maps.
 * @param {Gathered} gathered
 * @param {number} region
 * @param {Polygon} polygon
 * @param {number[]} cut
 * @param {number} top
 */
function splitBelow(gathered, region, polygon, cut, top) {
  const { pieces, per_region: m } = gathered.frame;
  const halves = m > 2 ? halvesBy(gathered.frame, region, polygon, cut, top) : null;
  if (halves) {
    for (const part of halves.parts) splitBelow(gathered, region, part, halves.cut, top);
    return;
  }
  const { s, t } = middle(polygon);
  gathered.add(region, polygon, top, m > 1 ? largest(pieces, region * m, m, s, t, top) : top);
}

/**
 * The edge from each vertex of the rings to the next.
 * @param {Pick<Frame, "regions" | "starts" | "ring" | "edges" | "vertices">} frame
 */
function edgesOfRing({ regions, starts, ring, edges, vertices }) {
  const first = new Uint32Array(vertices.length / 2 + 1), count = edges.length / 2;
  for (let e = 0; e < count; e++) first[Math.min(edges[2 * e], edges[2 * e + 1]) + 1]++;
  for (let v = 1; v < first.length; v++) first[v] += first[v - 1];
  const place = first.slice(), byVertex = new Uint32Array(count);
  for (let e = 0; e < count; e++) byVertex[place[Math.min(edges[2 * e], edges[2 * e + 1])]++] = e;
  const found = new Uint32Array(ring.length).fill(RIM);
  for (let i = 0; i < regions; i++) {
    for (let h = starts[i]; h < starts[i + 1]; h++) {
      const from = ring[h], to = ring[h + 1 < starts[i + 1] ? h + 1 : starts[i]], low = Math.min(from, to), high = Math.max(from, to);
      for (let k = first[low]; k < first[low + 1]; k++) {
        if (Math.max(edges[2 * byVertex[k]], edges[2 * byVertex[k] + 1]) === high) found[h] = byVertex[k];
      }
    }
  }
  return found;
}
