// What lies over the picture: pin and certificate shapes, data points, the region under the cursor.
// `pen` is { context, toX, toY, plot, palette, type }: a context in CSS pixels and the way from (s, t) to them.

function tracePolygon({ context, toX, toY }, points) {
  context.beginPath();
  points.forEach(([s, t], i) => (i ? context.lineTo(toX(s), toY(t)) : context.moveTo(toX(s), toY(t))));
  context.closePath();
}

function traceDisc({ context, toX, toY, view }, [s, t, radius]) {
  context.beginPath();
  context.arc(toX(s), toY(t), radius * view.k, 0, 2 * Math.PI);
}

// Enough of them to say where a disc is.
function cornersOf([s, t, radius], count = 64) {
  return Array.from({ length: count }, (_, i) => [
    s + radius * Math.cos((2 * Math.PI * i) / count), t + radius * Math.sin((2 * Math.PI * i) / count),
  ]);
}

function strokeCased({ context, palette }, colour, width, dash = []) {
  context.lineJoin = "round";
  context.setLineDash([]);
  context.strokeStyle = palette.casing;
  context.globalAlpha = 0.85;
  context.lineWidth = width + 2.4;
  context.stroke();
  context.globalAlpha = 1;
  context.setLineDash(dash);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
  context.setLineDash([]);
}

// Text with a halo; "d_B" gets its subscript.
function haloText(pen, text, x, y, { align = "left", colour = pen.palette.ink, size = 14, weight = 600 } = {}) {
  const { context } = pen;
  const parts = text.split(/(_[A-Za-z0-9])/).filter(Boolean).map((part) =>
    part[0] === "_" ? { text: part[1], font: `${weight} ${0.74 * size}px ${pen.type.family}`, drop: 0.22 * size }
      : { text: part, font: `${weight} ${size}px ${pen.type.family}`, drop: 0 });
  let total = 0;
  for (const part of parts) {
    context.font = part.font;
    part.width = context.measureText(part.text).width;
    total += part.width;
  }
  const start = x - (align === "center" ? total / 2 : align === "right" ? total : 0);
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const pass of ["halo", "ink"]) {
    let at = start;
    for (const part of parts) {
      context.font = part.font;
      if (pass === "halo") {
        context.strokeStyle = pen.palette.casing;
        context.lineWidth = 4;
        context.strokeText(part.text, at, y + part.drop);
      } else {
        context.fillStyle = colour;
        context.fillText(part.text, at, y + part.drop);
      }
      at += part.width;
    }
  }
  return total;
}

function drawCertificate(pen, overlays) {
  const { context, palette } = pen;
  const colours = palette; // a role is the name of its colour
  if (overlays.region) {
    tracePolygon(pen, overlays.region);
    context.fillStyle = palette.ink;
    context.globalAlpha = 0.07;
    context.fill();
    context.globalAlpha = 1;
    strokeCased(pen, palette.ink, 1.8);
  }
  if (overlays.class_region) {
    tracePolygon(pen, overlays.class_region);
    context.fillStyle = palette.casing;
    context.globalAlpha = 0.35;
    context.fill();
    context.globalAlpha = 1;
    strokeCased(pen, palette.ink, 1.2, [2, 3]);
  }
  for (const { role, line, label } of overlays.hyperplanes) {
    const ends = clipLine(line, pen);
    if (!ends) continue;
    const [[x0, y0], [x1, y1]] = ends;
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    strokeCased(pen, colours[role], 2, [9, 6]);
    if (label) labelLine(pen, ends, label, colours[role]);
  }
  const balls = overlays.balls.filter(({ disc, outline }) => disc || outline.length > 2);
  for (const { role, disc, outline } of balls) {
    if (disc) traceDisc(pen, disc);
    else tracePolygon(pen, outline);
    strokeCased(pen, colours[role], 2.6);
  }
  for (const { role, disc, outline, label } of balls) {
    if (label) labelBall(pen, role, disc ? cornersOf(disc) : outline, label, colours[role]);
  }
  if (overlays.witness) drawWitness(pen, overlays.witness);
}

// The lower bound above its ball, the upper below, so that the two never cover each other.
function labelBall(pen, role, outline, label, colour) {
  const xs = outline.map(([s]) => pen.toX(s)), ys = outline.map(([, t]) => pen.toY(t));
  const middle = (Math.min(...xs) + Math.max(...xs)) / 2, size = 16 * pen.type.scale, { plot } = pen;
  const inView = (x, y) => x > plot.x && x < plot.x + plot.width && y > plot.y && y < plot.y + plot.height;
  if (!xs.some((x, i) => inView(x, ys[i]))) return;
  const within = (value, low, high) => Math.min(Math.max(value, low), high); // the plot
  const y = role === "d_B" || role === "proved" ? Math.min(...ys) - 0.9 * size : Math.max(...ys) + 0.9 * size;
  const x = within(middle, plot.x + 4 * size, plot.x + plot.width - 4 * size);
  const style = { align: "center", colour, size, weight: 700 };
  haloText(pen, label, x, within(y, plot.y + size, plot.y + plot.height - size), style);
}

function labelLine(pen, [[x0, y0], [x1, y1]], label, colour) {
  const length = Math.hypot(x1 - x0, y1 - y0), share = Math.min(0.4, 90 / Math.max(1, length));
  const [x, y] = [x0 + share * (x1 - x0), y0 + share * (y1 - y0)];
  haloText(pen, label, x + 8, y - 10, { colour, size: 13 * pen.type.scale });
}

