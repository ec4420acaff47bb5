// Where the boxes of the units lie: a column for the inputs, for each layer and for the outputs.

const LARGEST = 44, COMFORTABLE = 20, SMALLEST = 15; // CSS pixels a side of a box
const GAP = 0.22; // between boxes, in sides of a box
const MOST_ABREAST = 4; // boxes beside each other in a wide layer
const FARTHEST = 0.5; // share of the distance between columns that a layer's boxes may fill

/**
 * What a hand asks of the drawing, in CSS pixels.
 * @typedef {object} Hand
 * @property {number} left of the middle of the first column, for the inputs' names
 * @property {number} right of the middle of the last column, for the scores
 * @property {number} step between columns, at least: a deep network is wider than its place, which scrolls
 * @property {number} largest side of a box
 * @property {number} reach around a unit's middle within which it is meant
 */

/** @type {Hand} */
export const CURSOR = { left: 46, right: 84, step: 40, largest: LARGEST, reach: 0 };
/** @type {Hand} */
export const FINGER = { left: 31, right: 66, step: 87, largest: 24, reach: 22 }; // − and + beside each other are 88 wide

/**
 * How wide the drawing has to be so that columns stay apart.
 * @param {number} columns
 * @param {Hand} hand
 * @param {number} scale of the type
 */
export function leastWidth(columns, { left, right, step }, scale) {
  return (left + right) * scale + (columns - 1) * step;
}

/** @typedef {{ x: number, y: number }} Corner */

/**
 * A column of boxes: those of the first units of a layer, row by row.
 * @typedef {object} Column
 * @property {number} middle
 * @property {Corner[]} boxes upper left corners
 * @property {number} left
 * @property {number} right of all its boxes
 * @property {number} hidden how many more units the layer has
 * @property {number} bottom of the lowest box
 */

/** @typedef {{ side: number, columns: Column[] }} Layout */

/**
 * All boxes have the same side, as large as fits; a layer that has no room for its units in one column gets several
 * beside each other, and shows as many units as fit.
 * @param {number[]} widths from the inputs to the outputs
 * @param {{ left: number, right: number, top: number, bottom: number }} room of the boxes
 * @param {number} largest side of a box
 * @returns {Layout}
 */
export function layoutOf(widths, room, largest = LARGEST) {
  const height = room.bottom - room.top, step = (room.right - room.left) / Math.max(1, widths.length - 1);
  const widest = Math.max(...widths), broadest = Math.max(1, Math.min(MOST_ABREAST, Math.floor((FARTHEST * step) / (SMALLEST * (1 + GAP)))));
  let abreast = 1;
  while (abreast < broadest && sideOf(abreast, widest, height, step, largest) < COMFORTABLE) abreast++;
  const side = Math.max(SMALLEST, sideOf(abreast, widest, height, step, largest));
  const pitch = side * (1 + GAP), fit = Math.max(1, Math.floor((height + side * GAP + 0.01) / pitch));
  const columns = widths.map((width, c) => {
    const middle = room.left + c * step, across = width <= fit ? 1 : Math.min(abreast, Math.ceil(width / fit));
    const most = across * fit, shown = width <= most ? width : most - across; // the last row says how many more
    const lines = Math.ceil(shown / across) + (width > shown ? 1 : 0);
    const top = room.top + (height - (lines * pitch - side * GAP)) / 2, left = middle - (across * pitch - side * GAP) / 2;
    const boxes = Array.from({ length: shown }, (_, k) => ({ x: left + (k % across) * pitch, y: top + Math.floor(k / across) * pitch }));
    return { middle, boxes, left, right: left + across * pitch - side * GAP, hidden: width - shown, bottom: top + Math.ceil(shown / across) * pitch - side * GAP };
  });
  return { side, columns };
}

/**
 * The side of the boxes, if a layer has so many of them beside each other.
 * @param {number} abreast
 * @param {number} widest units of the widest layer
 * @param {number} height of the room
 * @param {number} step between columns
 * @param {number} largest
 */
function sideOf(abreast, widest, height, step, largest) {
  const rows = Math.max(2, Math.ceil(widest / abreast));
  return Math.min(largest, (FARTHEST * step) / (abreast * (1 + GAP)), height / (rows * (1 + GAP) - GAP));
}

/**
 * The line of a weight, from a unit's box to that of a unit of the next layer.
 * @param {Layout} layout
 * @param {number} layer of the weight: 0 leads from the inputs
 * @param {number} to
 * @param {number} from
 * @returns {[number, number, number, number]} x, y at both ends
 */
export function edgeLine({ side, columns }, layer, to, from) {
  const a = columns[layer].boxes[from], b = columns[layer + 1].boxes[to];
  return [a.x + side, a.y + side / 2, b.x, b.y + side / 2];
}

/**
 * The unit or output whose middle is nearest to a place; null if the place is in no square of twice the reach around one.
 * @param {Layout} layout
 * @param {{ x: number, y: number }} place
 * @param {number} reach in CSS pixels
 * @returns {{ layer: number, unit: number } | null}
 */
export function nearestUnit({ side, columns }, place, reach) {
  /** @type {{ layer: number, unit: number } | null} */
  let best = null;
  let least = Infinity;
  columns.slice(1).forEach(({ boxes }, layer) => boxes.forEach(({ x, y }, unit) => {
    const dx = Math.abs(place.x - x - side / 2), dy = Math.abs(place.y - y - side / 2), distance = Math.hypot(dx, dy);
    if (Math.max(dx, dy) <= reach && distance < least) [best, least] = [{ layer, unit }, distance];
  }));
  return best;
}

/** @typedef {{ layer: number, to: number, from: number }} Edge */

/**
 * The weight whose line is nearest to a place, if one is within reach.
 * @param {Layout} layout
 * @param {{ x: number, y: number }} place
 * @param {number} reach in CSS pixels
 * @returns {Edge | null}
 */
export function nearestEdge(layout, place, reach) {
  /** @type {Edge | null} */
  let best = null;
  let least = reach;
  for (let layer = 0; layer + 1 < layout.columns.length; layer++) {
    const { boxes } = layout.columns[layer], above = layout.columns[layer + 1].boxes;
    for (let to = 0; to < above.length; to++) {
      for (let from = 0; from < boxes.length; from++) {
        const distance = distanceToLine(place, edgeLine(layout, layer, to, from));
        if (distance < least) [best, least] = [{ layer, to, from }, distance];
      }
    }
  }
  return best;
}

/**
 * @param {{ x: number, y: number }} place
 * @param {[number, number, number, number]} ends
 */
export function distanceToLine({ x, y }, [x0, y0, x1, y1]) {
  const dx = x1 - x0, dy = y1 - y0, squared = dx * dx + dy * dy;
  const share = squared ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / squared)) : 0;
  return Math.hypot(x - x0 - share * dx, y - y0 - share * dy);
}

/**
 * The width of a weight's line in CSS pixels: 0.4 for 0, `widest` for the largest of its layer.
 * @param {number} weight
 * @param {number} largest absolute value
 * @param {number} widest
 */
export function edgeWidth(weight, largest, widest) {
  return largest > 0 ? 0.4 + (widest - 0.4) * Math.min(1, Math.abs(weight) / largest) : 0.4;
}
