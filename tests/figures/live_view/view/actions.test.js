// The pin under the arrow keys, in a view without a page.

import assert from "node:assert/strict";
import { test } from "node:test";

import { step } from "../../../../figures/live_view/view/actions.js";
import { LiveView } from "../../../../figures/live_view/view/live_view.js";

/** A view with a pin at the origin, 100 pixels per unit, that notes what it tells. */
function viewWithPin() {
  const told = /** @type {[string, unknown][]} */ ([]);
  const live = Object.assign(Object.create(LiveView.prototype), {
    told,
    view: { s: 0, t: 0, k: 100 },
    plot: { left: 0, top: 0, width: 1000, height: 1000 },
    overlays: { pin: [0, 0] },
    surface: { isOn: false, isShown: false },
    options: { said: "" },
    movedPin: undefined,
    stepping: null,
    reports: { tell: (/** @type {[string, unknown]} */ event) => told.push(event), isPending: () => false },
    speech: { sayPin: () => {} },
    toX: () => 500,
    toY: () => 500,
    panBy: () => {},
    hover: () => {},
    schedule: () => {},
  });
  return live;
}

const rest = () => new Promise((done) => setTimeout(done, 200));

test("a message of the host between an arrow key and its report takes the pin neither away nor back", async () => {
  const live = viewWithPin();
  step(live, 1, 0, false);
  assert.ok(live.isMovingPin()); // so `update` leaves the pin where the key has moved it
  live.movedPin = undefined; // what an answer to an earlier report does
  await rest();
  assert.deepEqual(live.told, [["pin", [0.04, 0]]]);
  assert.ok(!live.isMovingPin());
});

test("arrow keys in quick succession are told once, each from where the one before has led", async () => {
  const live = viewWithPin();
  step(live, 1, 0, false);
  step(live, 1, 0, false);
  step(live, 0, 1, true);
  await rest();
  assert.deepEqual(live.told, [["pin", [0.08, 0.4]]]);
});
