import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { roundStep, ticks } from "../../../../figures/live_view/core/ticks.js";

const AXES = JSON.parse(readFileSync(new URL("../../../axes.json", import.meta.url), "utf8"));

test("axes are divided and named as in the table that Python keeps to", () => {
  for (const { from, to, wanted, texts, base } of AXES) {
    const axis = ticks(from, to, wanted);
    assert.deepEqual(axis.places.map(({ text }) => text), texts);
    assert.equal(axis.base, base);
  }
});

test("a step is 1, 2 or 5 times a power of ten, the largest that is not above what is asked for", () => {
  for (const [most, step] of [[1, 1], [1.99, 1], [2, 2], [4.9, 2], [5, 5], [9.9, 5], [10, 10], [0.03, 0.02], [7e5, 5e5]]) {
    assert.ok(Math.abs(roundStep(most) / step - 1) < 1e-12, String(most));
  }
});

test("places are inside the axis, equally far apart, and named by their texts where there is no base", () => {
  for (const [from, to] of [[-1, 1], [0.2, 0.5], [-4e5, 3e6], [12.3456781, 12.3456789]]) {
    const { places, base } = ticks(from, to, 6);
    assert.ok(places.length >= 2 && places.length <= 13);
    const step = places[1].value - places[0].value;
    places.forEach(({ value, text }, i) => {
      assert.ok(value >= from - 1e-12 && value <= to + 1e-12);
      assert.ok(Math.abs(value - places[0].value - i * step) <= 1e-6 * step);
      if (!base) assert.ok(Math.abs(Number(text.replace("−", "-")) - value) < 1e-9 * Math.max(1, Math.abs(value)));
    });
  }
});
