// The frame in the browser: typed arrays over one buffer. figures/regions/frames.py documents them.

/** @import { PlaneWindow, Point } from "./types.js" */

const ARRAY_TYPES = { float32: Float32Array, uint32: Uint32Array, uint8: Uint8Array };
export const NO_UNIT = 0xffffffff;

/** @typedef {{ first: number, width: number, last: number }} Layer */

/**
 * @typedef {object} FrameHeader
 * @property {string} hash
 * @property {PlaneWindow} window
 * @property {Point} centre
 * @property {number[]} widths units per hidden layer
 * @property {number} class_count
 * @property {number} regions
 * @property {number} per_region how many affine maps each region carries
 * @property {boolean} truncated
 * @property {[number, number] | null} grid columns and rows, where the fills come as a raster
 * @property {number} one_in edges of one unit in so many are there
 * @property {[number, number, number] | null} image_shape
 * @property {Record<string, [number, number]>} ranges
 * @property {Record<string, ["float32" | "uint32" | "uint8", number, number]>} arrays
 */

/**
 * @typedef {object} FrameArrays
 * @property {Float32Array} vertices
 * @property {Uint32Array} starts
 * @property {Uint32Array} ring
 * @property {Uint32Array} edges
 * @property {Uint32Array} edge_unit
 * @property {Uint8Array} classes
 * @property {Uint8Array} outputs
 * @property {Float32Array} pieces
 * @property {Uint32Array} active
 * @property {Uint8Array} shades
 * @property {Float32Array} boundary
 * @property {Uint32Array} boundary_starts
 * @property {Uint8Array} [patterns]
 * @property {Uint8Array} [ink]
 * @property {Float32Array} [basis]
 * @property {Record<string, Float32Array>} gradients by the norm's name
 * @property {Float32Array | null} boxes per region: smallest s, largest s, smallest t, largest t
 * @property {Layer[]} layers
 * @property {Uint8Array} layerOfUnit
 */

/** @typedef {FrameHeader & FrameArrays} Frame */

/**
 * @param {Uint8Array} bytes
 * @returns {{ header: FrameHeader, start: number }}
 */
export function readHeader(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { header, start: Math.ceil((4 + length) / 8) * 8 };
}

/**
 * @param {Uint8Array} bytes
 * @returns {Frame}
 */
export function readFrame(bytes) {
  const { header, start } = readHeader(bytes);
  const { buffer } = bytes.slice(start); // a copy, so that it is aligned
  /** @type {any} */
  const frame = { ...header, gradients: {} };
  for (const [name, [kind, offset, length]] of Object.entries(header.arrays)) {
    const array = new ARRAY_TYPES[kind](buffer, offset, length);
    if (name.startsWith("gradient-")) frame.gradients[name.slice("gradient-".length)] = array;
    else frame[name] = array;
  }
  frame.boxes = frame.grid ? null : boundingBoxes(frame);
  frame.layers = layersOf(header.widths);
  frame.layerOfUnit = Uint8Array.from(header.widths.flatMap((width, layer) => Array(width).fill(layer)));
  return frame;
}

/**
 * @param {number[]} widths
 * @returns {Layer[]}
 */
function layersOf(widths) {
  let first = 0;
  return widths.map((width) => ({ first, width, last: (first += width) }));
}

/**
 * @param {Pick<Frame, "regions" | "starts" | "ring" | "vertices">} frame
 */
function boundingBoxes({ regions, starts, ring, vertices }) {
  const boxes = new Float32Array(4 * regions);
  for (let i = 0; i < regions; i++) {
    let s0 = Infinity, s1 = -Infinity, t0 = Infinity, t1 = -Infinity;
    for (let h = starts[i]; h < starts[i + 1]; h++) {
      const s = vertices[2 * ring[h]], t = vertices[2 * ring[h] + 1];
      if (s < s0) s0 = s;
      if (s > s1) s1 = s;
      if (t < t0) t0 = t;
      if (t > t1) t1 = t;
    }
    boxes.set([s0, s1, t0, t1], 4 * i);
  }
  return boxes;
}

/**
 * @param {Pick<Frame, "starts" | "ring" | "vertices">} frame
 * @param {number} i
 */
