import assert from "node:assert/strict";
import { test } from "node:test";

import {
  beyondRim, covers, fitted, isAtLimit, middleOf, needsMore, panned, plotOn, shifted, toPoint, toX, toY, visibleWindow, zoomed,
} from "../../../../figures/live_view/core/viewport.js";

const PLOT = { x: 50, y: 8, width: 400, height: 200 }, HOME = [-1, 1, -1, 1];
const near = (one, other, tolerance = 1e-9) => assert.ok(Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(other)), `${one} for ${other}`);
const allNear = (some, others) => some.forEach((one, i) => near(one, others[i]));

test("the plot leaves room for ticks, more for larger type, and never vanishes", () => {
  const plain = plotOn(500, 300, 1), large = plotOn(500, 300, 1.5);
  assert.ok(large.x > plain.x && large.height < plain.height);
  assert.equal(plain.x + plain.width, 492);
  assert.equal(plotOn(10, 10, 1).width, 40);
});

test("a fitted view shows all of its window, in the middle, and touches two of its sides", () => {
  const view = fitted(PLOT, HOME);
  allNear(visibleWindow(PLOT, view), [-2, 2, -1, 1]);
  near(toX(PLOT, view, 0), 250);
  near(toY(PLOT, view, 1), 8);
});

test("places and points are each other's inverse", () => {
  const view = { s: 0.3, t: -2, k: 17 };
  allNear(toPoint(PLOT, view, { x: toX(PLOT, view, 1.5), y: toY(PLOT, view, -3) }), [1.5, -3]);
  allNear(toPoint(PLOT, view, middleOf(PLOT)), [0.3, -2]);
});

test("zooming keeps the point under the cursor where it is", () => {
  const view = fitted(PLOT, HOME), place = { x: 120, y: 30 }, point = toPoint(PLOT, view, place);
  const closer = zoomed(PLOT, view, place, 3, HOME, HOME);
  near(closer.k, 3 * view.k);
  allNear(toPoint(PLOT, closer, place), point);
});

test("zooming ends twenty homes away, and where the frame's corners would be off by a pixel", () => {
  const view = fitted(PLOT, HOME), middle = middleOf(PLOT);
  near(zoomed(PLOT, view, middle, 1e-9, HOME, HOME).k, view.k / 20);
  const sharp = zoomed(PLOT, view, middle, 1e30, HOME, HOME), deep = zoomed(PLOT, view, middle, 1e30, HOME, null);
  assert.ok(sharp.k * 2 ** -25 < 400); // a corner's rounding error, 2^-25 of the window's half side, in pixels
  assert.ok(!isAtLimit(PLOT, sharp, HOME) && isAtLimit(PLOT, deep, HOME));
});

test("panning by pixels moves every place by so many", () => {
  const view = { s: 1, t: 2, k: 10 }, moved = panned(view, 30, -7);
  near(toX(PLOT, moved, 5), toX(PLOT, view, 5) + 30);
  near(toY(PLOT, moved, 5), toY(PLOT, view, 5) - 7);
});

test("a window covers what lies in it, to half a pixel", () => {
  const view = { s: 0, t: 0, k: 100 };
  assert.ok(covers(HOME, [-1.004, 1, -1, 1], view));
  assert.ok(!covers(HOME, [-1.006, 1, -1, 1], view));
});

test("a frame is not enough where it ends, where it is blurred, and, as a raster, where it is seen closer", () => {
  const lines = { window: [-4, 4, -4, 4], grid: null }, cells = { ...lines, grid: [600, 600] };
  const whole = fitted(PLOT, HOME), close = { ...whole, k: 401 * fitted(PLOT, lines.window).k };
  assert.ok(!needsMore(lines, PLOT, whole) && needsMore(cells, PLOT, whole));
  assert.ok(needsMore(lines, PLOT, close));
  assert.ok(needsMore(lines, PLOT, { ...whole, s: 3 }));
});

test("a place in the middle is beyond no rim; one outside is so far beyond it", () => {
  assert.deepEqual(beyondRim(PLOT, middleOf(PLOT)), [0, 0]);
  assert.deepEqual(beyondRim(PLOT, { x: 50, y: 8 }), [-24, -24]);
  assert.deepEqual(beyondRim(PLOT, { x: 460, y: 108 }), [34, 0]);
});

test("a shifted picture has every point where the new view has it", () => {
  const painted = { s: 0, t: 0, k: 50 }, view = { s: 0.4, t: -0.2, k: 80 }, { x, y, zoom } = shifted(PLOT, painted, view);
  near(PLOT.x + x + zoom * (toX(PLOT, painted, 0.7) - PLOT.x), toX(PLOT, view, 0.7));
  near(PLOT.y + y + zoom * (toY(PLOT, painted, 0.7) - PLOT.y), toY(PLOT, view, 0.7));
});
