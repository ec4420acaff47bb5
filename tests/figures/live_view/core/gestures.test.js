import assert from "node:assert/strict";
import { test } from "node:test";

import { hasMoved, isDoubleClick, pinchOf, wheelFactor } from "../../../../figures/live_view/core/gestures.js";

test("a hand that trembles has not moved", () => {
  assert.ok(!hasMoved({ x: 0, y: 0 }, { x: 2, y: 2 }));
  assert.ok(hasMoved({ x: 0, y: 0 }, { x: 4, y: 3 }));
});

test("two clicks are a double-click only where they are close in time and place", () => {
  const first = { x: 0, y: 0, time: 1000 };
  assert.ok(isDoubleClick(first, { x: 3, y: 3, time: 1300 }));
  assert.ok(!isDoubleClick(first, { x: 3, y: 3, time: 1400 }));
  assert.ok(!isDoubleClick(first, { x: 9, y: 0, time: 1100 }));
  assert.ok(!isDoubleClick(null, first));
});

test("two fingers have a middle and a distance", () => {
  assert.deepEqual(pinchOf({ x: 0, y: 0 }, { x: 6, y: 8 }), { x: 3, y: 4, spread: 10 });
});

test("the wheel enlarges upwards, undoes itself, counts lines as sixteen pixels, and makes no leaps", () => {
  const turn = (deltaY, deltaMode = 0, ctrlKey = false) => wheelFactor({ deltaY, deltaMode, ctrlKey });
  assert.ok(turn(-100) > 1);
  assert.ok(Math.abs(turn(-100) * turn(100) - 1) < 1e-12);
  assert.equal(turn(3, 1), turn(48));
  assert.equal(turn(1e6), turn(240));
  assert.ok(turn(-10, 0, true) > turn(-10));
});
