// Rasterisation: the region of each pixel's centre.
// The regions tile the window, and every edge is computed the same from both sides, so each pixel has exactly one
// region: no seams, no gaps. The hover reads the same buffer.

/** @import { View } from "./types.js" */
/** @import { Frame } from "./frame.js" */

/**
 * Buffers that the next call reuses.
 * @typedef {{ xy?: Float64Array, left?: Float64Array, right?: Float64Array }} Scratch
 */

/**
 * @param {Frame} frame
 * @param {View} view its middle is relative to the frame's centre
 * @param {number} width
 * @param {number} height
 * @param {Uint32Array} ids gets one region per pixel, row by row; `frame.regions` outside the window
 * @param {Scratch} scratch
 */
export function rasterise(frame, view, width, height, ids, scratch) {
  if (frame.grid || !frame.boxes) {
    rasteriseGrid(frame, view, width, height, ids);
    return;
  }
  const { regions, starts, ring, boxes } = frame;
  const { s, t, k } = view, halfWidth = width / 2, halfHeight = height / 2;
  const { xy, left, right } = prepared(frame, view, width, height, scratch);
  ids.fill(regions);
  for (let i = 0; i < regions; i++) {
    const x0 = (boxes[4 * i] - s) * k + halfWidth - 0.5, x1 = (boxes[4 * i + 1] - s) * k + halfWidth - 0.5;
    const y0 = halfHeight - (boxes[4 * i + 3] - t) * k - 0.5, y1 = halfHeight - (boxes[4 * i + 2] - t) * k - 0.5;
    if (x1 < 0 || y1 < 0 || x0 > width - 1 || y0 > height - 1) continue;
    const top = Math.max(0, Math.ceil(y0)), bottom = Math.min(height, Math.ceil(y1));
    if (top >= bottom || Math.ceil(x0) >= Math.ceil(x1)) continue; // between pixel centres
    const first = starts[i], last = starts[i + 1];
    let b = 2 * ring[last - 1];
    for (let h = first; h < last; h++) {
      const a = b;
      b = 2 * ring[h];
      const falls = xy[b + 1] > xy[a + 1]; // counter-clockwise: down the left side, up the right
      const high = falls ? a : b, low = falls ? b : a;
      const from = Math.max(top, Math.ceil(xy[high + 1])), to = Math.min(bottom, Math.ceil(xy[low + 1]));
      if (from >= to) continue;
      const slope = (xy[low] - xy[high]) / (xy[low + 1] - xy[high + 1]);
      const side = falls ? left : right;
      for (let y = from; y < to; y++) side[y] = xy[high] + (y - xy[high + 1]) * slope;
    }
    for (let y = top; y < bottom; y++) {
      const from = Math.max(0, Math.ceil(left[y])), to = Math.min(width, Math.ceil(right[y]));
      const row = y * width;
      for (let p = row + from; p < row + to; p++) ids[p] = i;
    }
  }
}

/**
 * The vertices in pixels, with pixel centres on integers; and a buffer for a region's sides, one entry per row.
 * @param {Frame} frame
 * @param {View} view
 * @param {number} width
 * @param {number} height
 * @param {Scratch} scratch
 */
function prepared({ vertices }, { s, t, k }, width, height, scratch) {
  const count = vertices.length, halfWidth = width / 2, halfHeight = height / 2;
  if (!scratch.xy || scratch.xy.length < count) scratch.xy = new Float64Array(count);
  if (!scratch.left || !scratch.right || scratch.left.length < height) {
    scratch.left = new Float64Array(height);
    scratch.right = new Float64Array(height);
  }
  const { xy, left, right } = scratch;
  for (let v = 0; v < count; v += 2) {
    xy[v] = (vertices[v] - s) * k + halfWidth - 0.5;
    xy[v + 1] = halfHeight - (vertices[v + 1] - t) * k - 0.5;
  }
  return { xy, left, right };
}

/**
 * For a frame with a raster: its cells lie row by row from the window's lower left corner.
 * @param {Pick<Frame, "grid" | "window" | "centre" | "regions">} frame
 * @param {View} view
 * @param {number} width
 * @param {number} height
 * @param {Uint32Array} ids
 */
function rasteriseGrid({ grid, window: [s0, s1, t0, t1], centre: [cs, ct], regions }, view, width, height, ids) {
  const [columns, rows] = grid ?? [0, 0], columnOf = new Int32Array(width);
  for (let x = 0; x < width; x++) {
    const s = cs + view.s + (x + 0.5 - width / 2) / view.k;
    columnOf[x] = s < s0 || s >= s1 ? -1 : Math.floor(((s - s0) / (s1 - s0)) * columns);
  }
  ids.fill(regions);
  for (let y = 0; y < height; y++) {
    const t = ct + view.t - (y + 0.5 - height / 2) / view.k;
    if (t < t0 || t >= t1) continue;
    const row = Math.floor(((t - t0) / (t1 - t0)) * rows), first = row * columns;
    for (let x = 0; x < width; x++) if (columnOf[x] >= 0) ids[y * width + x] = first + columnOf[x];
  }
}
