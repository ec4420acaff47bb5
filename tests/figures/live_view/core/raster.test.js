import assert from "node:assert/strict";
import { test } from "node:test";

import { rasterise } from "../../../../figures/live_view/core/raster.js";
import { twoHalves } from "./examples.js";

const FRAME = twoHalves();

// Which region of `twoHalves` a pixel's centre lies in, by the definition.
function definition(view, width, height, frame) {
  return Array.from({ length: width * height }, (_, pixel) => {
    const s = view.s + ((pixel % width) + 0.5 - width / 2) / view.k;
    const t = view.t - (Math.floor(pixel / width) + 0.5 - height / 2) / view.k;
    if (Math.abs(s) > 1 || Math.abs(t) > 1) return 2;
    return frame.grid ? Math.floor((s + 1) / 2 * frame.grid[0]) + frame.grid[0] * Math.floor((t + 1) / 2 * frame.grid[1]) : s < 0 ? 0 : 1;
  });
}

test("every pixel has the region of its centre, or none outside the window", () => {
  const scratch = {};
  for (const [view, width, height] of [
    [{ s: 0, t: 0, k: 4 }, 10, 12], [{ s: 0.33, t: -0.71, k: 9.7 }, 31, 17], [{ s: 0.9, t: 0.9, k: 200.3 }, 13, 40], [{ s: 0, t: 0, k: 0.1 }, 4, 4],
  ]) {
    const ids = new Uint32Array(width * height);
    rasterise(FRAME, view, width, height, ids, scratch);
    assert.deepEqual([...ids], definition(view, width, height, FRAME));
  }
});

test("cells of a raster are found by row and column", () => {
  const frame = twoHalves({ header: { grid: [2, 1] } }), view = { s: 0.1, t: 0.2, k: 6.3 }, ids = new Uint32Array(20 * 20);
  rasterise(frame, view, 20, 20, ids, {});
  assert.deepEqual([...ids], definition(view, 20, 20, frame));
});
