import assert from "node:assert/strict";
import { test } from "node:test";

import { clipConvex, clipLine } from "../../../../figures/live_view/core/clip.js";
import { toX, toY } from "../../../../figures/live_view/core/viewport.js";

const plot = { x: 10, y: 20, width: 200, height: 100 }, view = { s: 1, t: -1, k: 25 };
const pen = { plot, view, toX: (s) => toX(plot, view, s), toY: (t) => toY(plot, view, t) };

test("a line ends on the plot's rim, at points of the line", () => {
  for (let i = 0; i < 60; i++) {
    const angle = i * 0.7, [a, b] = [Math.cos(angle), Math.sin(angle)], c = -(a * 1.2 + b * -0.9); // through (1.2, -0.9)
    const ends = clipLine([3 * a, 3 * b, 3 * c], pen);
    for (const [x, y] of ends) {
      const s = view.s + (x - 110) / 25, t = view.t - (y - 70) / 25;
      assert.ok(Math.abs(a * s + b * t + c) < 1e-9);
      const gaps = [x - 10, 210 - x, y - 20, 120 - y];
      assert.ok(Math.min(...gaps) > -1e-9 && Math.min(...gaps.map(Math.abs)) < 1e-9);
    }
  }
});

test("a line beside the plot, and one without a direction, are not drawn", () => {
  assert.equal(clipLine([1, 0, -100], pen), null);
  assert.equal(clipLine([0, 0, 1], pen), null);
});

test("of a convex polygon the part in the rectangle is left: it holds the points that both hold", () => {
  const polygon = Array.from({ length: 7 }, (_, i) => ({ x: 2 * Math.cos((2 * Math.PI * i) / 7), y: 2 * Math.sin((2 * Math.PI * i) / 7) }));
  const rectangle = { x: -0.5, y: -3, width: 4, height: 3.7 }, kept = clipConvex(polygon, rectangle);
  const within = (corners, x, y) => corners.every((a, i) => {
    const b = corners[(i + 1) % corners.length];
    return (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x) >= 0;
  });
  for (let x = -2.2; x < 2.2; x += 0.13) {
    for (let y = -2.2; y < 2.2; y += 0.13) {
      assert.equal(within(kept, x, y), within(polygon, x, y) && x >= -0.5 && y <= 0.7);
    }
  }
  assert.deepEqual(clipConvex(polygon, { x: 5, y: 5, width: 1, height: 1 }), []);
});
