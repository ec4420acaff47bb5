import assert from "node:assert/strict";
import { test } from "node:test";

import { labelPlaces } from "../../../../figures/live_view/core/ball_labels.js";

const PLOT = { x: 0, y: 0, width: 400, height: 400 }, SIZE = { width: 100, height: 16 };
const ball = (radius, x = 200, y = 200) =>
  Array.from({ length: 64 }, (_, i) => ({ x: x + radius * Math.cos((i * Math.PI) / 32), y: y + radius * Math.sin((i * Math.PI) / 32) }));
const labelled = (outline, above) => ({ outline, above, size: SIZE });
const places = (balls, taken = []) => labelPlaces(balls.map((outline, i) => labelled(outline, i === 0)), balls, taken, PLOT);

// The pixels of a ball's border that a label would cover, by looking at many of them.
const hidden = (outline, place) => outline.filter(({ x, y }) => Math.abs(x - place.x) < SIZE.width / 2 && Math.abs(y - place.y) < SIZE.height / 2);

test("labels lie next to their ball where they cover no other", () => {
  const [inner, outer] = places([ball(10), ball(150)]);
  assert.ok(Math.abs(inner.y - (190 - 14.4)) < 1e-9 && Math.abs(outer.y - (350 + 14.4)) < 1e-9);
});

test("no label covers a ball's border or another label, at any sizes of two balls", () => {
  let moved = 0;
  for (let inner = 2; inner < 150; inner += 7) {
    for (let outer = inner + 1; outer < 160; outer += 7) {
      const balls = [ball(inner), ball(outer)], [lower, upper] = places(balls);
      moved += lower.y < 200 - outer ? 1 : 0;
      for (const outline of balls) assert.deepEqual([...hidden(outline, lower), ...hidden(outline, upper)], []);
      assert.ok(upper.y - lower.y > SIZE.height);
    }
  }
  assert.ok(moved > 50);
});

test("a label that something would cover lies on the other side, over the other label", () => {
  const balls = [ball(20), ball(30)], below = { x: 100, y: 235, width: 200, height: 165 };
  const [lower, upper] = places(balls, [below]);
  assert.ok(lower.y < 170 && upper.y < lower.y - SIZE.height + 1e-9);
});

test("a label that would hide something at every place is left out", () => {
  assert.deepEqual(places([ball(195)]), [null]); // the plot has no place above it or below
  assert.deepEqual(places([ball(1000)]), [{ x: 200, y: 16 }]); // it lies within the ball
});
