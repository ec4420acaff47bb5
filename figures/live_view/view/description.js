// A description of the picture in text, for screen readers and tests.

import { counted, threeDigits } from "../core/numbers.js";
import { fitted, isAtLimit } from "../core/viewport.js";

import { surfaceNotes } from "./paint_surface.js";
import { ringsShown } from "./surface_overlays.js";

/** @import { LiveView } from "./live_view.js" */

/**
 * Notes on the view that the badge does not hold: what it lacks, and the limits of zoom.
 * @param {LiveView} live
 */
export function notesOn(live) {
  const { edges, frame, home, plot, view, alone, options } = live, notes = [];
  if (live.surface.isShown) return surfaceNotes(live);
  if (!live.isCovered()) {
    if (options.limited) notes.push("hatched: outside the box of inputs");
    else if (!live.findsMore) notes.push("hatched: beyond the window of this picture");
    else if (frame.truncated) notes.push("hatched: more regions than one picture holds; zoom in to have them all");
    else notes.push("hatched: these regions are being found");
  }
  if (edges?.oneIn > 1 && options.hidden_layers.length < frame.layers.length) {
    notes.push(`lines of one unit in ${edges.oneIn} are drawn${frame.ink && !options.hidden_layers.length ? ", the rest as grey" : ""}; zoom in for all`);
  }
  if (isAtLimit(plot, view, home)) {
    notes.push(`enlarged ${threeDigits(view.k / fitted(plot, home).k)} times, no further; press 0 for the whole window`);
  }
  if (alone && !frame.grid) {
    const zoomed = view.k > 1.01 * fitted(plot, home).k;
    notes.push(`one region fills the view: the network is one affine map here${zoomed ? "; press 0 for the whole window" : ""}`);
  }
  return notes;
}

/**
 * Writes the description into the view's elements.
 * @param {LiveView} live
 */
export function describe(live) {
  const { marks, frame, overlays, options, reports } = live, notes = notesOn(live);
  if (live.arrived !== undefined) {
    live.arrived = undefined;
    if (reports.pinSent && !reports.isPending("pin")) {
      marks.dataset.pinMs = (performance.now() - reports.pinSent).toFixed(1);
      reports.pinSent = null;
    }
  }
  const count = options.count ?? (frame.grid ? null : frame.regions);
  Object.assign(marks.dataset, {
    legend: live.legendBox ? (live.isLegendFolded() ? "folded" : "open") : "",
    legendAt: live.legendBox ? `${Math.round(live.legendBox.x)},${Math.round(live.legendBox.y)}` : "",
    pointed: live.pointing?.unit ?? "",
    explained: live.pointing?.drawn?.regions.length ?? "",
    frame: frame.hash,
    paints: live.paints,
    paintMs: live.groundMs?.toFixed(1),
    fillMs: live.fillMs?.toFixed(1),
    regions: count ?? "",
    covered: live.isCovered(),
    notes: notes.join(" · "),
    raster: frame.grid ? frame.grid.join("×") : "",
    edges: live.edges?.drawn,
    fill: options.fill,
    pin: overlays.pin ? overlays.pin.map((value) => value.toPrecision(6)).join(",") : "",
    balls: overlays.balls.length,
    verdicts: overlays.data_balls?.verdicts.join("") ?? "",
    points: overlays.points.length,
    view: live.visibleWindow().map((value) => value.toPrecision(8)).join(","),
    region: live.cursor.region ?? "",
    ...surfaceData(live),
  });
  const regions = count === null ? "" : counted(count, "region");
  const label = [live.surface.isOn ? "Linear regions as a surface" : "Linear regions", options.badge || regions, ...notes].filter(Boolean).join(": ");
  if (live.root.getAttribute("aria-label") !== label) live.root.setAttribute("aria-label", label);
}

/**
 * What the surface is, for tests.
 * @param {LiveView} live
 */
function surfaceData(live) {
  const { surface } = live;
  if (!surface.isShown) return { surface: "", rings: "" };
  const { kind, isOn, share, turn } = surface, { backend, sheets, facets, drawMs, buildMs, range } = surface.model;
  return {
    rings: JSON.stringify(ringsShown(live)),
    surface: isOn && share === 1 ? kind.kind : "moving", turn: [turn.azimuth, turn.elevation, turn.zoom].map((value) => value.toFixed(2)).join(","), backend,
    facets: facets?.count ?? "", triangles: sheets.reduce((sum, { triangles }) => sum + triangles.length / 3, 0),
    drawMs: drawMs.toFixed(1), buildMs: buildMs.toFixed(1), heights: range?.map((value) => value.toPrecision(6)).join(",") ?? "",
  };
}
