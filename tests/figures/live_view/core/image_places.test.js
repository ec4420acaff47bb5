import assert from "node:assert/strict";
import { test } from "node:test";

import { imageDirections } from "../../../../figures/live_view/core/image_places.js";

const PLOT = { x: 50, y: 0, width: 400, height: 400 }, REACH = 44, SIDE = 54;
const POINTS = [{ x: 180, y: 300 }, { x: 320, y: 300 }, { x: 270, y: 100 }];
const BADGE = { x: 60, y: 320, width: 380, height: 70 };
const squares = (directions, points = POINTS) =>
  directions.map(({ x, y }, i) => ({ x: points[i].x + REACH * x - SIDE / 2, y: points[i].y + REACH * y - SIDE / 2 }));
const covered = (square, { x, y, width, height }) =>
  square.x < x + width && x < square.x + SIDE && square.y < y + height && y < square.y + SIDE;

test("images lie away from the other points", () => {
  const middle = { x: (180 + 320 + 270) / 3, y: 700 / 3 };
  imageDirections(POINTS, REACH, SIDE, [], PLOT).forEach(({ x, y }, i) => {
    assert.ok(Math.abs(Math.hypot(x, y) - 1) < 1e-9);
    assert.ok((POINTS[i].x - middle.x) * x + (POINTS[i].y - middle.y) * y > 0);
  });
  assert.deepEqual(imageDirections([{ x: 9, y: 9 }], REACH, SIDE, [], PLOT), [{ x: 0, y: -1 }]);
  assert.deepEqual(imageDirections([], REACH, SIDE, [], PLOT), []);
});

test("no image lies under the badge or leaves the plot, and those that do not stay", () => {
  const free = imageDirections(POINTS, REACH, SIDE, [], PLOT), moved = imageDirections(POINTS, REACH, SIDE, [BADGE], PLOT);
  assert.deepEqual(squares(free).map((square) => covered(square, BADGE)), [true, true, false]);
  assert.deepEqual(squares(moved).map((square) => covered(square, BADGE)), [false, false, false]);
  assert.ok(squares(moved).every(({ x, y }) => x >= 50 && y >= 0 && x + SIDE <= 450 && y + SIDE <= 400));
  assert.deepEqual(moved[2], free[2]);
});

test("images that are moved do not cover each other", () => {
  const near = [{ x: 220, y: 300 }, { x: 250, y: 330 }, { x: 280, y: 300 }], other = { width: SIDE, height: SIDE };
  const placed = squares(imageDirections(near, REACH, SIDE, [BADGE], PLOT), near);
  assert.ok(placed.every((square) => !covered(square, BADGE)));
  placed.forEach((one, i) => placed.slice(i + 1).forEach((two) => assert.ok(!covered(one, { ...two, ...other }))));
});
