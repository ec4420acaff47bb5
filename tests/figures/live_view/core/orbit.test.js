import assert from "node:assert/strict";
import { test } from "node:test";
import { facetsOf } from "../../../../figures/live_view/core/facets.js";
import { HOME_TURN, Orbit, checkedTurn, turned } from "../../../../figures/live_view/core/orbit.js";
import { isHidden, pick, projected } from "../../../../figures/live_view/core/pick.js";
import { facetSheet, gridHeights, sampledGrid } from "../../../../figures/live_view/core/sheet.js";
import { fitted, toX, toY } from "../../../../figures/live_view/core/viewport.js";
import { twoHalves } from "./examples.js";

const PLOT = { x: 50, y: 8, width: 600, height: 400 }, BOX = { window: [-1, 1, -1, 1], low: 0, high: 4 };
const RISEN = { share: 1, k: 100 };
const orbitOf = (turn = {}, lift = RISEN) => new Orbit(PLOT, PLOT, BOX, checkedTurn(turn), lift);
const near = (one, other, slack = 1e-6) => assert.ok(Math.abs(one - other) <= slack, `${one} is not ${other}`);

test("before it rises, the surface lies where the flat picture has it", () => {
  const view = fitted(PLOT, [-1, 1, -1, 1]), orbit = orbitOf({}, { share: 0, k: view.k });
  for (const [s, t, height] of [[0.3, -0.7, 0], [-1, 1, 4], [0.9, 0.9, 2]]) {
    const { x, y } = orbit.place(s, t, height);
    near(x, toX(PLOT, view, s));
    near(y, toY(PLOT, view, t));
  }
});

test("at any turn the whole box is in the picture", () => {
  for (const azimuth of [-180, -120, -45, 0, 33, 90]) {
    for (const elevation of [4, 20, 45, 70, 90]) {
      const orbit = orbitOf({ azimuth, elevation });
      for (const s of [-1, 1]) {
        for (const t of [-1, 1]) {
          for (const height of [0, 4]) {
            const { x, y, depth } = orbit.place(s, t, height);
            assert.ok(x >= PLOT.x - 1 && x <= PLOT.x + PLOT.width + 1 && y >= PLOT.y - 1 && y <= PLOT.y + PLOT.height + 1, `${azimuth} ${elevation}: ${x} ${y}`);
            assert.ok(Math.abs(depth) < 1);
          }
        }
      }
    }
  }
});

test("what is higher is higher in the picture, and what is behind is farther", () => {
  const orbit = orbitOf({ azimuth: 0, elevation: 30 });
  assert.ok(orbit.place(0, 0, 4).y < orbit.place(0, 0, 0).y);
  assert.ok(orbit.place(0, 1, 2).depth > orbit.place(0, -1, 2).depth);
});

test("a zoom keeps the place under the cursor", () => {
  const orbit = orbitOf(), before = orbit.place(0.4, -0.2, 1), after = orbitOf(orbit.zoomed(before, 3)).place(0.4, -0.2, 1);
  near(after.x, before.x, 1e-3);
  near(after.y, before.y, 1e-3);
});

test("turns stay within their limits", () => {
  assert.equal(turned(HOME_TURN, 0, 500).elevation, 90);
  assert.equal(turned(HOME_TURN, 0, -500).elevation, 4);
  near(turned({ ...HOME_TURN, azimuth: 170 }, 20, 0).azimuth, -170);
  assert.ok(checkedTurn({ zoom: 1e9 }).zoom <= 60);
});

test("the point under the cursor is the one that is painted there", () => {
  const frame = twoHalves(), sheet = facetSheet(frame, facetsOf(frame, [-1, 1, -1, 1]), "margin"), orbit = orbitOf(), corners = projected(sheet, orbit);
  for (const [s, t, region, height] of [[-0.5, 0.2, 0, 1], [0.8, -0.6, 1, 3.2], [-0.9, 0.9, 0, 1.8]]) {
    const picked = pick(sheet, corners, orbit.place(s, t, height));
    if (picked.region !== region) continue; // it is hidden behind the other half
    near(picked.point[0], s, 1e-3);
    near(picked.point[1], t, 1e-3);
    near(picked.height, height, 1e-3);
  }
  assert.equal(pick(sheet, corners, orbit.place(0.8, -0.6, 3.2)).region, 1);
  assert.equal(pick(sheet, corners, { x: PLOT.x + 1, y: PLOT.y + 1 }), null);
});

test("a point behind a slope is hidden, and one on it is not", () => {
  const frame = twoHalves(), grid = sampledGrid(frame, [-1, 1, -1, 1], 64), heights = gridHeights(frame, grid, "margin");
  const from = orbitOf({ azimuth: -90, elevation: 8 }), other = orbitOf({ azimuth: 90, elevation: 8 });
  // The margin is 2|s| on the left and 4 s on the right: seen along s, one slope hides what is behind it.
  const hidden = [from, other].map((orbit) => isHidden(grid, heights, orbit, [0, 0, 0]));
  assert.deepEqual(hidden, [true, true]);
  assert.equal(isHidden(grid, heights, orbitOf({ elevation: 90 }), [0, 0, 0]), false);
  assert.equal(isHidden(grid, heights, orbitOf({ elevation: 60 }), [0.95, 0, 3.8]), false);
});
