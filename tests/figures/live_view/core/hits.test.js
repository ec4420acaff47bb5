import assert from "node:assert/strict";
import { test } from "node:test";

import { isInside, nearestPoint, overlap, regionAtPixel } from "../../../../figures/live_view/core/hits.js";

const PLOT = { x: 10, y: 20, width: 3, height: 2 };

test("the plot's rim belongs to it", () => {
  assert.ok(isInside(PLOT, { x: 10, y: 20 }) && isInside(PLOT, { x: 13, y: 22 }));
  assert.ok(!isInside(PLOT, { x: 9.9, y: 20 }) && !isInside(PLOT, { x: 10, y: 22.1 }));
});

test("the nearest of several points is found, and none out of reach", () => {
  const pen = { toX: (s) => 10 * s, toY: (t) => -10 * t }, points = [[0, 0], [1, 0], [1, -1]];
  assert.equal(nearestPoint(points, { x: 9, y: 8 }, 5, pen), 2);
  assert.equal(nearestPoint(points, { x: 5, y: 4 }, 5, pen), null);
  assert.equal(nearestPoint([], { x: 0, y: 0 }, 5, pen), null);
});

test("a place has the region of its pixel, whatever the screen's pixels are", () => {
  const ids = Uint32Array.from({ length: 24 }, (_, i) => i), size = { width: 6, height: 4, ratio: 2 };
  assert.equal(regionAtPixel(ids, size, 24, PLOT, { x: 10.2, y: 20.2 }), 0);
  assert.equal(regionAtPixel(ids, size, 24, PLOT, { x: 11.6, y: 21.1 }), 15);
  assert.equal(regionAtPixel(ids, size, 15, PLOT, { x: 11.6, y: 21.1 }), null); // outside the window
  assert.equal(regionAtPixel(ids, size, 24, PLOT, { x: 13, y: 20 }), null);
  assert.equal(regionAtPixel(ids, size, 24, PLOT, { x: 9.9, y: 20 }), null);
});

test("rectangles overlap if they share more than a side", () => {
  const box = { x: 0, y: 0, width: 2, height: 2 };
  assert.ok(overlap(box, { x: 1, y: 1, width: 5, height: 5 }));
  assert.ok(!overlap(box, { x: 2, y: 0, width: 2, height: 2 }));
});
