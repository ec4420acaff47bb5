// One scene of the output plane on a canvas: sets from loose to tight, the decision line, and what lies beyond it.

const PAD = { left: 52, bottom: 34, top: 8, right: 8 };

function drawScene(pen, scene, options) {
  const { context, colours, plot } = pen;
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y, plot.width, plot.height);
  context.clip();
  const beyond = lossSide(pen, scene, options.turned);
  fillPath(context, beyond, colours.attacked, 0.05);
  for (const name of options.order) {
    if (!scene.sets[name]) continue;
    const path = setPath(pen, scene.sets[name]), { line, fill, dash } = colours.sets[name];
    if (fill) {
      fillPath(context, path, fill, name === "true" ? 0.95 : 0.85);
      context.save();
      context.clip(beyond);
      fillPath(context, path, colours.attacked, name === "true" ? 0.6 : 0.1);
      context.restore();
    }
    context.setLineDash(dash);
    context.strokeStyle = line;
    context.lineWidth = 1.7;
    context.lineJoin = "round";
    context.stroke(path);
    context.setLineDash([]);
  }
  drawLine(pen, scene, options);
  context.restore();
}

function setPath(pen, rings) {
  const path = new Path2D();
  for (const ring of rings) {
    if (ring.length === 2) path.arc(pen.toX(ring[0]), pen.toY(ring[1]), 3, 0, 2 * Math.PI);
    for (let k = 0; k < ring.length; k += 2) path[k ? "lineTo" : "moveTo"](clamp(pen.toX(ring[k])), clamp(pen.toY(ring[k + 1])));
    path.closePath();
  }
  return path;
}

const clamp = (pixel) => Math.max(-1e5, Math.min(1e5, pixel)); // browsers lose what lies farther out

function fillPath(context, path, colour, alpha) {
  context.globalAlpha = alpha;
  context.fillStyle = colour;
  context.fill(path, "evenodd");
  context.globalAlpha = 1;
}

// The half-plane where the other output leads: there the order of the point's two outputs is lost.
function lossSide(pen, scene, turned) {
  const [x0, x1, y0, y1] = pen.window, path = new Path2D();
  if (turned) {
    const [from, to] = scene.middle[0] >= 0 ? [Math.min(x0, 0), 0] : [0, Math.max(x1, 0)];
    path.rect(clamp(pen.toX(from)), pen.toY(y1), clamp(pen.toX(to)) - clamp(pen.toX(from)), pen.toY(y0) - pen.toY(y1));
    return path;
  }
  const low = Math.min(x0, y0), high = Math.max(x1, y1), corner = scene.middle[0] >= scene.middle[1] ? [low, high] : [high, low];
  [[low, low], [high, high], corner].forEach(([x, y], k) => path[k ? "lineTo" : "moveTo"](clamp(pen.toX(x)), clamp(pen.toY(y))));
  path.closePath();
  return path;
}

