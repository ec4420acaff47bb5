// Painting the picture as a surface: the room behind it on the ground, its sheets on a canvas of their own, marks over it.

import { contextOf } from "../canvas/context.js";
import { drawThumbnails } from "../canvas/images.js";
import { drawLegend } from "../canvas/legend.js";
import { drawAsked, drawFollowed, drawPoints, drawTarget } from "../canvas/marks.js";
import { strokeCased } from "../canvas/pen.js";
import { drawPost, drawRoom, drawScales } from "../canvas/surface_guides.js";
import { threeDigits } from "../core/numbers.js";
import { isHidden } from "../core/pick.js";
import { hasKeyboard } from "./keyboard.js";
import { paintOverlaysOnSurface } from "./surface_overlays.js";

/** @import { Overlays, Point } from "../core/types.js" */
/** @import { Badge } from "../canvas/guides.js" */
/** @import { Pen } from "../canvas/pen.js" */
/** @import { LiveView } from "./live_view.js" */

const SMALL = 7.6; // pixels that limit the size of data points: half of it is their radius
const FAINT = 0.22; // opacity of a data point behind the surface

/**
 * @param {LiveView} live
 */
export function paintSurface(live) {
  const { surface, ground, palette, ratio, plot, size } = live, context = contextOf(ground);
  surface.draw();
  ground.style.transform = "";
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, size.width, size.height);
  context.setTransform(ratio, 0, 0, ratio, -plot.x * ratio, -plot.y * ratio);
  context.globalAlpha = 1;
  if (surface.share > 0.3) drawRoom(context, surface.model.orbit, palette);
  context.setTransform(1, 0, 0, 1, 0, 0);
  live.stale.lines = true; // of the flat picture
}

/**
 * Everything that lies on the surface. The pen's places are pixels.
 * @param {LiveView} live
 * @param {Pen} stagePen
 * @param {Badge | null} badge
 */
export function paintOnSurface(live, stagePen, badge) {
  const { surface: { model }, frame, options, overlays, cursor } = live, same = (/** @type {number} */ value) => value;
  const pen = { ...stagePen, toX: same, toY: same };
  if (cursor.region !== null && !frame.grid) outlineRegion(live, pen);
  if (options.show_points && !live.pointing?.drawn) paintPoints(live, pen, badge);
  paintOverlaysOnSurface(live, pen, [badge, live.legendBox, live.tools.box()].filter((box) => box !== null));
  if (cursor.isFollowed && cursor.place) drawFollowed(pen, cursor.place);
  const asked = overlays.asked && model.points.placeOf(overlays.asked);
  if (asked) drawAsked(pen, [asked.x, asked.y]);
  const pin = live.pin() ?? null, at = pin && model.points.onSheet(pin);
  live.pointing?.set({ pin });
  if (at) drawPost(pen, model.orbit, at, model.base(), threeDigits(at[2]));
  if (hasKeyboard(live)) drawTarget(pen, live.target());
}

/**
 * The facets of the region under the cursor.
 * @param {LiveView} live
 * @param {Pen} pen
 */
function outlineRegion({ surface: { model }, cursor }, pen) {
  const { facets, orbit, sheets } = model, { context, palette, strokes } = pen, sheet = sheets[cursor.sheet] ?? sheets[0];
  if (!facets || model.isCoarse) return;
  context.beginPath();
  for (let f = 0; f < facets.count; f++) {
    if (facets.regions[f] !== cursor.region) continue;
    for (let k = facets.starts[f]; k < facets.starts[f + 1]; k++) {
      const { x, y } = orbit.place(facets.corners[2 * k], facets.corners[2 * k + 1], sheet.heights[k]);
      if (k === facets.starts[f]) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.closePath();
  }
  strokeCased(pen, palette.ink, strokes.hovered);
}

/**
 * @param {LiveView} live
 * @param {Pen} pen
 * @param {Badge | null} badge
 */
function paintPoints({ surface: { model }, frame, options, overlays: { points, labels } }, pen, badge) {
  const { orbit, grid, gridHeights } = model, dots = model.points.dotsFor(points);
  /** @type {{ places: Point[], labels: number[], points: Point[] }[]} */
  const groups = [{ places: [], labels: [], points: [] }, { places: [], labels: [], points: [] }]; // hidden, seen
  dots.forEach((dot, i) => {
    if (!dot) return;
    const { x, y } = orbit.place(...dot), group = groups[isHidden(grid, gridHeights, orbit, dot) ? 0 : 1];
    group.places.push([x, y]);
    group.labels.push(labels[i]);
    group.points.push(points[i]);
  });
  for (const [i, group] of groups.entries()) {
    pen.context.globalAlpha = i ? 1 : FAINT;
    const places = group.places.map(([x, y]) => ({ x, y }));
    if (options.thumbnails && frame.basis) drawThumbnails(pen, frame, group.points, group.labels, badge ? [badge] : [], places);
    else drawPoints(pen, group.places, group.labels, null, SMALL);
  }
  pen.context.globalAlpha = 1;
}

/**
 * @param {LiveView} live
 * @param {Pen} pen
 */
export function paintScales({ surface, frame, options, tools }, pen) {
  if (surface.share < 1) return;
  drawScales(pen, { orbit: surface.model.orbit, axes: options.axes, scales: options.scales, height: surface.kind.sign, centre: frame.centre, tools: tools.corner() });
}

/**
 * The legend without what only the flat picture shows.
 * @param {LiveView} live
 * @param {Pen} pen
 */
export function paintSurfaceLegend(live, pen) {
  const { surface, frame, options, tools } = live;
  /** @type {Overlays} */
  const shown = { ...live.overlays, hyperplanes: [] };
  const byClass = surface.kind.kind === "scores";
  return drawLegend(pen, frame, shown, byClass ? { ...options, fill: "class" } : options, live.isLegendFolded(), tools.corner());
}

/**
 * What the surface shows, for the badge.
 * @param {LiveView} live
 */
export function surfaceNotes({ surface, frame, findsMore }) {
  const { kind } = surface.kind, { facets, fineGrid, oneIn, isCoarse } = surface.model;
  /** @type {string[]} */
  const notes = [];
  if (!surface.isOn) return notes;
  const finer = findsMore || !frame.grid ? "; zoom in, flat, for facets" : "";
  if (fineGrid) notes.push(`the sheet is sampled at ${fineGrid.columns} × ${fineGrid.rows} points${finer}`);
  const each = kind === "scores" ? "one sheet for each score" : facets ? "one flat facet for each region" : "";
  /** @type {Record<string, string>} */
  const meanings = { margin: "folded at 0: the boundary (red)", difference: "red: it crosses 0", scores: "red: the highest changes" };
  notes.push([each, meanings[kind]].filter(Boolean).join("; "));
  if (oneIn > 1 && facets) notes.push(`lines of one unit in ${oneIn} are drawn`);
  if (isCoarse) notes.push("while it turns: a coarser grid, without lines");
  if (!surface.wasTurned) notes.push("drag turns, wheel zooms, 0 resets");
  return notes;
}
