// Painting: the ground (fills and lines, in device pixels) when it is outdated, the marks over it every time.

import { drawPinOverlays } from "../canvas/pin_overlays.js";
import { drawExplained, explained } from "../canvas/explained.js";
import { contextOf } from "../canvas/context.js";
import { drawDataBalls } from "../canvas/data_balls.js";
import { drawAxes, drawBadge, drawScaleBar, placeBadge } from "../canvas/guides.js";
import { drawThumbnails } from "../canvas/images.js";
import { drawLegend } from "../canvas/legend.js";
import { drawEdges, drawLit, hatch } from "../canvas/lines.js";
import { drawAsked, drawFollowed, drawHovered, drawPin, drawPoints, drawTarget } from "../canvas/marks.js";
import { colourPixels } from "../core/fills.js";
import { rasterise } from "../core/raster.js";
import { fitted, shifted } from "../core/viewport.js";
import { describe, notesOn } from "./description.js";
import { hasKeyboard } from "./keyboard.js";
import { paintOnSurface, paintScales, paintSurface, paintSurfaceLegend } from "./paint_surface.js";

/** @import { View } from "../core/types.js" */
/** @import { Badge } from "../canvas/guides.js" */
/** @import { Pen } from "../canvas/pen.js" */
/** @import { LiveView } from "./live_view.js" */

const SLOW_PAINT = 26; // milliseconds of a painting above which a gesture moves the last picture, and the end of the gesture repaints it

/**
 * @param {LiveView} live
 */
export function paint(live) {
  if (!live.frame || !live.options || !live.root.clientWidth) return;
  live.layout();
  lookAsAsked(live);
  const { surface } = live, slow = live.moving && live.groundView && live.groundMs > SLOW_PAINT;
  surface.advance();
  surface.model.canvas.hidden = !surface.isShown;
  if (surface.isShown) {
    placeGround(live);
    paintSurface(live);
  } else if (slow) shiftGround(live);
  else if (live.stale.raster || live.stale.fill || live.stale.lines) paintGround(live);
  live.cursor.readAgain();
  paintMarks(live);
  live.tools.show();
  describe(live);
  live.reports.answerTurn();
}

/**
 * Show what an explanation beside the picture asks for, once.
 * @param {LiveView} live
 */
function lookAsAsked(live) {
  const window = live.pointing?.takeAsked();
  if (window) live.look(fitted(live.plot, window));
}

/**
 * During a gesture, a slow picture is moved without repainting.
 * @param {LiveView} live
 */
function shiftGround({ ground, groundView, view, plot }) {
  const { x, y, zoom } = shifted(plot, groundView, view);
  ground.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
}

/**
 * @param {LiveView} live
 */
function paintGround(live) {
  const began = performance.now(), { ground, frame, palette, strokes, options, view } = live;
  placeGround(live);
  const near = { s: view.s - frame.centre[0], t: view.t - frame.centre[1], k: view.k * live.ratio };
  paintFills(live, near);
  const filled = performance.now(), context = contextOf(ground), { size } = live;
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, size.width, size.height);
  const onGround = { context, palette, strokes, view: near, size };
  if (!live.isCovered()) hatch(onGround);
  context.drawImage(live.fills, 0, 0);
  live.edges = drawEdges(onGround, frame, options);
  ground.style.transform = "";
  live.groundView = { ...view };
  live.groundMs = performance.now() - began;
  live.fillMs = filled - began;
  live.stale = { raster: false, fill: false, lines: false };
  live.paints++;
}

/**
 * Place the ground over the plot, and size it to the device's pixels.
 * @param {LiveView} live
 */
function placeGround(live) {
  const { plot, ratio, ground } = live, clip = ground.parentElement.style;
  const size = { width: Math.round(plot.width * ratio), height: Math.round(plot.height * ratio), ratio };
  [clip.left, clip.top, clip.width, clip.height] = [plot.x, plot.y, plot.width, plot.height].map((v) => `${v}px`);
  if (ground.width !== size.width || ground.height !== size.height || !live.ids) {
    for (const canvas of [ground, live.fills]) Object.assign(canvas, { width: size.width, height: size.height });
    live.ids = new Uint32Array(size.width * size.height);
    live.image = new ImageData(size.width, size.height);
    live.stale.raster = true;
  }
  live.size = size;
}

/**
 * @param {LiveView} live
 * @param {View} near in device pixels, relative to the frame's centre
 */
