import assert from "node:assert/strict";
import { test } from "node:test";

import { isDrawn, layerWidth, sparsity, unitAt, unitSegments, visibleEdges } from "../../../../figures/live_view/core/edges.js";
import { twoHalves } from "./examples.js";

const SIZE = { width: 80, height: 80, ratio: 1 };

test("edges in view are listed by layer, the window's border last", () => {
  const { perLayer, oneIn, drawn } = visibleEdges(twoHalves(), { s: 0, t: 0, k: 20 }, SIZE, []);
  assert.deepEqual([perLayer.map((list) => list.length / 4), oneIn, drawn], [[1, 0, 6], 1, 7]);
  assert.deepEqual(perLayer[0], [0, -1, 0, 1]);
});

test("edges of hidden layers, outside the view, and shorter than a dot are left out", () => {
  const frame = twoHalves(), count = (view, hidden = []) => visibleEdges(frame, view, SIZE, hidden).drawn;
  assert.equal(count({ s: 0, t: 0, k: 20 }, [0]), 6);
  assert.equal(count({ s: 0.5, t: 0, k: 400 }), 0);
  assert.equal(count({ s: 0, t: 0, k: 400 }), 1);
  assert.equal(count({ s: 0, t: 0, k: 0.1 }), 0);
});

test("among too many edges, one unit in two, four or eight keeps all of its own", () => {
  const units = 64, each = 1000, edges = Uint32Array.from({ length: 2 * units * each }, (_, i) => (i % 2 ? 4 : 1));
  const unit = Uint32Array.from({ length: units * each }, (_, e) => e % units);
  const frame = twoHalves({ header: { widths: [units] }, arrays: { edges, edge_unit: unit } });
  const { oneIn, drawn } = visibleEdges(frame, { s: 0, t: 0, k: 20 }, SIZE, []);
  assert.equal(oneIn, 4); // 64 000 are more than twice 30 000
  assert.equal(drawn % each, 0);
  assert.ok(Math.abs(drawn / (units * each) - 1 / oneIn) < 0.15);
});

test("a unit that is drawn among many is drawn among fewer", () => {
  for (let unit = 0; unit < 1000; unit++) {
    assert.ok(isDrawn(unit, 1));
    for (const oneIn of [2, 4, 8]) assert.ok(!isDrawn(unit, 2 * oneIn) || isDrawn(unit, oneIn));
  }
});

test("a unit's bent hyperplane is all of its edges", () => {
  assert.deepEqual(unitSegments(twoHalves(), 0), [0, -1, 0, 1]);
  assert.deepEqual(unitSegments(twoHalves(), 1), []);
});

test("widths fall from the first layer to the last; lines are finer among many", () => {
  const widths = [0, 1, 2].map((layer) => layerWidth([1.4, 0.8], layer, 3));
  widths.forEach((width, layer) => assert.ok(Math.abs(width - [1.4, 1.1, 0.8][layer]) < 1e-12));
  assert.equal(layerWidth([1.4, 0.8], 0, 1), 1.4);
  assert.deepEqual([sparsity(0), sparsity(3000), sparsity(12000)], [1, 1, 0.5]);
});

test("the unit of the nearest line within reach is found; borders and hidden layers are none", () => {
  const frame = twoHalves(); // the line s = 0 is that of its first unit
  assert.equal(unitAt(frame, [0.1, 0.3], 0.2, []), frame.edge_unit.find((unit) => unit === 0));
  assert.equal(unitAt(frame, [0.5, 0.3], 0.2, []), null);
  assert.equal(unitAt(frame, [0.1, 0.3], 0.2, [0]), null);
  assert.equal(unitAt(frame, [1, 0.3], 0.2, []), null); // the window's border
});