function drawLine(pen, scene, options) {
  const { context, colours, window, font } = pen, [x0, x1, y0, y1] = window, { turned } = options;
  const from = turned ? y0 : Math.max(x0, y0), to = turned ? y1 : Math.min(x1, y1);
  if (from >= to || (turned && (x0 >= 0 || x1 <= 0))) return pointToLine(pen, options);
  const [ax, ay, bx, by] = [pen.toX(turned ? 0 : from), pen.toY(from), pen.toX(turned ? 0 : to), pen.toY(to)];
  for (const [colour, width] of [[colours.casing, 5], [colours.line, 2.4]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(ax, ay);
    context.lineTo(bx, by);
    context.stroke();
  }
  const length = Math.hypot(bx - ax, by - ay);
  if (length < 150) return;
  context.font = `600 ${font.size}px ${font.family}`;
  const [i, j] = options.names.map((name) => fitted(context, name, Math.min(120, length - 60)));
  context.save();
  context.translate(bx - (bx - ax) * (90 / length), by - (by - ay) * (90 / length));
  context.rotate(Math.atan2(by - ay, bx - ax));
  context.font = `600 ${font.size}px ${font.family}`;
  context.textAlign = "center";
  text(pen, `${j} wins`, 0, -9);
  text(pen, `${i} wins`, 0, 9 + font.size * 0.75);
  context.restore();
}

// The line is out of sight: an arrow says where.
function pointToLine(pen, options) {
  const { context, colours, plot, font, window } = pen, { turned } = options, left = window[0] > (turned ? 0 : window[3]);
  const way = left ? -1 : 1, x = left ? plot.x + 14 : plot.x + plot.width - 14;
  const y = turned ? plot.y + 40 * (font.size / 13) : left ? plot.y + 30 * (font.size / 13) : plot.y + plot.height - 30 * (font.size / 13);
  if (turned) {
    context.save();
    context.translate(x, y);
    context.rotate(-Math.PI / 4);
    context.translate(-x, -y);
  }
  context.strokeStyle = colours.line;
  context.lineWidth = 2.2;
  context.beginPath();
  context.moveTo(x - 26 * way, y - 26 * way);
  context.lineTo(x, y);
  context.moveTo(x - 11 * way, y);
  context.lineTo(x, y);
  context.lineTo(x, y - 11 * way);
  context.stroke();
  if (turned) context.restore();
  context.font = `600 ${font.size}px ${font.family}`;
  context.textAlign = left ? "left" : "right";
  const room = (plot.width - 60 - context.measureText("the line  =  is farther out").width) / 2;
  const named = room > 24 ? options.names.map((name) => fitted(context, name, room)).join(" = ") : "of a tie";
  text(pen, `the line ${named} is farther out`, x - 34 * way, turned ? y + 5 : y - 26 * way + 5);
}

function text({ context, colours }, words, x, y, colour = colours.ink) {
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = colours.ground;
  context.strokeText(words, x, y);
  context.fillStyle = colour;
  context.fillText(words, x, y);
}

function drawFrame(pen, options) {
  const { context, colours, plot, font } = pen, [x0, x1, y0, y1] = pen.window;
  context.strokeStyle = colours.faint;
  context.lineWidth = 1;
  context.strokeRect(plot.x + 0.5, plot.y + 0.5, plot.width - 1, plot.height - 1);
  context.fillStyle = colours.ink;
  context.font = `${font.size - 1}px ${font.family}`;
  context.textAlign = "center";
  const across = ticks(x0, x1, Math.max(3, plot.width / 90)), up = ticks(y0, y1, Math.max(3, plot.height / 60));
  for (const { value, text: words } of across.places) {
    const x = pen.toX(value);
    line(context, x, plot.y + plot.height, x, plot.y + plot.height + 4);
    if (x > plot.x + 14 && x < plot.x + plot.width - 14) context.fillText(words, x, plot.y + plot.height + 6 + font.size * 0.8);
  }
  context.textAlign = "right";
  for (const { value, text: words } of up.places) {
    const y = pen.toY(value);
    line(context, plot.x - 4, y, plot.x, y);
    if (y > plot.y + 6 && y < plot.y + plot.height - 6) context.fillText(words, plot.x - 7, y + font.size * 0.33);
  }
  context.font = `600 ${font.size}px ${font.family}`;
  const [right, left] = [plot.width - 20, plot.width - 110]; // beside the tools
  const names = [
    axisText(context, options.axes[0], across.base, "", " →", right),
    axisText(context, options.axes[1], up.base, "↑ ", "", left),
  ];
  context.textAlign = "right";
  text(pen, names[0].shown, plot.x + plot.width - 10, plot.y + plot.height - 10);
  context.textAlign = "left";
  text(pen, names[1].shown, plot.x + 10, plot.y + 10 + font.size * 0.8);
  const height = font.size * 1.5;
  pen.names = [ // where they stand, for those who point at one that is shortened
    { ...names[0], x: plot.x + plot.width - 10 - names[0].width, y: plot.y + plot.height - 6 - height, height },
    { ...names[1], x: plot.x + 10, y: plot.y + 6, height },
  ];
}

function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function drawDots(pen, places, radius, colour, cross = false) {
  const { context, colours } = pen;
  for (const [x, y] of places.map(([a, b]) => [pen.toX(a), pen.toY(b)])) {
    context.beginPath();
    if (cross) {
      for (const side of [-1, 1]) {
        context.moveTo(x - radius, y - radius * side);
        context.lineTo(x + radius, y + radius * side);
      }
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.stroke();
      continue;
    }
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    if (radius > 3) {
      context.strokeStyle = colours.casing;
      context.lineWidth = 2;
      context.stroke();
    }
  }
}

function dark(colour) {
  const [r, g, b] = /^#[0-9a-f]{6}/i.test(colour) ? [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)) : [255, 255, 255];
  return 0.3 * r + 0.59 * g + 0.11 * b < 128;
}

function pairs(numbers, stride) {
  return Array.from({ length: Math.floor(numbers.length / stride) }, (_, k) => [numbers[k * stride], numbers[k * stride + 1]]);
}
