import assert from "node:assert/strict";
import { test } from "node:test";

import { CURSOR, FINGER, distanceToLine, edgeLine, edgeWidth, layoutOf, leastWidth, nearestEdge, nearestUnit } from "../../../../pages/network_view/core/layout.js";

const ROOM = { left: 40, right: 400, top: 0, bottom: 280 };
const all = (layout) => layout.columns.flatMap(({ boxes }) => boxes);

for (const widths of [[2, 2], [2, 8, 8, 2], [2, 32, 32, 2], [2, 100, 2], [2, 100, 100, 100, 100, 2], [2, 4000, 1, 10]]) {
  test(`boxes of ${widths.join("-")} lie in the room and none on another`, () => {
    const { side, columns } = layoutOf(widths, ROOM), boxes = all({ columns });
    assert.ok(side >= 15);
    for (const { y } of boxes) assert.ok(y >= ROOM.top - 1 && y + side <= ROOM.bottom + 1);
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => assert.ok(Math.abs(a.x - b.x) >= side || Math.abs(a.y - b.y) >= side)));
    columns.slice(1).forEach((column, c) => assert.ok(column.left > columns[c].right, "columns stay apart"));
    assert.deepEqual(columns.map(({ boxes: own, hidden }) => own.length + hidden), widths);
  });
}

test("a small network shows every unit in one column, a wide one several abreast", () => {
  const small = layoutOf([2, 8, 8, 2], ROOM), wide = layoutOf([2, 32, 2], ROOM);
  assert.ok(small.columns.every(({ boxes }) => new Set(boxes.map(({ x }) => x)).size === 1));
  assert.ok(new Set(wide.columns[1].boxes.map(({ x }) => x)).size > 1 && wide.columns[1].hidden === 0);
});

test("the nearest weight is found on its line, and none out of reach", () => {
  const layout = layoutOf([2, 3, 2], ROOM), [x0, y0, x1, y1] = edgeLine(layout, 1, 1, 2);
  assert.deepEqual(nearestEdge(layout, { x: x0 + 0.2 * (x1 - x0), y: y0 + 0.2 * (y1 - y0) }, 4), { layer: 1, to: 1, from: 2 });
  assert.equal(nearestEdge(layout, { x: 0, y: 270 }, 4), null);
});

test("the distance to a line is that to its nearest point, its ends included", () => {
  assert.equal(distanceToLine({ x: 1, y: 3 }, [0, 0, 2, 0]), 3);
  assert.equal(distanceToLine({ x: 5, y: 4 }, [0, 0, 2, 0]), 5);
  assert.equal(distanceToLine({ x: 3, y: 4 }, [0, 0, 0, 0]), 5);
});

test("the largest weight has the thickest line; one of 0 still shows", () => {
  assert.equal(edgeWidth(-2, 2, 4), 4);
  assert.ok(edgeWidth(1, 2, 4) < 4 && edgeWidth(0, 2, 4) > 0 && edgeWidth(0, 0, 4) > 0);
});

for (const [name, hand] of Object.entries({ CURSOR, FINGER })) {
  test(`of a network of 17 layers no box lies on another, for a ${name}`, () => {
    const widths = [2, ...Array(17).fill(8), 2], width = leastWidth(widths.length, hand, 1);
    const { side, columns } = layoutOf(widths, { left: hand.left, right: width - hand.right, top: 4, bottom: 200 }, hand.largest);
    columns.slice(1).forEach((column, c) => assert.ok(column.left > columns[c].right + side / 2, "columns stay apart"));
    assert.ok(columns.every(({ left, right }) => left >= 0 && right <= width));
  });
}

test("two columns of hidden units fit a phone with room for − and + of 44 pixels each", () => {
  assert.ok(leastWidth(4, FINGER, 1) <= 390 - 2 * 16 && FINGER.step >= 2 * 43.5);
});

test("a finger means the unit nearest to it, and none beyond its reach", () => {
  const layout = layoutOf([2, 6, 2], ROOM, 28), { x, y } = layout.columns[1].boxes[3], middle = { x: x + 14, y: y + 14 };
  assert.deepEqual(nearestUnit(layout, { x: middle.x + 21, y: middle.y + 2 }, FINGER.reach), { layer: 0, unit: 3 });
  assert.deepEqual(nearestUnit(layout, { x: middle.x, y: middle.y - 21 }, FINGER.reach), { layer: 0, unit: 2 });
  assert.equal(nearestUnit(layout, { x: middle.x + 23, y: middle.y }, FINGER.reach), null);
});
