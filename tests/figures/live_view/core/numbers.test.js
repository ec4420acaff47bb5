import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { affineText, counted, inUnits, mapInUnits, pointText, roundLength, subscript, threeDigits } from "../../../../figures/live_view/core/numbers.js";

const table = (name) => JSON.parse(readFileSync(new URL(`../../../${name}.json`, import.meta.url), "utf8"));

test("numbers are written as in the table that Python keeps to", () => {
  for (const { value, rounding, shown } of table("numbers")) assert.equal(threeDigits(value, rounding), shown);
});

test("counts are written as in the table that Python keeps to", () => {
  for (const { count, thing, things, shown } of table("counts")) assert.equal(counted(count, thing, things ?? undefined), shown);
});

test("affine maps are written as in the table that Python keeps to", () => {
  for (const { piece, shown } of table("affine_maps")) assert.equal(affineText(piece, ["x₁", "x₂"]), shown);
});

test("lengths of scale bars are written as in the table that Python keeps to", () => {
  for (const { length, shown } of table("lengths")) assert.equal(roundLength(length), shown);
});

test("what is no finite number has a name", () => {
  assert.deepEqual([NaN, Infinity, -Infinity].map((value) => threeDigits(value)), ["undefined", "∞", "−∞"]);
});

test("three digits are within half a unit of the third digit, and on the side that is asked for", () => {
  const read = (text) => {
    const [mantissa, power = ""] = text.replace("−", "-").replaceAll("\u2009", "").split("·10");
    return Number(mantissa) * 10 ** Number([...power].map((sign) => (sign === "⁻" ? "-" : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(sign))).join(""));
  };
  for (let i = 1; i < 2000; i++) {
    const value = Math.sin(i * 12.9898) * 10 ** ((i % 17) - 8), unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 2);
    assert.ok(Math.abs(read(threeDigits(value)) - value) <= 0.5 * unit * (1 + 1e-9), String(value));
    assert.ok(read(threeDigits(value, "down")) <= value + unit * 1e-9, String(value));
    assert.ok(read(threeDigits(value, "up")) >= value - unit * 1e-9, String(value));
  }
});

test("a point is its coordinates, and a subscript its digits", () => {
  assert.equal(pointText([0.5, -1]), "(0.500, −1.00)");
  assert.equal(subscript(120), "₁₂₀");
});

test("a map of coordinates and the same map of the values that axes show agree at every point", () => {
  /** @type {[[number, number], [number, number]]} */
  const scales = [[-3, 6], [100, 1100]], piece = [2, -0.5, 7];
  const [a, b, c] = mapInUnits(piece, scales);
  for (const [s, t] of [[0, 0], [1, 0], [0, 1], [0.3, 0.7]]) {
    const [x, y] = inUnits([s, t], scales);
    assert.ok(Math.abs(a * x + b * y + c - (piece[0] * s + piece[1] * t + piece[2])) < 1e-12);
  }
  assert.deepEqual(inUnits([0.5, 0.5], scales), [0, 650]);
});
