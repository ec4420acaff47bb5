// What one linear region proves about a point, from the region's polygon and its affine maps alone (Croce et al. 2019,
// Theorem 3.1). A frame holds both as float32, so each distance is an interval that holds the true one.

import { NO_UNIT, isInRegion, regionCorners } from "./frame.js";

/** @import { NormName, Overlays, Point } from "./types.js" */
/** @import { Frame } from "./frame.js" */

const ROUNDING = 2 ** -23; // twice float32's relative rounding: the other half is room for the float64 errors behind it

/**
 * A distance in plane units: what is proved, and what it cannot exceed.
 * @typedef {{ lower: number, upper: number }} Distance
 */

/**
 * @typedef {object} Certificate
 * @property {number} region
 * @property {number} label the class of the point
 * @property {{ label: number, value: number }[]} scores
 * @property {Distance} dB
 * @property {boolean} cut whether the region goes on beyond the picture's window, nearer than any boundary in it
 * @property {[Point, Point] | null} side of the region that is nearest
 * @property {Distance | null} dD null where the frame lacks scores
 * @property {number | null} other the class whose decision hyperplane is nearest
 * @property {[number, number, number] | null} line of that hyperplane
 * @property {number} radius no smaller perturbation changes the class
 * @property {boolean} optimal whether d_D <= d_B is proved: the radius is the smallest perturbation itself
 */

/**
 * The region that holds a point; null outside the window, and where the frame has no polygons.
 * @param {Frame} frame
 * @param {Point} point
 * @returns {number | null}
 */
export function regionAt(frame, point) {
  const { boxes, regions } = frame;
  if (!boxes) return null;
  const s = point[0] - frame.centre[0], t = point[1] - frame.centre[1];
  for (let i = 0; i < regions; i++) {
    if (s < boxes[4 * i] || s > boxes[4 * i + 1] || t < boxes[4 * i + 2] || t > boxes[4 * i + 3]) continue;
    if (isInRegion(frame, i, s, t)) return i;
  }
  return null;
}

/**
 * @param {Frame} frame
 * @param {Point} point inside the region
 * @param {number} region
 * @param {NormName} norm
 * @returns {Certificate}
 */
export function certify(frame, point, region, norm) {
  /** @type {Point} */
  const near = [point[0] - frame.centre[0], point[1] - frame.centre[1]];
  const border = distanceToBorder(frame, near, region, norm), decision = distanceToDecision(frame, near, region, norm);
  const { dB } = border, { dD } = decision;
  return {
    region, ...border, ...decision,
    radius: dD ? Math.min(dB.lower, dD.lower) : 0,
    optimal: dD !== null && dD.upper <= dB.lower,
  };
}

/**
 * @param {Frame} frame
 * @param {Point} near relative to the frame's centre
 * @param {number} region
 * @param {NormName} norm
 * @returns {Pick<Certificate, "dB" | "cut" | "side">}
 */
function distanceToBorder(frame, near, region, norm) {
  const { starts, ring, vertices, centre } = frame, units = unitsOfSides(frame), last = starts[region + 1];
  let nearest = Infinity, window = Infinity, size = 0;
  /** @type {[Point, Point] | null} */
  let side = null;
  for (let h = starts[region]; h < last; h++) {
    const from = ring[h], to = ring[h + 1 < last ? h + 1 : starts[region]];
    /** @type {Point[]} */
    const [a, b] = [from, to].map((vertex) => [vertices[2 * vertex], vertices[2 * vertex + 1]]);
    size = Math.max(size, Math.abs(a[0]), Math.abs(a[1]));
    const distance = segmentDistance(near, a, b, norm);
    if (units.get(sideKey(from, to, frame)) === NO_UNIT) window = Math.min(window, distance);
    else if (distance < nearest) {
      nearest = distance;
      side = [[a[0] + centre[0], a[1] + centre[1]], [b[0] + centre[0], b[1] + centre[1]]];
    }
  }
  const off = ROUNDING * size * { 1: 2, 2: 1.5, inf: 1 }[norm]; // how far a corner, and so the border, may have moved
  return { dB: { lower: Math.max(0, Math.min(nearest, window) - off), upper: nearest + off }, cut: window < nearest, side };
}

/** @type {WeakMap<Uint32Array, Map<number, number>>} */
const sides = new WeakMap();

/**
 * The unit of each edge, by its vertices; made once a frame.
 * @param {Frame} frame
 */
