// One scene of the output plane on a canvas: sets from loose to tight, the decision line, and the half-plane beyond it.

import { shortened } from "./core.js";
import { drawLine, drawText } from "./pen.js";

/** @import { OutputMessage, Scene } from "./core.js" */
/** @import { OutputPen } from "./pen.js" */

/**
 * @param {OutputPen} pen
 * @param {Scene} scene
 * @param {OutputMessage} options
 */
export function drawScene(pen, scene, options) {
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
    context.lineWidth = colours.widths.set;
    context.lineJoin = "round";
    context.stroke(path);
    context.setLineDash([]);
  }
  drawDecisionLine(pen, options);
  context.restore();
}

/**
 * @param {OutputPen} pen
 * @param {number[][]} rings
 */
function setPath(pen, rings) {
  const path = new Path2D();
  for (const ring of rings) {
    if (ring.length === 2) path.arc(pen.toX(ring[0]), pen.toY(ring[1]), 3, 0, 2 * Math.PI);
    for (let k = 0; k < ring.length; k += 2) {
      const [x, y] = [clamp(pen.toX(ring[k])), clamp(pen.toY(ring[k + 1]))];
      if (k) path.lineTo(x, y);
      else path.moveTo(x, y); // another ring, not a line from the one before
    }
    path.closePath();
  }
  return path;
}

/**
 * Clamps a coordinate: browsers do not draw what lies farther out.
 * @param {number} pixel
 */
function clamp(pixel) {
  return Math.max(-1e5, Math.min(1e5, pixel));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D} path
 * @param {string} colour
 * @param {number} alpha
 */
function fillPath(context, path, colour, alpha) {
  context.globalAlpha = alpha;
  context.fillStyle = colour;
  context.fill(path, "evenodd");
  context.globalAlpha = 1;
}

/**
 * The half-plane where the other output is larger: there the order of the point's two outputs changes.
 * @param {OutputPen} pen
 * @param {Scene} scene
 * @param {boolean} turned
 */
function lossSide(pen, scene, turned) {
  const [x0, x1, y0, y1] = pen.window, path = new Path2D();
  if (turned) {
    const [from, to] = scene.middle[0] >= 0 ? [Math.min(x0, 0), 0] : [0, Math.max(x1, 0)];
    path.rect(clamp(pen.toX(from)), pen.toY(y1), clamp(pen.toX(to)) - clamp(pen.toX(from)), pen.toY(y0) - pen.toY(y1));
    return path;
  }
  const low = Math.min(x0, y0), high = Math.max(x1, y1), corner = scene.middle[0] >= scene.middle[1] ? [low, high] : [high, low];
  for (const [x, y] of [[low, low], [high, high], corner]) path.lineTo(clamp(pen.toX(x)), clamp(pen.toY(y)));
  path.closePath();
  return path;
}

/**
 * @param {OutputPen} pen
 * @param {OutputMessage} options
 */
function drawDecisionLine(pen, options) {
  const { context, colours, window, font } = pen, [x0, x1, y0, y1] = window, { turned } = options;
  const from = turned ? y0 : Math.max(x0, y0), to = turned ? y1 : Math.min(x1, y1);
  if (from >= to || (turned && (x0 >= 0 || x1 <= 0))) {
    pointToLine(pen, options);
    return;
  }
  const [ax, ay, bx, by] = [pen.toX(turned ? 0 : from), pen.toY(from), pen.toX(turned ? 0 : to), pen.toY(to)];
  context.strokeStyle = colours.casing;
  context.lineWidth = colours.widths.line_casing;
  drawLine(context, ax, ay, bx, by);
  context.strokeStyle = colours.line;
  context.lineWidth = colours.widths.line;
  drawLine(context, ax, ay, bx, by);
  const length = Math.hypot(bx - ax, by - ay);
  if (length < 150) return;
  context.font = `600 ${font.size}px ${font.family}`;
  const [i, j] = options.names.map((name) => shortened(name, Math.min(120, length - 60), (text) => context.measureText(text).width));
  context.save();
  context.translate(bx - (bx - ax) * (90 / length), by - (by - ay) * (90 / length));
  context.rotate(Math.atan2(by - ay, bx - ax));
  context.font = `600 ${font.size}px ${font.family}`;
  context.textAlign = "center";
  drawText(pen, `${j} wins`, 0, -9);
  drawText(pen, `${i} wins`, 0, 9 + font.size * 0.75);
  context.restore();
}

/**
 * The line is out of view: an arrow points to it.
 * @param {OutputPen} pen
 * @param {OutputMessage} options
 */
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
  const named = room > 24 ? options.names.map((name) => shortened(name, room, (text) => context.measureText(text).width)).join(" = ") : "of a tie";
  drawText(pen, `the line ${named} is farther out`, x - 34 * way, turned ? y + 5 : y - 26 * way + 5);
}
