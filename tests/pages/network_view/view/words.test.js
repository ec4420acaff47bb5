import assert from "node:assert/strict";
import { test } from "node:test";

import { shortNumber, unitFormula, unitName, weightName } from "../../../../pages/network_view/view/words.js";
import { byHand } from "../core/examples.js";

test("a unit is a formula of what is below it", () => {
  assert.match(unitFormula(byHand(), 0, 1), /^0.*x₁ \+ 1.*x₂ − 1/u);
  assert.match(unitFormula(byHand(), 1, 0), /^1.*a₁ − 2.*a₂ \+ 3/u);
});

test("units, outputs and weights have names", () => {
  const network = byHand();
  assert.equal(unitName(network, 0, 1), "Unit 2 of layer 1");
  assert.equal(unitName(network, 1, 0), "Output 0");
  assert.equal(weightName(network, { layer: 0, to: 1, from: 0 }), "x₁ → unit 2 of layer 1");
});

test("numbers in boxes are short, and 0 has no sign", () => {
  assert.deepEqual([0.123, -0.123, 1.26, -12.6, 140, -0.001].map(shortNumber), ["0.12", "−0.12", "1.3", "−13", "140", "0.00"]);
});
