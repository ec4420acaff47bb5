import assert from "node:assert/strict";
import { test } from "node:test";

import {
  evaluateRegion, readFrame, readHeader, regionArea, regionCorners, regionPattern, scoresAt,
} from "../../../../figures/live_view/core/frame.js";
import { packed, twoHalves } from "./examples.js";

const FRAME = twoHalves();

test("arrays are read whole, wherever in a message they lie", () => {
  const bytes = packed({ widths: [1], regions: 1, grid: [1, 1] }, { shades: Uint8Array.of(7, 8, 9), vertices: Float32Array.of(0.5, -2) });
  for (const shift of [0, 1, 3]) {
    const message = new Uint8Array(bytes.length + shift);
    message.set(bytes, shift);
    const frame = readFrame(message.subarray(shift));
    assert.deepEqual([...frame.shades], [7, 8, 9]);
    assert.deepEqual([...frame.vertices], [0.5, -2]);
    assert.deepEqual(readHeader(message.subarray(shift)).header.widths, [1]);
  }
});

test("each unit has its layer, each region its box, area and corners", () => {
  assert.deepEqual([...FRAME.layerOfUnit], [0, 0, 1]);
  assert.deepEqual(FRAME.layers, [{ first: 0, width: 2, last: 2 }, { first: 2, width: 1, last: 3 }]);
  assert.deepEqual([...FRAME.boxes], [-1, 0, -1, 1, 0, 1, -1, 1]);
  assert.deepEqual([0, 1].map((i) => regionArea(FRAME, i)), [2, 2]);
  assert.deepEqual(regionCorners(FRAME, 1), [[2, 1], [3, 1], [3, 3], [2, 3]]);
});

test("a region's map says the class, the runner-up, the margin, and their difference in the plane's coordinates", () => {
  const here = evaluateRegion(FRAME, 1, 0.5, 0.25);
  assert.deepEqual([here.label, here.other, here.margin], [1, 0, 2]);
  const [a, b, c] = here.map;
  assert.equal(a * 2.5 + b * 2.25 + c, here.margin);
  assert.deepEqual(scoresAt(FRAME, 1, 0.5, 0.25), [{ label: 0, value: -1 }, { label: 1, value: 1 }]);
});

test("a network with one output has no runner-up", () => {
  const frame = twoHalves({ header: { per_region: 1 }, arrays: { outputs: Uint8Array.of(0, 0), pieces: Float32Array.of(1, 0, 0, 2, 0, 0) } });
  assert.deepEqual(evaluateRegion(frame, 1, 0.5, 0), { label: 0, other: null, margin: 1, map: null });
});

test("patterns are bits, by layer; a frame may come without them", () => {
  assert.deepEqual([0, 1].map((i) => regionPattern(FRAME, i)), [[[0, 1], [0]], [[1, 1], [1]]]);
  assert.equal(regionPattern({ ...FRAME, patterns: undefined }, 0), null);
});
