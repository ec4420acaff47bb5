import assert from "node:assert/strict";
import { test } from "node:test";

import { aligned, precise, written } from "../../../../pages/step_view/core/digits.js";

test("numbers of a column have the same digits behind the point, and no minus zero", () => {
  assert.deepEqual([1.005, -12.3, 0, -0.001, 0.5].map((value) => aligned(value)), ["1.00", "−12.30", "0.00", "0.00", "0.50"]);
  assert.equal(aligned(-0.0312, 3), "−0.031");
});

test("large and endless numbers are shortened", () => {
  assert.deepEqual([123456, Infinity, NaN].map((value) => aligned(value)), ["1.23·10⁵", "∞", "undefined"]);
});

test("a map with numbers is written with its signs, and negative inputs in brackets", () => {
  assert.equal(written([1.5, -2], [0.3, -0.2], -0.25), "1.50·0.300 − 2.00·(−0.200) − 0.250");
  assert.equal(written([-1, 2], [1, 1], 0), "−1.00·1.00 + 2.00·1.00 + 0");
});

test("six digits tell two scores apart", () => {
  assert.equal(precise(8.391164), "8.39116");
  assert.equal(precise(-7.5), "−7.50000");
});