function unitsOfSides(frame) {
  const { edges, edge_unit } = frame, known = sides.get(edges);
  if (known) return known;
  /** @type {Map<number, number>} */
  const units = new Map();
  edge_unit.forEach((unit, i) => units.set(sideKey(edges[2 * i], edges[2 * i + 1], frame), unit));
  sides.set(edges, units);
  return units;
}

/**
 * @param {number} one
 * @param {number} other
 * @param {Pick<Frame, "vertices">} frame
 */
function sideKey(one, other, { vertices }) {
  return Math.min(one, other) * (vertices.length / 2) + Math.max(one, other);
}

/**
 * The l_p distance from a point to a segment: along it the distance is convex, and its least value lies at an end or
 * where a term of the norm has its kink (p = 1, ∞).
 * @param {Point} point
 * @param {Point} a
 * @param {Point} b
 * @param {NormName} norm
 */
export function segmentDistance([s, t], a, b, norm) {
  const x = a[0] - s, y = a[1] - t, u = b[0] - a[0], v = b[1] - a[1];
  const kinks = norm === "2" ? [-(x * u + y * v) / (u * u + v * v)] : [-x / u, -y / v];
  if (norm === "inf") kinks.push((y - x) / (u - v), -(x + y) / (u + v));
  let least = Math.min(length(x, y, norm), length(x + u, y + v, norm));
  for (const share of kinks) {
    if (share > 0 && share < 1) least = Math.min(least, length(x + share * u, y + share * v, norm));
  }
  return least;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {NormName} norm
 */
export function length(x, y, norm) {
  if (norm === "2") return Math.hypot(x, y);
  return norm === "1" ? Math.abs(x) + Math.abs(y) : Math.max(Math.abs(x), Math.abs(y));
}

/** @type {Record<NormName, NormName>} */
const DUAL = { 1: "inf", 2: "2", inf: "1" };

/**
 * @param {Frame} frame
 * @param {Point} near relative to the frame's centre
 * @param {number} region
 * @param {NormName} norm
 * @returns {Pick<Certificate, "label" | "scores" | "dD" | "other" | "line">}
 */
function distanceToDecision(frame, [s, t], region, norm) {
  const { pieces, outputs, per_region: m, centre } = frame;
  const rows = Array.from({ length: m }, (_, j) => {
    const [a, b, c] = pieces.subarray(3 * (region * m + j), 3 * (region * m + j) + 3);
    const off = ROUNDING * (Math.abs(a * s) + Math.abs(b * t) + Math.abs(c));
    return { label: outputs[region * m + j], a, b, c, value: a * s + b * t + c, off, slope: length(a, b, DUAL[norm]) };
  });
  const best = rows.reduce((one, other) => (other.value > one.value ? other : one));
  let lower = Infinity, upper = Infinity, least = Infinity, nearest = null;
  for (const row of rows) {
    if (row === best) continue;
    const gap = best.value - row.value, off = best.off + row.off, turned = ROUNDING * (best.slope + row.slope);
    const slope = length(best.a - row.a, best.b - row.b, DUAL[norm]);
    lower = Math.min(lower, divided(Math.max(0, gap - off), slope + turned));
    upper = Math.min(upper, divided(gap + off, Math.max(0, slope - turned)));
    if (divided(gap, slope) < least) [least, nearest] = [divided(gap, slope), row];
  }
  const [cs, ct] = centre, along = nearest ? best.a - nearest.a : 0, up = nearest ? best.b - nearest.b : 0;
  return {
    label: best.label,
    scores: rows.map(({ label, value }) => ({ label, value })),
    dD: m === frame.class_count ? { lower, upper } : null,
    other: nearest && nearest.label,
    line: nearest && [along, up, best.c - nearest.c - along * cs - up * ct],
  };
}

/**
 * A distance to a hyperplane: 0 on it, and infinite where it lies nowhere.
 * @param {number} gap
 * @param {number} slope
 */
function divided(gap, slope) {
  if (gap <= 0) return 0;
  return slope > 0 ? gap / slope : Infinity;
}

/**
 * The overlays of a pin with its certificate, as figures/regions/pin_overlays.py makes them.
 * @param {Frame} frame
 * @param {Point} pin
 * @param {Certificate} certificate
 * @param {NormName} norm
 * @param {(name: "d_B" | "d_D", distance: Distance) => string} label
 * @returns {Pick<Overlays, "pin" | "region" | "class_region" | "balls" | "hyperplanes" | "witness">}
 */
export function certificateOverlays(frame, pin, certificate, norm, label) {
  const { dB, dD, side, line, optimal } = certificate;
  /** @type {["d_B" | "d_D", Distance | null][]} */
  const distances = [["d_D", dD], ["d_B", dB]];
  const balls = distances.flatMap(([role, distance]) =>
    distance && distance.lower > 0 && Number.isFinite(distance.lower)
      ? [{ role, ...ballAround(pin, distance.lower, norm), label: label(role, distance) }] : []);
  /** @type {Overlays["hyperplanes"]} */
  const hyperplanes = [];
  if (side) hyperplanes.push({ role: "d_B", line: lineThrough(...side), label: "" });
  if (dD && line && (line[0] || line[1])) hyperplanes.push({ role: "d_D", line, label: "" });
  return {
    pin, balls, hyperplanes,
    region: regionCorners(frame, certificate.region),
    class_region: classRegion(frame, certificate),
    witness: optimal && line && Number.isFinite(certificate.radius) ? nearestOn(line, pin, norm) : null,
  };
}

/**
 * @param {Point} centre
 * @param {number} radius
 * @param {NormName} norm
 * @returns {{ disc: [number, number, number] | null, outline: Point[] | null }}
 */
function ballAround([s, t], radius, norm) {
  if (norm === "2") return { disc: [s, t, radius], outline: null };
  const corners = norm === "1" ? [[1, 0], [0, 1], [-1, 0], [0, -1]] : [[1, 1], [-1, 1], [-1, -1], [1, -1]];
  return { disc: null, outline: corners.map(([ds, dt]) => [s + radius * ds, t + radius * dt]) };
}

/**
 * @param {Point} a
 * @param {Point} b
 * @returns {[number, number, number]}
 */
function lineThrough(a, b) {
  const along = a[1] - b[1], up = b[0] - a[0];
  return [along, up, -(along * a[0] + up * a[1])];
}

/**
 * The point of a line nearest to another in the l_p norm.
 * @param {[number, number, number]} line
 * @param {Point} point
 * @param {NormName} norm
 * @returns {Point}
 */
function nearestOn([a, b, c], [s, t], norm) {
  const height = a * s + b * t + c, step = height / length(a, b, DUAL[norm]);
  if (norm === "inf") return [s - step * Math.sign(a), t - step * Math.sign(b)];
  if (norm === "1") return Math.abs(a) >= Math.abs(b) ? [s - height / a, t] : [s, t - height / b];
  const size = Math.hypot(a, b);
  return [s - (step * a) / size, t - (step * b) / size];
}

/**
 * The part of the region in which its own map keeps the class of the point.
 * @param {Frame} frame
 * @param {Certificate} certificate
 * @returns {Point[]}
 */
function classRegion(frame, { region, label }) {
  const { pieces, outputs, per_region: m, centre: [cs, ct] } = frame;
  const row = (/** @type {number} */ j) => pieces.subarray(3 * (region * m + j), 3 * (region * m + j) + 3);
  const own = row(Array.from({ length: m }, (_, j) => outputs[region * m + j]).indexOf(label));
  let corners = regionCorners(frame, region);
  for (let j = 0; j < m; j++) {
    if (outputs[region * m + j] === label) continue;
    const [a, b, c] = row(j).map((value, at) => own[at] - value);
    corners = clipped(corners, [a, b, c - a * cs - b * ct]);
  }
  return corners;
}

/**
 * The part of a convex polygon where a s + b t + c >= 0.
 * @param {Point[]} corners
 * @param {[number, number, number]} line
 * @returns {Point[]}
 */
export function clipped(corners, [a, b, c]) {
  const heights = corners.map(([s, t]) => a * s + b * t + c);
  return corners.flatMap((corner, i) => {
    const j = (i + 1) % corners.length, next = corners[j], share = heights[i] / (heights[i] - heights[j]);
    /** @type {Point[]} */
    const kept = heights[i] >= 0 ? [corner] : [];
    if (heights[i] >= 0 !== heights[j] >= 0 && heights[i] !== 0 && heights[j] !== 0) {
      kept.push([corner[0] + share * (next[0] - corner[0]), corner[1] + share * (next[1] - corner[1])]);
    }
    return kept;
  });
}
