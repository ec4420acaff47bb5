import assert from "node:assert/strict";
import { test } from "node:test";

import { bendsOf, isOn, numberOf, placeOf, preActivations, readNetwork, stateOf, valuesAt } from "../../../../pages/network_view/core/network.js";
import { byHand } from "./examples.js";

test("a network is evaluated unit by unit, with each unit's slope below 0", () => {
  assert.deepEqual(valuesAt(byHand(), [2, 3]).map((z) => [...z]), [[2, 2], [2 - 4 + 3]]);
  assert.deepEqual(valuesAt(byHand(), [-2, -1]).map((z) => [...z]), [[-2, -2], [0 + 2 + 3]]);
});

test("many points at once have the values of each alone", () => {
  const network = byHand(), points = Float64Array.from([2, 3, -2, -1, 0.5, 0.25]), all = preActivations(network, points);
  for (let i = 0; i < 3; i++) {
    valuesAt(network, [points[2 * i], points[2 * i + 1]]).forEach((z, l) => z.forEach((value, k) => assert.equal(all[l][3 * k + i], value)));
  }
});

test("one slope stands for all units of a layer, and without hidden layers there is none", () => {
  assert.deepEqual([...readNetwork({ key: "", widths: [2, 3, 2], slopes: [0.1], tops: [null] }, new Float64Array(17)).layers[0].slopes], [0.1, 0.1, 0.1]);
  const flat = readNetwork({ key: "", widths: [2, 2], slopes: [], tops: [] }, Float64Array.from([1, 2, 3, 4, 5, 6]));
  assert.deepEqual([...valuesAt(flat, [1, 1])[0]], [8, 13]);
});

test("a unit's number through all layers and its place are inverse to each other", () => {
  const network = readNetwork({ key: "", widths: [2, 3, 4, 2], slopes: [0, 0], tops: [null, null] }, new Float64Array(35));
  for (let unit = 0; unit < 7; unit++) {
    const { layer, unit: within } = placeOf(network, unit);
    assert.equal(numberOf(network, layer, within), unit);
  }
  assert.equal(placeOf(network, 7), null); // outputs have no number
  assert.equal(numberOf(network, 2, 0), null);
});

test("|z| and a clip are evaluated, bend where they bend, and say what they do", () => {
  const one = (slope, top) => readNetwork({ key: "", widths: [2, 1, 1], slopes: [slope], tops: [top] }, Float64Array.from([1, 0, 0, 1, 0]));
  const at = (network, x) => valuesAt(network, [x, 0])[1][0];
  const folded = one(-1, null), clipped = one(0, 1);
  assert.deepEqual([-2, 0, 0.5, 3].map((x) => at(folded, x)), [2, 0, 0.5, 3]);
  assert.deepEqual([-2, 0, 0.5, 3].map((x) => Math.abs(at(clipped, x))), [0, 0, 0.5, 1]);
  assert.deepEqual([bendsOf(folded.layers[0]), bendsOf(clipped.layers[0]), bendsOf(folded.layers[1])], [[0], [0, 1], []]);
  assert.deepEqual([-2, 0.5, 3].map((z) => stateOf(clipped.layers[0], 0, z)), ["off", "on", "cut at 1"]);
  assert.deepEqual([-2, 3].map((z) => stateOf(folded.layers[0], 0, z)), ["with its sign turned", "on"]);
  assert.deepEqual([isOn(folded.layers[0], 0, -1), isOn(clipped.layers[0], 0, -1), isOn(clipped.layers[0], 0, 2)], [true, false, true]);
});
