// What helps to read the picture: axes, scale bar, legend, badge. Drawn on the canvas, so a PNG has them too.

function drawAxes(pen, axes) {
  const { context, plot, palette, view, type } = pen, size = 12 * type.scale, bottom = plot.y + plot.height;
  const across = plot.width / 2 / view.k, up = plot.height / 2 / view.k;
  const horizontal = ticks(view.s - across, view.s + across, plot.width / (110 * type.scale));
  const vertical = ticks(view.t - up, view.t + up, plot.height / (80 * type.scale));
  context.strokeStyle = palette.faint;
  context.fillStyle = palette.ink;
  context.lineWidth = 1;
  context.font = `400 ${size}px ${type.family}`;
  context.beginPath();
  context.rect(plot.x - 0.5, plot.y - 0.5, plot.width + 1, plot.height + 1);
  context.textBaseline = "top";
  context.textAlign = "center";
  const names = axes.map((name, i) => `${name} ${[horizontal, vertical][i].base}`.trim());
  const nameWidth = context.measureText(names[0]).width;
  for (const { value, text } of horizontal.places) {
    const x = Math.round(pen.toX(value)) + 0.5;
    context.moveTo(x, bottom + 1);
    context.lineTo(x, bottom + 5);
    if (x < plot.x + plot.width - nameWidth - 24 * type.scale) context.fillText(text, x, bottom + 7);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { value, text } of vertical.places) {
    const y = Math.round(pen.toY(value)) + 0.5;
    context.moveTo(plot.x - 5, y);
    context.lineTo(plot.x - 1, y);
    if (y > plot.y + 20 * type.scale) context.fillText(text, plot.x - 7, y);
  }
  context.stroke();
  context.font = `italic 600 ${1.1 * size}px ${type.family}`;
  context.fillText(names[0], plot.x + plot.width, bottom + 8 + size / 2);
  if (!vertical.base) context.fillText(names[1], plot.x - 8, plot.y + 7);
  else drawTurned(context, names[1], plot.x + size, plot.y + plot.height / 2, palette);
}

// A long name of the vertical axis runs along it, inside the plot.
function drawTurned(context, text, x, y, palette) {
  context.save();
  context.translate(x, y);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  context.strokeStyle = palette.casing;
  context.lineWidth = 4;
  context.strokeText(text, 0, 0);
  context.fillText(text, 0, 0);
  context.restore();
}

function panel({ context, palette }, x, y, width, height) {
  context.beginPath();
  context.roundRect(x, y, width, height, 7);
  context.fillStyle = palette.ground;
  context.globalAlpha = 0.9;
  context.fill();
  context.globalAlpha = 0.5;
  context.strokeStyle = palette.faint;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}

