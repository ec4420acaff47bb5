import assert from "node:assert/strict";
import { test } from "node:test";

import { along, mix, word } from "../../../../figures/live_view/core/colours.js";
import { colourPixels } from "../../../../figures/live_view/core/fills.js";
import { twoHalves } from "./examples.js";

const PALETTE = {
  pale: "#ffffff", class_fills: ["#0000ff", "#ff8000"], scale: ["#000000", "#808080", "#ffffff"], edges: ["#000000", "#ffffff"],
  regions: ["#112233", "#445566"], palest: 0.3,
};
const VIEW = { s: 0, t: 0, k: 4 }; // eight pixels across the window

function painted(frame, ids, width, fill, norm = "2") {
  const out = new Uint32Array(ids.length);
  colourPixels(frame, VIEW, width, ids.length / width, Uint32Array.from(ids), out, { fill, norm, palette: PALETTE, edges: true });
  return [...out];
}

test("a fill by region, count or gradient is one colour per region, transparent outside the window", () => {
  const frame = twoHalves(), ids = [0, 1, 2];
  assert.deepEqual(painted(frame, ids, 3, "region"), [word("#112233"), word("#445566"), 0]);
  assert.deepEqual(painted(frame, ids, 3, "active"), [word(along(PALETTE.scale, 128 / 255)), word("#ffffff"), 0]); // 1 and 3 of [0, 2]
  assert.deepEqual(painted(frame, ids, 3, "gradient"), [word(along(PALETTE.scale, 128 / 255)), word("#ffffff"), 0]);
});

test("a fill by class takes each pixel's own class and margin", () => {
  const frame = twoHalves(), ids = [0, 0, 0, 0, 1, 1, 1, 1], row = painted(frame, ids, 8, "class");
  row.forEach((colour, x) => {
    const s = (x + 0.5 - 4) / 4, margin = Math.abs(s) * (s < 0 ? 2 : 4); // the scores are ∓s and ∓2s
    const strength = 0.3 + 0.7 * Math.sqrt(Math.min(511, Math.floor((margin / 2) * 512)) / 511);
    assert.equal(colour, word(mix("#ffffff", PALETTE.class_fills[s < 0 ? 0 : 1], strength)));
  });
});

test("edges that are not drawn darken their cells by their share", () => {
  const frame = twoHalves({ arrays: { ink: Uint8Array.of(255, 0) } });
  assert.deepEqual(painted(frame, [0, 1, 2], 3, "region"), [word("#000000"), word("#445566"), 0]);
});