export function regionArea({ starts, ring, vertices }, i) {
  const first = starts[i], last = starts[i + 1];
  const s0 = vertices[2 * ring[first]], t0 = vertices[2 * ring[first] + 1];
  let twice = 0;
  for (let h = first; h < last; h++) {
    const a = 2 * ring[h], b = 2 * ring[h + 1 < last ? h + 1 : first];
    twice += (vertices[a] - s0) * (vertices[b + 1] - t0) - (vertices[b] - s0) * (vertices[a + 1] - t0);
  }
  return twice / 2;
}

/**
 * The corners of region i, in coordinates of the plane.
 * @param {Pick<Frame, "starts" | "ring" | "vertices" | "centre">} frame
 * @param {number} i
 * @returns {Point[]}
 */
export function regionCorners({ starts, ring, vertices, centre }, i) {
  /** @type {Point[]} */
  const corners = [];
  for (let h = starts[i]; h < starts[i + 1]; h++) {
    corners.push([vertices[2 * ring[h]] + centre[0], vertices[2 * ring[h] + 1] + centre[1]]);
  }
  return corners;
}

/**
 * Whether region i holds a point, its sides included.
 * @param {Pick<Frame, "starts" | "ring" | "vertices">} frame
 * @param {number} i
 * @param {number} s relative to the frame's centre
 * @param {number} t
 */
export function isInRegion({ starts, ring, vertices }, i, s, t) {
  for (let h = starts[i], last = starts[i + 1]; h < last; h++) {
    const a = 2 * ring[h], b = 2 * ring[h + 1 < last ? h + 1 : starts[i]];
    if ((vertices[b] - vertices[a]) * (t - vertices[a + 1]) < (vertices[b + 1] - vertices[a + 1]) * (s - vertices[a])) return false;
  }
  return true;
}

/**
 * Region i's affine map at (s, t) relative to the frame's centre: the class, the runner-up, the margin between them,
 * and the map of their difference in coordinates of the plane.
 * @param {Pick<Frame, "per_region" | "pieces" | "outputs" | "centre">} frame
 * @param {number} i
 * @param {number} s
 * @param {number} t
 * @returns {{ label: number, other: number | null, margin: number, map: [number, number, number] | null }}
 */
export function evaluateRegion(frame, i, s, t) {
  const m = frame.per_region, p = frame.pieces;
  let best = -1, second = -1, high = -Infinity, next = -Infinity;
  for (let j = 0; j < m; j++) {
    const at = 3 * (i * m + j);
    const value = p[at] * s + p[at + 1] * t + p[at + 2];
    if (value > high) {
      next = high; second = best; high = value; best = j;
    } else if (value > next) {
      next = value; second = j;
    }
  }
  if (second < 0) return { label: frame.outputs[i * m + best], other: null, margin: high, map: null };
  const a = 3 * (i * m + best), b = 3 * (i * m + second);
  const along = p[a] - p[b], up = p[a + 1] - p[b + 1], [cs, ct] = frame.centre;
  return {
    label: frame.outputs[i * m + best],
    other: frame.outputs[i * m + second],
    margin: high - next,
    map: [along, up, p[a + 2] - p[b + 2] - along * cs - up * ct],
  };
}

/**
 * Region i's scores at (s, t) relative to the frame's centre, in the order of the classes that the frame holds for it.
 * @param {Pick<Frame, "per_region" | "pieces" | "outputs">} frame
 * @param {number} i
 * @param {number} s
 * @param {number} t
 * @returns {{ label: number, value: number }[]}
 */
export function scoresAt({ pieces, outputs, per_region: m }, i, s, t) {
  return Array.from({ length: m }, (_, j) => {
    const at = 3 * (i * m + j);
    return { label: outputs[i * m + j], value: pieces[at] * s + pieces[at + 1] * t + pieces[at + 2] };
  });
}

/**
 * Per hidden layer, 1 for each unit that is on; null if the frame is too large to hold patterns.
 * @param {Pick<Frame, "patterns" | "regions" | "layers">} frame
 * @param {number} i
 * @returns {number[][] | null}
 */
export function regionPattern({ patterns, regions, layers }, i) {
  if (!patterns) return null;
  const bytes = patterns.length / regions;
  const on = (/** @type {number} */ unit) => (patterns[i * bytes + (unit >> 3)] >> (7 - (unit & 7))) & 1;
  return layers.map(({ first, width }) => Array.from({ length: width }, (_, k) => on(first + k)));
}