// Left out where it would lie over what reaches to `taken`: the axes have their ticks.
function drawScaleBar(pen, taken) {
  const { context, plot, palette, view, type } = pen, size = 12 * type.scale;
  const length = roundStep((120 * type.scale) / view.k), width = length * view.k;
  const text = length >= 1e-3 && length < 1e4 ? String(Number(length.toPrecision(1))) : threeDigits(length);
  const [x, y] = [plot.x + plot.width - width - 22, plot.y + plot.height - 20];
  if (x - 12 < taken) return;
  panel(pen, x - 12, y - size - 10, width + 24, size + 22);
  context.beginPath();
  context.moveTo(x, y - 4);
  context.lineTo(x, y + 3);
  context.lineTo(x + width, y + 3);
  context.lineTo(x + width, y - 4);
  context.strokeStyle = palette.ink;
  context.lineWidth = 1.6;
  context.lineJoin = "miter";
  context.stroke();
  context.fillStyle = palette.ink;
  context.font = `500 ${size}px ${type.family}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x + width / 2, y - size / 2 - 1);
}

// Returns how far to the right it reaches.
function drawBadge(pen, lines) {
  const { context, plot, palette, type } = pen, size = 13 * type.scale;
  context.font = `600 ${size}px ${type.family}`;
  const [first, ...others] = lines.filter(Boolean).map((text) => wrapped(context, text, plot.width - 42));
  if (!first) return plot.x;
  const texts = [...first, ...others.flat()];
  const width = Math.max(...texts.map((text) => context.measureText(text).width)) + 22;
  const height = texts.length * 1.45 * size + 9, [x, y] = [plot.x + 10, plot.y + plot.height - height - 10];
  panel(pen, x, y, width, height);
  context.fillStyle = palette.ink;
  context.textAlign = "left";
  context.textBaseline = "middle";
  texts.forEach((text, i) => {
    context.font = `${i < first.length ? 600 : 400} ${size}px ${type.family}`;
    context.fillText(text, x + 11, y + 5 + (i + 0.5) * 1.45 * size);
  });
  return x + width;
}

// A text as lines that are no wider than the room there is, if words allow.
function wrapped(context, text, room) {
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && context.measureText(longer).width <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

const BALLS = ["d_B", "d_D", "proved", "attacked"];
const FILL_TITLES = { margin: "margin", active: "units that are on" };

// Rows of the legend: [kind, text, detail]. Only what the picture shows.
function legendRows(frame, overlays, options) {
  const rows = [];
  if (options.fill === "class" || (options.show_points && overlays.points.length)) {
    for (let c = 0; c < frame.class_count; c++) rows.push(["class", className(options, c), c]);
  }
  if (options.fill !== "class" && options.fill !== "region") {
    const norm = options.norm === "inf" ? "∞" : options.norm;
    rows.push(["scale", FILL_TITLES[options.fill] ?? `gradient norm, p = ${norm}`, null]);
  }
  if (options.show_boundary && frame.boundary.length) rows.push(["boundary", "decision boundary", null]);
  for (const role of BALLS) {
    if ([...overlays.balls, ...overlays.hyperplanes].some((shape) => shape.role === role)) rows.push([role, role, null]);
  }
  frame.layers.forEach((_, layer) => {
    if (!options.hidden_layers.includes(layer)) rows.push(["layer", `layer ${layer + 1}`, layer]);
  });
  if (options.lit_unit !== null && options.lit_unit < frame.layerOfUnit.length) {
    const layer = frame.layerOfUnit[options.lit_unit];
    rows.push(["lit", `unit ${options.lit_unit - frame.layers[layer].first + 1} of layer ${layer + 1}`, null]);
  }
  return rows;
}

function className(options, label) {
  return options.class_names[label] ?? `class ${label}`;
}

function drawLegend(pen, frame, overlays, options) {
  const { context, plot, palette, type } = pen, size = 13 * type.scale, line = 1.6 * size, sample = 26 * type.scale;
  const rows = legendRows(frame, overlays, options);
  const heights = rows.map(([kind]) => (kind === "scale" ? 2.3 * line : line));
  context.font = `500 ${size}px ${type.family}`;
  const texts = rows.map(([, text]) => context.measureText(text.replace("_", "")).width);
  const width = Math.max(...texts, rows.some(([kind]) => kind === "scale") ? 110 * type.scale : 0) + sample + 30;
  const height = heights.reduce((sum, h) => sum + h, 0) + 14;
  if (!rows.length || height > plot.height - 60 || width > 0.6 * plot.width) return;
  const x = plot.x + plot.width - width - 10;
  let y = plot.y + 10;
  panel(pen, x, y, width, height);
  y += 7;
  rows.forEach(([kind, text, detail], i) => {
    const middle = y + line / 2;
    if (kind === "scale") drawScaleKey(pen, frame, options, text, x + 11, y, width - 22, line, size);
    else {
      drawSample(pen, kind, detail, frame, overlays, options, x + 11, middle, sample);
      context.fillStyle = palette.ink;
      const plain = { ...pen, palette: { ...palette, casing: palette.ground } };
      haloText(plain, text, x + sample + 19, middle, { size, weight: 500 });
    }
    y += heights[i];
  });
}

function drawSample({ context, palette, type }, kind, detail, frame, overlays, options, x, y, width) {
  if (kind === "class") {
    if (options.fill === "class") {
      context.fillStyle = palette.class_fills[detail % palette.class_fills.length];
      context.beginPath();
      context.roundRect(x, y - 7 * type.scale, width, 14 * type.scale, 3);
      context.fill();
    }
    if (!options.show_points || !overlays.points.length) return;
    traceShape(context, detail, x + width / 2, y, 4.6 * type.scale);
    context.strokeStyle = palette.point_rim;
    context.lineWidth = 2;
    context.stroke();
    context.fillStyle = palette.class_points[detail % palette.class_points.length];
    context.fill();
    return;
  }
  const layers = frame.layers.length, depth = kind === "layer" ? 1 - detail / Math.max(layers - 1, 1) : 0;
  const [colour, stroke] = {
    boundary: [palette.d_D, 2.6],
    d_B: [palette.d_B, 2.6],
    d_D: [palette.d_D, 2.6],
    proved: [palette.proved, 2.6],
    attacked: [palette.attacked, 2.6],
    lit: [palette.lit, 3.5],
    layer: [edgeColour(palette, detail ?? 0, layers), 0.9 + 0.8 * depth],
  }[kind];
  context.beginPath();
  if (BALLS.includes(kind)) context.arc(x + width / 2, y, 6.5 * type.scale, 0, 2 * Math.PI);
  else {
    context.moveTo(x, y);
    context.lineTo(x + width, y);
  }
  context.strokeStyle = colour;
  context.lineWidth = stroke;
  context.stroke();
}

function drawScaleKey({ context, palette, type }, frame, options, title, x, y, width, line, size) {
  const name = options.fill === "gradient" ? `gradient-${options.norm}` : options.fill;
  const [low, high] = frame.ranges[name], bar = context.createLinearGradient(x, 0, x + width, 0);
  palette.scale.forEach((colour, i) => bar.addColorStop(i / (palette.scale.length - 1), colour));
  context.fillStyle = palette.ink;
  context.font = `500 ${size}px ${type.family}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillText(title, x, y + line / 2);
  context.fillStyle = bar;
  context.beginPath();
  context.roundRect(x, y + line * 0.95, width, 9 * type.scale, 2);
  context.fill();
  context.fillStyle = palette.ink;
  context.font = `400 ${0.88 * size}px ${type.family}`;
  const shown = options.fill === "active" ? grouped : threeDigits;
  context.fillText(shown(low), x, y + 1.85 * line);
  context.textAlign = "right";
  context.fillText(`${options.fill === "active" ? "" : "≥ "}${shown(high)}`, x + width, y + 1.85 * line);
}
