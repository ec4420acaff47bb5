// Vector lines over the raster: the edges by layer, one unit's bent hyperplane, the decision boundary.

const EDGE_BUDGET = 30000;
const SHORTEST_EDGE = 0.5; // CSS pixels: what is shorter is a dot

// The edges in view, per layer; the last list holds the window's border. When there are more than EDGE_BUDGET, the bent
// hyperplanes of one unit in two, four, eight ... are drawn, each whole, in every layer alike; the badge says so.
function visibleEdges(frame, view, width, height, pixelRatio, hiddenLayers) {
  const { edges, edge_unit: units, vertices, layerOfUnit } = frame;
  const reachS = width / 2 / view.k, reachT = height / 2 / view.k;
  const s0 = view.s - reachS, s1 = view.s + reachS, t0 = view.t - reachT, t1 = view.t + reachT;
  const tiny = frame.one_in > 1 ? 0 : SHORTEST_EDGE; // a line that stands for many is drawn without gaps
  const shortest = (tiny * pixelRatio) / view.k, hidden = frame.layers.map((_, l) => hiddenLayers.includes(l));
  const seen = new Uint32Array(units.length);
  let count = 0;
  for (let e = 0; e < units.length; e++) {
    const a = 2 * edges[2 * e], b = 2 * edges[2 * e + 1];
    const sa = vertices[a], sb = vertices[b], ta = vertices[a + 1], tb = vertices[b + 1];
    if ((sa < s0 && sb < s0) || (sa > s1 && sb > s1) || (ta < t0 && tb < t0) || (ta > t1 && tb > t1)) continue;
    if (Math.abs(sa - sb) + Math.abs(ta - tb) < shortest || hidden[layerOfUnit[units[e]]]) continue;
    seen[count++] = e;
  }
  let oneIn = frame.one_in; // so many have been left out already
  while ((count * frame.one_in) / oneIn > EDGE_BUDGET) oneIn *= 2;
  const perLayer = [...frame.layers, null].map(() => []);
  let drawn = 0;
  for (let i = 0; i < count; i++) {
    const e = seen[i], unit = units[e], border = unit === NO_UNIT;
    if (!border && !isDrawn(unit, oneIn)) continue;
    const a = 2 * edges[2 * e], b = 2 * edges[2 * e + 1];
    perLayer[border ? frame.layers.length : layerOfUnit[unit]].push(vertices[a], vertices[a + 1], vertices[b], vertices[b + 1]);
    drawn++;
  }
  return { perLayer, oneIn, drawn };
}

// Evenly spread over the units, and whoever is drawn stays when zooming in draws more.
function isDrawn(unit, oneIn) {
  return (Math.imul(unit, 0x9e3779b1) >>> 0) / 2 ** 32 < 1 / oneIn;
}

// Segments [sa, ta, sb, tb, ...] in strokes of a few hundred: far faster than one path of all.
function strokeSegments(context, segments, toX, toY, colour, lineWidth) {
  context.strokeStyle = colour;
  context.lineWidth = lineWidth;
  for (let i = 0; i < segments.length; ) {
    context.beginPath();
    for (const stop = Math.min(segments.length, i + 1600); i < stop; i += 4) {
      context.moveTo(toX(segments[i]), toY(segments[i + 1]));
      context.lineTo(toX(segments[i + 2]), toY(segments[i + 3]));
    }
    context.stroke();
  }
}

function drawEdges(context, frame, view, size, palette, options) {
  const { width, height, ratio } = size;
  const toX = (s) => (s - view.s) * view.k + width / 2, toY = (t) => height / 2 - (t - view.t) * view.k;
  const found = visibleEdges(frame, view, width, height, ratio, options.hidden_layers);
  context.lineCap = "butt";
  const crowd = Math.min(1, Math.sqrt(3000 / Math.max(1, found.drawn))); // many lines: finer and fainter ones
  context.globalAlpha = 0.4 + 0.6 * crowd;
  for (let layer = frame.layers.length - 1; layer >= 0; layer--) { // the first layer on top
    const weight = frame.layers.length > 1 ? 1 - layer / (frame.layers.length - 1) : 1;
    const lineWidth = ratio * (0.75 + 0.65 * weight) * (0.45 + 0.55 * crowd);
    strokeSegments(context, found.perLayer[layer], toX, toY, edgeColour(palette, layer, frame.layers.length), lineWidth);
  }
  context.globalAlpha = 1;
  strokeSegments(context, found.perLayer.at(-1), toX, toY, palette.faint, ratio);
  if (options.lit_unit !== null) drawUnit(context, frame, options.lit_unit, toX, toY, palette, ratio);
  if (options.show_boundary) drawBoundary(context, frame, toX, toY, palette, ratio);
  return found;
}

function edgeColour(palette, layer, layers) {
  return mix(...palette.edges, layer / Math.max(layers - 1, 1));
}

function drawUnit(context, { edges, edge_unit: units, vertices }, unit, toX, toY, palette, ratio) {
  const segments = [];
  for (let e = 0; e < units.length; e++) {
    if (units[e] !== unit) continue;
    for (const end of [2 * edges[2 * e], 2 * edges[2 * e + 1]]) segments.push(vertices[end], vertices[end + 1]);
  }
  context.lineCap = "round";
  strokeSegments(context, segments, toX, toY, palette.casing, 7 * ratio);
  strokeSegments(context, segments, toX, toY, palette.lit, 3.5 * ratio);
}

function drawBoundary(context, { boundary, boundary_starts: starts }, toX, toY, palette, ratio) {
  context.beginPath();
  for (let line = 0; line + 1 < starts.length; line++) {
    for (let v = starts[line]; v < starts[line + 1]; v++) {
      const [x, y] = [toX(boundary[2 * v]), toY(boundary[2 * v + 1])];
      if (v === starts[line]) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
  }
  context.lineJoin = "round";
  context.lineCap = "round";
  for (const [colour, width] of [[palette.casing, 4.6], [palette.d_D, 2.6]]) {
    context.strokeStyle = colour;
    context.lineWidth = width * ratio;
    context.stroke();
  }
}
