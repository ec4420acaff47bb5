import assert from "node:assert/strict";
import { test } from "node:test";

import { Player } from "../../../../pages/step_view/core/player.js";

test("steps stay between the first and the last", () => {
  const player = new Player(3);
  player.move(-1);
  assert.equal(player.at, 0);
  player.move(1); player.move(1); player.move(1);
  assert.equal(player.at, 2);
  assert.ok(player.last);
});

test("it plays until the last step, and from there again from the first", () => {
  const player = new Player(2);
  player.toggle();
  assert.ok(player.plays);
  player.move(1);
  assert.ok(!player.plays);
  player.toggle();
  assert.deepEqual([player.at, player.plays], [0, true]);
  player.toggle();
  assert.ok(!player.plays);
});

test("one step alone does not play", () => {
  const player = new Player(1);
  player.toggle();
  assert.ok(!player.plays);
});

test("fast waits less than slow", () => {
  const player = new Player(2), slow = player.wait;
  player.fast = true;
  assert.ok(player.wait < slow);
});
