// Frames by hand, for tests.

import { readFrame } from "../../../../figures/live_view/core/frame.js";

const KINDS = [[Float32Array, "float32"], [Uint32Array, "uint32"], [Uint8Array, "uint8"]];

// The bytes of a frame, as figures/regions/frames.py packs them.
export function packed(header, arrays) {
  const places = {}, parts = [];
  let offset = 0;
  for (const [name, array] of Object.entries(arrays)) {
    places[name] = [KINDS.find(([kind]) => array instanceof kind)[1], offset, array.length];
    const size = Math.ceil(array.byteLength / 8) * 8, part = new Uint8Array(size);
    part.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    parts.push(part);
    offset += size;
  }
  const text = new TextEncoder().encode(JSON.stringify({ ...header, arrays: places }));
  const start = Math.ceil((4 + text.length) / 8) * 8, bytes = new Uint8Array(start + offset);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  let at = start;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

// The window [1, 3] x [1, 3] around the centre (2, 2), cut at s = 2 by unit 0 of the first layer: left of it class 0
// has the larger score, right of it class 1. Unit 1 is on everywhere, unit 2 of the second layer on the right only.
export function twoHalves(changes = {}) {
  const header = {
    hash: "halves", window: [1, 3, 1, 3], centre: [2, 2], widths: [2, 1], class_count: 2, regions: 2, per_region: 2,
    truncated: false, grid: null, one_in: 1, image_shape: null,
    ranges: { margin: [0, 2], active: [0, 2], "gradient-2": [0, 4] },
  };
  const arrays = {
    vertices: Float32Array.of(-1, -1, 0, -1, 1, -1, 1, 1, 0, 1, -1, 1),
    starts: Uint32Array.of(0, 4, 8),
    ring: Uint32Array.of(0, 1, 4, 5, 1, 2, 3, 4),
    edges: Uint32Array.of(1, 4, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 0),
    edge_unit: Uint32Array.of(0, ...Array(6).fill(0xffffffff)),
    classes: Uint8Array.of(0, 1),
    outputs: Uint8Array.of(0, 1, 0, 1),
    pieces: Float32Array.of(-1, 0, 0, 1, 0, 0, -2, 0, 0, 2, 0, 0),
    active: Uint32Array.of(1, 3),
    shades: Uint8Array.of(0, 1),
    boundary: Float32Array.of(0, -1, 0, 1),
    boundary_starts: Uint32Array.of(0, 2),
    "gradient-2": Float32Array.of(2, 4),
    patterns: Uint8Array.of(0b01000000, 0b11100000),
  };
  return readFrame(packed({ ...header, ...changes.header }, { ...arrays, ...changes.arrays }));
}
