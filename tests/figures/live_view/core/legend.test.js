import assert from "node:assert/strict";
import { test } from "node:test";

import { className, legendRows } from "../../../../figures/live_view/core/legend.js";
import { twoHalves } from "./examples.js";

const NOTHING = { points: [], balls: [], hyperplanes: [] };
const OPTIONS = { fill: "region", norm: "2", hidden_layers: [], lit_unit: null, show_boundary: true, show_points: true, class_names: ["cat"] };
const texts = (options, overlays = NOTHING) => legendRows(twoHalves(), overlays, { ...OPTIONS, ...options }).map(({ text }) => text);

test("the legend lists what the picture shows, and nothing else", () => {
  assert.deepEqual(texts({}), ["decision boundary", "layer 1", "layer 2"]);
  assert.deepEqual(texts({ show_boundary: false, hidden_layers: [0] }), ["layer 2"]);
  assert.deepEqual(texts({ fill: "class", show_boundary: false, hidden_layers: [0, 1] }), ["cat", "class 1"]);
  assert.deepEqual(texts({ fill: "gradient", norm: "inf" })[0], "gradient norm, p = ∞");
});

test("roles are listed once each, from lower to upper bound", () => {
  const balls = [{ role: "d_D" }, { role: "d_B" }], hyperplanes = [{ role: "d_D" }];
  assert.deepEqual(texts({ show_boundary: false, hidden_layers: [0, 1] }, { ...NOTHING, balls, hyperplanes }), ["d_B", "d_D"]);
});

test("a lit unit has its number through all layers, and its place in its layer", () => {
  assert.equal(texts({ lit_unit: 2 }).at(-1), "unit 3, number 1 of layer 2");
  assert.equal(texts({ lit_unit: 1 }).at(-1), "unit 2 of layer 1");
  assert.equal(texts({ lit_unit: 3 }).at(-1), "layer 2"); // no such unit
});

test("classes without a name are numbered", () => {
  assert.deepEqual([0, 1].map((label) => className(OPTIONS, label)), ["cat", "class 1"]);
});
