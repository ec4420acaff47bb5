// One shape per class, so that the class does not depend on colour alone. figures/svg/shapes.py draws the same.

/**
 * Begins a path around (x, y); r is the radius of the circle.
 * @param {CanvasRenderingContext2D} context
 * @param {number} label
 * @param {number} x
 * @param {number} y
 * @param {number} r
 */
export function traceShape(context, label, x, y, r) {
  const corners = SHAPES[label % SHAPES.length];
  context.beginPath();
  if (!corners) {
    context.arc(x, y, r, 0, 2 * Math.PI);
    return;
  }
  for (const [dx, dy] of corners) context.lineTo(x + r * dx, y + r * dy);
  context.closePath();
}

/**
 * A regular polygon of radius 1.2, or a star where every second corner lies at `inner`.
 * @param {number} corners
 * @param {number} turn
 * @param {number} [inner]
 */
function round(corners, turn, inner) {
  const count = inner === undefined ? corners : 2 * corners;
  return Array.from({ length: count }, (_, i) => {
    const radius = inner !== undefined && i % 2 ? inner : 1.2, angle = turn + (2 * Math.PI * i) / count;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

/**
 * Four arms of three corners each.
 * @param {number} turn
 */
function cross(turn) {
  return [0, 1, 2, 3].flatMap((arm) => {
    const angle = turn + (Math.PI / 2) * arm, cos = Math.cos(angle), sin = Math.sin(angle);
    return [[0.4, -0.4], [1.25, -0.4], [1.25, 0.4]].map(([along, aside]) => [
      along * cos - aside * sin, along * sin + aside * cos,
    ]);
  });
}

/**
 * @param {number} halfWidth
 * @param {number} halfHeight
 */
function rectangle(halfWidth, halfHeight) {
  return [[-halfWidth, -halfHeight], [halfWidth, -halfHeight], [halfWidth, halfHeight], [-halfWidth, halfHeight]];
}

const UP = -Math.PI / 2;
const SHAPES = [
  null, // the circle
  rectangle(0.88, 0.88),
  round(3, UP),
  round(4, UP),
  round(5, UP, 0.55),
  cross(0),
  round(3, -UP),
  round(6, UP),
  cross(Math.PI / 4),
  rectangle(1.2, 0.5),
];
