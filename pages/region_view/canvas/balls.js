// The eps-balls around data points and what is known of them. Colour, dash and sign say the same: proved, attacked,
// unknown.

const STANDINGS = [
  { role: "unknown", dash: [1.5, 3.5], sign: drawQuestion },
  { role: "proved", dash: [], sign: drawTick },
  { role: "attacked", dash: [6, 3.5], sign: drawCross },
];
const MOST_SIGNED = 40; // balls in view: among more, those that are not proved stand out by their sign
const SMALLEST_SIGNED = 9; // pixels of radius: below it the sign would cover its ball

function drawDataBalls(pen, points, { eps, norm, verdicts }) {
  const { context, palette, plot, view, type } = pen, radius = eps * view.k;
  if (!(radius > 1)) return;
  const places = verdicts.map((verdict, i) => {
    const [x, y] = [pen.toX(points[i][0]), pen.toY(points[i][1])];
    const seen = x + radius > plot.x && x - radius < plot.x + plot.width && y + radius > plot.y && y - radius < plot.y + plot.height;
    return { x, y, seen, ...STANDINGS[verdict] };
  }).filter(({ seen }) => seen);
  const width = radius < 14 ? 1.4 : 2;
  for (const { x, y, role, dash } of places) {
    traceBall(context, norm, x, y, radius);
    context.fillStyle = palette[role];
    context.globalAlpha = 0.12;
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash(dash);
    context.strokeStyle = palette[role];
    context.lineWidth = width;
    context.stroke();
    context.setLineDash([]);
  }
  const size = Math.min(5.5, 0.3 * radius + 1.5) * type.scale, corner = norm === "inf" ? 1 : norm === "2" ? 0.72 : 0.52;
  if (radius < SMALLEST_SIGNED) return;
  const signed = places.length > MOST_SIGNED ? places.filter(({ role }) => role !== "proved") : places;
  for (const { x, y, role, sign } of signed) drawSign(pen, x + corner * radius, y - corner * radius, size, palette[role], sign);
}

function traceBall(context, norm, x, y, radius) {
  context.beginPath();
  if (norm === "2") context.arc(x, y, radius, 0, 2 * Math.PI);
  else if (norm === "inf") context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
  else {
    context.moveTo(x + radius, y);
    for (const [dx, dy] of [[0, 1], [-1, 0], [0, -1]]) context.lineTo(x + radius * dx, y + radius * dy);
    context.closePath();
  }
}

// A disc in the verdict's colour with the sign in the casing's.
function drawSign({ context, palette }, x, y, size, colour, sign) {
  context.setLineDash([]);
  context.beginPath();
  context.arc(x, y, size + 1, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.strokeStyle = palette.casing;
  context.lineWidth = Math.max(1.1, 0.34 * size);
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  sign(context, x, y, 0.5 * size);
  context.stroke();
}

function drawTick(context, x, y, r) {
  context.moveTo(x - r, y);
  context.lineTo(x - 0.2 * r, y + 0.8 * r);
  context.lineTo(x + r, y - 0.8 * r);
}

function drawCross(context, x, y, r) {
  for (const side of [-1, 1]) {
    context.moveTo(x - 0.8 * r, y - 0.8 * r * side);
    context.lineTo(x + 0.8 * r, y + 0.8 * r * side);
  }
}

function drawQuestion(context, x, y, r) {
  context.arc(x, y - 0.4 * r, 0.62 * r, Math.PI, 0.45 * Math.PI);
  context.lineTo(x, y + 0.55 * r);
  context.moveTo(x, y + 1.25 * r);
  context.lineTo(x, y + 1.26 * r);
}
