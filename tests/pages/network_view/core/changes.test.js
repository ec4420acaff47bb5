import assert from "node:assert/strict";
import { test } from "node:test";

import { applyChange, biasChange, targetOf, weightChange } from "../../../../pages/network_view/core/changes.js";
import { valuesAt } from "../../../../pages/network_view/core/network.js";
import { byHand } from "./examples.js";

test("a changed weight or bias changes the values that follow from it", () => {
  const network = byHand();
  applyChange(network, weightChange(1, 2, 1, 4)); // the second unit is now 4 x + y - 1
  applyChange(network, biasChange(2, 1, 0));
  assert.deepEqual(valuesAt(network, [1, 1]).map((z) => [...z]), [[1, 4], [1 - 8]]);
});

test("changes of what is not there, and of units, change no value", () => {
  const network = byHand(), before = JSON.stringify(network);
  for (const change of ["w1.9.1:5", "w1.1.9:5", "b7.1:5", "u1", "m", ""]) applyChange(network, change);
  assert.equal(JSON.stringify(network), before);
});

test("two values of one weight have the same target, and six digits", () => {
  assert.equal(targetOf(weightChange(1, 2, 1, 0.1)), targetOf(weightChange(1, 2, 1, 0.2)));
  assert.notEqual(targetOf(weightChange(1, 2, 1, 0.1)), targetOf(biasChange(1, 2, 0.1)));
  assert.equal(weightChange(1, 2, 1, 1 / 3), "w1.2.1:0.333333");
});
