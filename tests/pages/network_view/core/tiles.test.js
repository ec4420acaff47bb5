import assert from "node:assert/strict";
import { test } from "node:test";

import { pixelCentres, tile, tileSize, tilesOf } from "../../../../pages/network_view/core/tiles.js";
import { byHand } from "./examples.js";

const COLOURS = { positive: "#0000ff", negative: "#ff0000", ground: "#ffffff", line: "#00ff00" };
const pixel = (bytes, i) => [...bytes.slice(4 * i, 4 * i + 4)];

test("pixels lie row by row from the upper left corner of the window", () => {
  assert.deepEqual([...pixelCentres([0, 2, 10, 14], 2)], [0.5, 13, 1.5, 13, 0.5, 11, 1.5, 11]);
});

test("values above and below 0 have the two colours, stronger where they are larger", () => {
  const bytes = tile(Float64Array.from([4, 4, 4, 1, 1, 1, 1, 1, 1]), 3, COLOURS);
  const [strong, weak] = [pixel(bytes, 1), pixel(bytes, 7)];
  assert.ok(strong[2] === 255 && strong[0] < weak[0] && weak[0] < 255);
  assert.ok(pixel(tile(Float64Array.from([-1]), 1, COLOURS), 0)[0] === 255);
});

test("the line runs where the sign changes, and nowhere else", () => {
  const bytes = tile(Float64Array.from([-1, -1, 1, -1, -1, 1, -1, -1, 1]), 3, COLOURS);
  const isLine = Array.from({ length: 9 }, (_, i) => String(pixel(bytes, i)) === "0,255,0,255");
  assert.deepEqual(isLine, [false, true, false, false, true, false, false, true, false]);
});

test("the picture of a unit that is 0 everywhere is even", () => {
  const bytes = tile(new Float64Array(4), 2, COLOURS);
  assert.equal(new Set([0, 1, 2, 3].map((i) => String(pixel(bytes, i)))).size, 1);
});

test("each unit has a picture of its own: that of the first bends where x is 0", () => {
  const [[x, y], [output]] = tilesOf(byHand(), [-1, 1, -1, 1], 10, COLOURS);
  for (let row = 0; row < 10; row++) assert.deepEqual(pixel(x, 10 * row + 4), [0, 255, 0, 255]);
  assert.ok(![...Array(100).keys()].some((i) => String(pixel(y, i)) === "0,255,0,255")); // y - 1 stays below 0
  assert.equal(output.length, 400);
});

test("larger networks have coarser pictures, never none", () => {
  const size = (units) => tileSize({ widths: [], layers: [{ inputs: units, units }] });
  assert.ok(size(4) >= size(300) && size(300) > size(1000) && size(100000) >= 10);
});

test("a unit that is cut has a line where it is 0 and one where it is cut", () => {
  const bytes = tile(Float64Array.from([-1, 0.5, 2, 3]), 4, COLOURS, [0, 1]);
  assert.deepEqual([0, 1, 2, 3].map((i) => String(pixel(bytes, i)) === "0,255,0,255"), [true, true, false, false]);
});
