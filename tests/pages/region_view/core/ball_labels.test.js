import assert from "node:assert/strict";
import { test } from "node:test";

import { labelPlace } from "../../../../pages/region_view/core/ball_labels.js";

const PLOT = { x: 0, y: 0, width: 400, height: 400 }, SIZE = { width: 100, height: 16 };
const ball = (radius, x = 200, y = 200) =>
  Array.from({ length: 64 }, (_, i) => ({ x: x + radius * Math.cos((i * Math.PI) / 32), y: y + radius * Math.sin((i * Math.PI) / 32) }));

// The pixels of a ball's border that a label would cover, by looking at many of them.
const hidden = (outline, place) => outline.filter(({ x, y }) => Math.abs(x - place.x) < SIZE.width / 2 && Math.abs(y - place.y) < SIZE.height / 2);

test("labels lie next to their ball where they cover no other", () => {
  const small = ball(10), large = ball(180);
  assert.ok(Math.abs(labelPlace([small, large], small, true, SIZE, PLOT).y - (190 - 14.4)) < 1e-9);
  assert.ok(Math.abs(labelPlace([small], small, false, SIZE, PLOT).y - (210 + 14.4)) < 1e-9);
});

test("no label covers a ball's border, at any sizes of two balls", () => {
  let moved = 0;
  for (let inner = 2; inner < 150; inner += 7) {
    for (let outer = inner + 1; outer < 160; outer += 7) {
      const balls = [ball(inner), ball(outer)];
      for (const above of [true, false]) {
        const place = labelPlace(balls, balls[0], above, SIZE, PLOT);
        moved += place.y < 200 - outer || place.y > 200 + outer ? 1 : 0;
        for (const outline of balls) assert.deepEqual(hidden(outline, place), []);
      }
    }
  }
  assert.ok(moved > 100);
});

test("a label that would hide something at every place is left out", () => {
  const tall = ball(195); // the plot has no place above it
  assert.equal(labelPlace([tall], tall, true, SIZE, PLOT), null);
  const larger = ball(1000); // the label lies within it
  assert.deepEqual(labelPlace([larger], larger, true, SIZE, PLOT), { x: 200, y: 16 });
});
