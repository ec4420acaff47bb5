import assert from "node:assert/strict";
import { test } from "node:test";
import { DECISION } from "../../../../figures/live_view/core/cuts.js";
import { facetsOf } from "../../../../figures/live_view/core/facets.js";
import { heightKind, heightKinds, heightRange, sheetsOf, steadyRange } from "../../../../figures/live_view/core/heights.js";
import { colourTable, facetSheet, gridSheet, sampledGrid, tonesOf } from "../../../../figures/live_view/core/sheet.js";
import { boundaryLines, sheetLines } from "../../../../figures/live_view/core/sheet_lines.js";
import { twoHalves } from "./examples.js";

const WINDOW = [-1, 1, -1, 1], NAMES = { class_names: [] };
const PALETTE = {
  class_fills: ["#ff0000", "#00ff00"], pale: "#ffffff", palest: 0.2, scale: ["#000000", "#ffffff"], regions: ["#111111", "#222222"],
  edges: ["#000000", "#888888"], ink: "#123456", d_D: "#c00000", lit: "#ffaa00",
};
const STROKES = { edge: [2, 1], crowded_edge: 0.5, boundary: 3, lit: 4 };

test("two classes have a signed height first, more have the margin, and a frame of two scores of many the margin alone", () => {
  const kinds = (count, held) => heightKinds({ class_count: count, per_region: held }, NAMES).map(({ kind }) => kind);
  assert.deepEqual(kinds(2, 2), ["difference", "margin", "scores", "score-0", "score-1"]);
  assert.deepEqual(kinds(3, 3), ["margin", "scores", "score-0", "score-1", "score-2"]);
  assert.deepEqual(kinds(10, 2), ["margin"]);
  assert.deepEqual(kinds(1, 1), ["score-0"]);
  assert.equal(heightKind({ class_count: 3, per_region: 3 }, NAMES, "difference").kind, "margin");
  assert.equal(heightKind({ class_count: 3, per_region: 3 }, NAMES, "score-2").kind, "score-2");
});

test("the range of a signed height holds 0, and that of a margin begins there", () => {
  assert.deepEqual(heightRange([Float64Array.of(2, 3)], "difference"), [0, 3]);
  assert.deepEqual(heightRange([Float64Array.of(-1e-17, 3)], "margin"), [0, 3]);
  assert.deepEqual(heightRange([Float64Array.of(2, 3), Float64Array.of(-1, NaN)], "scores"), [-1, 3]);
  const [low, high] = heightRange([Float64Array.of(0, 0)], "margin");
  assert.ok(high > low);
});

test("the scale stays while heights grow within it, and follows them where they leave it or become far smaller", () => {
  assert.deepEqual(steadyRange([0, 10], [0, 8]), [0, 10]);
  const grown = steadyRange([0, 10], [0, 12]);
  assert.ok(grown[0] === 0 && grown[1] >= 12);
  assert.deepEqual(steadyRange([0, 10], [0, 2]), [0, 2]);
  assert.deepEqual(steadyRange(null, [1, 2]), [1, 2]);
});

test("an edge where the class changes is a part of the decision boundary, once", () => {
  const facets = facetsOf(twoHalves(), WINDOW), sides = [...facets.sides].filter((side) => side === DECISION);
  assert.equal(facets.count, 2);
  assert.equal(sides.length, 1);
});

test("each sheet of scores is the highest exactly where its class is", () => {
  const frame = twoHalves(), facets = facetsOf(frame, WINDOW);
  assert.deepEqual(sheetsOf(frame, "scores"), ["score-0", "score-1"]);
  const [left, right] = sheetsOf(frame, "scores").map((kind) => facetSheet(frame, facets, kind));
  for (let k = 0; k < left.regions.length; k++) assert.deepEqual([left.above[k], right.above[k]], left.regions[k] === 0 ? [1, 0] : [0, 1]);
});

test("a grid lies on the facets", () => {
  const frame = twoHalves(), grid = sampledGrid(frame, WINDOW, 20), { places, slopes, triangles } = gridSheet(frame, grid, "margin");
  assert.equal(triangles.length, 6 * 19 * 19);
  for (let k = 0; k < places.length / 3; k++) {
    const s = places[3 * k], expected = s < 0 ? -2 * s : 4 * s;
    assert.ok(Math.abs(places[3 * k + 2] - expected) < 1e-5);
    if (Math.abs(s) > 0.2) assert.ok(Math.abs(slopes[2 * k] - (s < 0 ? -2 : 4)) < 1e-4);
  }
});

test("colours are those of the flat picture", () => {
  const frame = twoHalves(), facets = facetsOf(frame, WINDOW), sheet = facetSheet(frame, facets, "margin");
  const options = { fill: "class", norm: "2" }, tones = tonesOf(sheet, frame, options, null, facets);
  for (let k = 0; k < sheet.regions.length; k++) {
    assert.equal(tones[2 * k + 1], sheet.regions[k]); // the left half is of class 0
    assert.ok(Math.abs(tones[2 * k] - sheet.heights[k] / 2) < 1e-6); // the range of the margin is 2
  }
  const table = colourTable(frame, options, PALETTE, false);
  assert.equal(table.length % 2, 0);
  assert.equal(table[table.length / 2 - 1], 0xff0000ff); // the full colour of class 0: red, as RGBA
});

test("lines are the edges of layers that show, and the decision boundary last", () => {
  const frame = twoHalves(), facets = facetsOf(frame, WINDOW), { heights } = facetSheet(frame, facets, "margin");
  const lines = (options, lit = []) => sheetLines(frame, facets, [heights], { hidden_layers: [], show_boundary: true, ...options }, lit, PALETTE, STROKES);
  assert.equal(lines({}).widths.at(-1), 3);
  assert.equal(lines({}).widths.length, lines({ show_boundary: false }).widths.length + 1);
  assert.equal(lines({}, [0]).widths.at(-1), 4);
  assert.equal(lines({ hidden_layers: [0] }).widths.length, lines({}).widths.length - 1);
});

test("over a grid, the decision boundary lies at the heights that are given", () => {
  const { ends, widths } = boundaryLines(twoHalves(), WINDOW, [() => 0], PALETTE, STROKES);
  assert.deepEqual([...ends], [0, -1, 0, 0, 1, 0]);
  assert.equal(widths.length, 1);
  assert.equal(boundaryLines(twoHalves(), [0.5, 1, -1, 1], [() => 0], PALETTE, STROKES).widths.length, 0);
});
