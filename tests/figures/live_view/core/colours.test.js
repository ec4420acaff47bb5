import assert from "node:assert/strict";
import { test } from "node:test";

import { along, brightness, channels, edgeColour, mix, word } from "../../../../figures/live_view/core/colours.js";

test("a word is red, green, blue and full opacity, in the order of a raster's bytes", () => {
  const bytes = new Uint8Array(Uint32Array.of(word("#0a14C8")).buffer);
  assert.deepEqual([...bytes], [10, 20, 200, 255]);
  assert.deepEqual(channels("#0a14C8"), [10, 20, 200]);
});

test("a mixture begins at one colour and ends at the other", () => {
  assert.equal(mix("#123456", "#fedcba", 0), "#123456");
  assert.equal(mix("#123456", "#fedcba", 1), "#fedcba");
  assert.equal(mix("#000000", "#64c8ff", 0.5), "#326480");
});

test("a scale goes through all of its colours", () => {
  const scale = ["#000000", "#ff0000", "#00ff00"];
  assert.deepEqual([0, 0.5, 1].map((share) => along(scale, share)), scale);
  assert.equal(along(scale, 0.25), mix(scale[0], scale[1], 0.5));
});

test("the first layer has the first colour, the last layer the last; a single one has the first", () => {
  const palette = { edges: ["#111111", "#999999"] };
  assert.deepEqual([0, 1, 2].map((layer) => edgeColour(palette, layer, 3)), ["#111111", "#555555", "#999999"]);
  assert.equal(edgeColour(palette, 0, 1), "#111111");
});

test("colours of a theme and of a computed style are equally bright; what is no colour is white", () => {
  assert.equal(brightness("rgb(14, 17, 23)"), brightness("#0E1117"));
  assert.equal(brightness(""), brightness("#ffffff"));
});
