import assert from "node:assert/strict";
import { test } from "node:test";

import { asHtml, eased, homeOf, isAtHome, pairs, sceneAt, shortened } from "../../../../pages/polytope/output_view/core.js";

test("of a film, the scene with the nearest radius is shown", () => {
  const film = [0, 0.1, 0.2].map((eps) => ({ eps }));
  assert.deepEqual([0, 0.04, 0.06, 9].map((eps) => sceneAt(film, eps).eps), [0, 0, 0.1, 0.2]);
});

test("the view is around the scene, between its size and the largest, with one scale unless turned", () => {
  const home = homeOf([0, 1, 0, 4], [-50, 50, -50, 50], false);
  assert.deepEqual([home.x, home.y], [0.5, 2]);
  assert.ok(home.w === home.h && home.w > 4 && home.w < 100);
  const turned = homeOf([0, 1, 0, 4], [0, 1, 0, 4], true);
  assert.ok(Math.abs(turned.w - 1) < 1e-12 && Math.abs(turned.h - 4) < 1e-12);
});

test("pairs are the first two numbers of each group", () => {
  assert.deepEqual(pairs([1, 2, 3, 4, 5, 6, 7, 8], 4), [[1, 2], [5, 6]]);
});

test("a text that is too long loses its middle, and as little as it must", () => {
  const measure = (text) => [...text].length;
  assert.equal(shortened("abcdef", 6, measure), "abcdef");
  assert.equal(shortened("abcdefghij", 6, measure), "abc…ij");
  assert.equal(shortened("👍👍👍👍", 3, measure), "👍…👍");
});

test("names are text and never markup", () => {
  assert.equal(asHtml(`<b title="x">&'`), "&#60;b title=&#34;x&#34;&#62;&#38;&#39;");
});

test("the view comes home, half of what is left at a time, until nobody sees a difference", () => {
  const home = { x: 1, y: 2, w: 10, h: 20 };
  let view = { x: 0, y: 0, w: 20, h: 40 }, steps = 0;
  assert.deepEqual(eased(view, home, 0.5), { x: 0.5, y: 1, w: 15, h: 30 });
  assert.deepEqual(eased(view, home, 1), home);
  while (!isAtHome(view, home)) [view, steps] = [eased(view, home, 0.5), steps + 1];
  assert.equal(steps, 9); // 2^-9 of the size is below 0.2 %
});