function paintFills(live, near) {
  const { frame, ids, image, options, palette, size, stale } = live;
  if (stale.raster) {
    rasterise(frame, near, size.width, size.height, ids, live.scratch);
    live.alone = ids[0] < frame.regions && ids.every((region) => region === ids[0]);
  }
  if (stale.raster || stale.fill) {
    const words = new Uint32Array(image.data.buffer);
    const style = { fill: options.fill, norm: options.norm, palette, edges: !options.hidden_layers.length };
    colourPixels(frame, near, size.width, size.height, ids, words, style);
    contextOf(live.fills).putImageData(image, 0, 0);
  }
}

/**
 * @param {LiveView} live
 */
function paintMarks(live) {
  const { marks, stageSize, ratio, palette, strokes, plot, view, type } = live;
  const [width, height] = [Math.round(stageSize.width * ratio), Math.round(stageSize.height * ratio)];
  if (marks.width !== width || marks.height !== height) Object.assign(marks, { width, height });
  const context = contextOf(marks);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, stageSize.width, stageSize.height);
  /** @type {Pen} */
  const pen = { context, palette, strokes, plot, view, type, toX: (s) => live.toX(s), toY: (t) => live.toY(t) };
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y, plot.width, plot.height);
  context.clip();
  const badge = placeBadge(pen, [live.options.badge, ...notesOn(live)]);
  live.badgeBox = badge;
  live.surface.model.leaveRoom(badge);
  paintOverlays(live, pen, badge);
  context.restore();
  paintGuides(live, pen, badge);
}

/**
 * @param {LiveView} live
 * @param {Pen} pen
 * @param {Badge | null} badge
 */
function paintOverlays(live, pen, badge) {
  if (live.surface.isShown) {
    paintOnSurface(live, pen, badge);
    return;
  }
  const { cursor, frame, options, movedPoint, view } = live, drawn = live.pointing?.drawn ?? null;
  const overlays = explained(live.overlays, drawn), { data_balls: balls, labels } = overlays;
  if (drawn) drawExplained(pen, drawn.regions);
  if (cursor.region !== null && !frame.grid) drawHovered(pen, frame, cursor.region);
  const points = overlays.points.slice();
  if (movedPoint) points[movedPoint.index] = movedPoint.point;
  if (live.pointing && live.pointing.unit !== null) {
    const { centre } = frame, way = { toX: (/** @type {number} */ s) => live.toX(s + centre[0]), toY: (/** @type {number} */ t) => live.toY(t + centre[1]) };
    drawLit(pen.context, frame, live.pointing.unit, way, pen, 1);
  }
  const radius = balls ? balls.eps * view.k : 0;
  if (balls) drawDataBalls(pen, points, balls);
  const taken = [badge, live.legendBox, live.tools.box()].filter((box) => box !== null);
  if (options.show_points && options.thumbnails && frame.basis) drawThumbnails(pen, frame, points, labels, taken, points.map(([s, t]) => ({ x: pen.toX(s), y: pen.toY(t) })));
  else if (options.show_points) drawPoints(pen, points, labels, cursor.point, radius > 1 ? radius : undefined);
  if (cursor.isFollowed && cursor.place) drawFollowed(pen, cursor.place);
  drawPinOverlays(pen, overlays, taken);
  const pin = live.pin() ?? null;
  live.pointing?.set({ pin });
  if (overlays.asked) drawAsked(pen, overlays.asked);
  if (pin) drawPin(pen, pin);
  if (hasKeyboard(live)) drawTarget(pen, live.target());
}

/**
 * @param {LiveView} live
 * @param {Pen} pen
 * @param {Badge | null} badge
 */
function paintGuides(live, pen, badge) {
  const { frame, options, overlays } = live;
  const { isShown } = live.surface;
  if (isShown) paintScales(live, pen);
  else drawAxes(pen, options.axes, options.scales);
  if (badge) drawBadge(pen, badge);
  live.legendBox = null;
  if (options.guides) {
    const { drawn } = live.pointing ?? { drawn: null };
    if (isShown && !drawn) live.legendBox = paintSurfaceLegend(live, pen);
    else if (!drawn) live.legendBox = drawLegend(pen, frame, overlays, options, live.isLegendFolded(), live.tools.corner());
    if (!isShown && options.scales[0][1] === options.scales[1][1]) drawScaleBar(pen, badge);
  }
}