// The part of {a s + b t + c = 0} inside the plot, in pixels, as a line through two far points clipped to the box.
function clipLine([a, b, c], { toX, toY, plot, view }) {
  const norm = Math.hypot(a, b);
  if (!(norm > 0)) return null;
  const height = (a * view.s + b * view.t + c) / norm, far = (plot.width + plot.height) / view.k;
  const s = view.s - (height * a) / norm, t = view.t - (height * b) / norm;
  const ends = [-far, far].map((step) => [toX(s - (step * b) / norm), toY(t + (step * a) / norm)]);
  const [[x0, y0], [x1, y1]] = ends;
  let from = 0, to = 1;
  const bounds = [[x0, x1, plot.x, plot.x + plot.width], [y0, y1, plot.y, plot.y + plot.height]];
  for (const [start, end, low, high] of bounds) {
    const step = end - start;
    if (Math.abs(step) < 1e-9) {
      if (start < low || start > high) return null;
      continue;
    }
    const [near, away] = [(low - start) / step, (high - start) / step].sort((p, q) => p - q);
    from = Math.max(from, near);
    to = Math.min(to, away);
  }
  if (from >= to) return null;
  return [from, to].map((share) => [x0 + share * (x1 - x0), y0 + share * (y1 - y0)]);
}

function drawPin(pen, [s, t]) {
  const { context } = pen, [x, y] = [pen.toX(s), pen.toY(t)];
  for (const [radius, colour] of [[9, "#000000"], [8, "#ffffff"], [4.6, "#000000"]]) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }
}

// Where Enter pins: a cross with an open middle.
function drawTarget(pen, { x, y }) {
  const { context, palette } = pen;
  context.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(x + 4 * dx, y + 4 * dy);
    context.lineTo(x + 15 * dx, y + 15 * dy);
  }
  context.lineCap = "round";
  strokeCased(pen, palette.ink, 2);
}

function drawWitness(pen, [s, t]) {
  const { context, palette } = pen, [x, y] = [pen.toX(s), pen.toY(t)];
  context.beginPath();
  for (const sign of [-1, 1]) {
    context.moveTo(x - 6, y - 6 * sign);
    context.lineTo(x + 6, y + 6 * sign);
  }
  context.lineCap = "round";
  strokeCased(pen, palette.d_D, 3);
}

// One shape per class, so that colour never speaks alone; r is the radius of the circle.
function traceShape(context, label, x, y, r) {
  const polygon = (corners, turn, inner = null) => {
    const count = inner === null ? corners : 2 * corners;
    for (let i = 0; i < count; i++) {
      const radius = inner !== null && i % 2 ? inner : r * 1.2, angle = turn + (2 * Math.PI * i) / count;
      context[i ? "lineTo" : "moveTo"](x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    }
    context.closePath();
  };
  const cross = (turn) => {
    for (let i = 0; i < 12; i++) { // three corners per arm
      const [along, aside] = [[0.4, -0.4], [1.25, -0.4], [1.25, 0.4]][i % 3].map((share) => share * r);
      const angle = turn + (Math.PI / 2) * Math.floor(i / 3);
      const px = x + along * Math.cos(angle) - aside * Math.sin(angle);
      context[i ? "lineTo" : "moveTo"](px, y + along * Math.sin(angle) + aside * Math.cos(angle));
    }
    context.closePath();
  };
  const up = -Math.PI / 2;
  context.beginPath();
  [
    () => context.arc(x, y, r, 0, 2 * Math.PI),
    () => context.rect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r),
    () => polygon(3, up),
    () => polygon(4, up),
    () => polygon(5, up, 0.55 * r),
    () => cross(0),
    () => polygon(3, -up),
    () => polygon(6, up),
    () => cross(Math.PI / 4),
    () => context.rect(x - 1.2 * r, y - 0.5 * r, 2.4 * r, r),
  ][label % 10]();
}

// `ball` is the radius in pixels of the balls around them, which they must not hide.
function drawPoints(pen, points, labels, picked, ball = Infinity) {
  const { context, palette, plot } = pen, crowd = points.length > 600 ? 0.62 : points.length > 200 ? 0.8 : 1;
  points.forEach(([s, t], i) => {
    const [x, y] = [pen.toX(s), pen.toY(t)];
    if (x < plot.x - 8 || x > plot.x + plot.width + 8 || y < plot.y - 8 || y > plot.y + plot.height + 8) return;
    const r = Math.min((i === picked ? 7.5 : 5) * crowd * pen.type.scale, Math.max(2.5, 0.5 * ball));
    traceShape(context, labels[i], x, y, r);
    context.lineWidth = i === picked ? 4 : Math.min(2.4 * crowd, 0.6 * r);
    context.lineJoin = "round";
    context.strokeStyle = palette.point_rim;
    context.stroke();
    context.fillStyle = palette.class_points[labels[i] % palette.class_points.length];
    context.fill();
  });
}

function drawHovered(pen, frame, region) {
  const { context, palette } = pen, { starts, ring, vertices, centre } = frame;
  const corners = [];
  for (let h = starts[region]; h < starts[region + 1]; h++) {
    corners.push([vertices[2 * ring[h]] + centre[0], vertices[2 * ring[h] + 1] + centre[1]]);
  }
  tracePolygon(pen, corners);
  context.fillStyle = palette.ink;
  context.globalAlpha = 0.1;
  context.fill();
  context.globalAlpha = 1;
  strokeCased(pen, palette.ink, 1.6);
}
