// The frame as the browser holds it: typed arrays over one buffer (figures/frames.py says what they mean).

const ARRAY_TYPES = { float32: Float32Array, uint32: Uint32Array, uint8: Uint8Array };
const NO_UNIT = 0xffffffff;

function readHeader(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { header, start: Math.ceil((4 + length) / 8) * 8 };
}

function readFrame(bytes) {
  const { header, start } = readHeader(bytes);
  const { buffer } = bytes.slice(start); // aligned, whatever the message it came in
  const frame = { ...header };
  for (const [name, [kind, offset, length]] of Object.entries(header.arrays)) {
    frame[name] = new ARRAY_TYPES[kind](buffer, offset, length);
  }
  frame.boxes = frame.grid ? null : boundingBoxes(frame);
  let first = 0;
  frame.layers = frame.widths.map((width) => ({ first, width, last: (first += width) }));
  frame.layerOfUnit = Uint8Array.from(frame.layers.flatMap(({ width }, layer) => Array(width).fill(layer)));
  return frame;
}

// Per region: smallest s, largest s, smallest t, largest t.
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

function regionArea({ starts, ring, vertices }, i) {
  const first = starts[i], last = starts[i + 1];
  const s0 = vertices[2 * ring[first]], t0 = vertices[2 * ring[first] + 1];
  let twice = 0;
  for (let h = first; h < last; h++) {
    const a = 2 * ring[h], b = 2 * ring[h + 1 < last ? h + 1 : first];
    twice += (vertices[a] - s0) * (vertices[b + 1] - t0) - (vertices[b] - s0) * (vertices[a + 1] - t0);
  }
  return twice / 2;
}

// What region i's affine map says at the point (s, t), relative to the frame's centre: the class, the runner-up and
// the map of their difference.
function evaluateRegion(frame, i, s, t) {
  const m = frame.per_region;
  let best = -1, second = -1, high = -Infinity, next = -Infinity;
  for (let j = 0; j < m; j++) {
    const at = 3 * (i * m + j);
    const value = frame.pieces[at] * s + frame.pieces[at + 1] * t + frame.pieces[at + 2];
    if (value > high) {
      next = high; second = best; high = value; best = j;
    } else if (value > next) {
      next = value; second = j;
    }
  }
  if (second < 0) return { label: frame.outputs[i * m + best], other: null, margin: high, map: null };
  const a = 3 * (i * m + best), b = 3 * (i * m + second), p = frame.pieces;
  const slope = [p[a] - p[b], p[a + 1] - p[b + 1]];
  const [cs, ct] = frame.centre;
  const map = [...slope, p[a + 2] - p[b + 2] - slope[0] * cs - slope[1] * ct];
  return { label: frame.outputs[i * m + best], other: frame.outputs[i * m + second], margin: high - next, map };
}

// Per hidden layer, which units are on; null when the frame was too large to carry patterns.
function regionPattern(frame, i) {
  if (!frame.patterns) return null;
  const bytes = frame.patterns.length / frame.regions;
  const on = (unit) => (frame.patterns[i * bytes + (unit >> 3)] >> (7 - (unit & 7))) & 1;
  return frame.layers.map(({ first, width }) => Array.from({ length: width }, (_, k) => on(first + k)));
}
