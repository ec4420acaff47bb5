// The pin's certificate on a surface: balls as rings that lie on it, the witness, and the regions that a proof opens.

import { drawExplained, explained } from "../canvas/explained.js";
import { drawRegions, drawWitness, labelBalls } from "../canvas/pin_overlays.js";
import { strokeCased } from "../canvas/pen.js";
import { clipConvex } from "../core/clip.js";
import { isHidden } from "../core/pick.js";

/** @import { Ball, Plot, Point } from "../core/types.js" */
/** @import { Pen } from "../canvas/pen.js" */
/** @import { LiveView } from "./live_view.js" */
/** @import { SurfaceModel } from "./surface_model.js" */

/** @typedef {[number, number, number]} OnSheet s and t relative to the frame's centre, and the height */

const AROUND = 120; // points of a ring
const BEHIND = 0.3; // opacity of the part of a ring behind the surface
const INSIDE = 1e-6; // share of the window by which outlines are cut off inside its sides

/** @type {WeakMap<object, { made: string, places: (OnSheet | null)[] }>} */
const lifted = new WeakMap(); // by ball, and by outline of a region

/**
 * The overlays of the pin, or those of an explanation in their place. The pen's places are pixels.
 * @param {LiveView} live
 * @param {Pen} pen
 * @param {Plot[]} taken what will be drawn over the picture
 */
export function paintOverlaysOnSurface(live, pen, taken) {
  const { model } = live.surface, drawn = live.pointing?.drawn ?? null, overlays = explained(live.overlays, drawn);
  if (drawn) drawExplained(pen, drawn.regions.flatMap((region) => {
    const outline = regionOnScreen(live, region.outline, region.state !== "opened");
    return outline ? [{ ...region, outline }] : [];
  }));
  else drawRegions(pen, { region: overlays.region && regionOnScreen(live, overlays.region, true), class_region: null });
  const rings = overlays.balls.map((ball) => ({ ball, places: ringOf(model, ball) })).filter(({ places }) => places.some(Boolean));
  for (const { ball, places } of rings) drawRing(live, pen, ball, places);
  const witness = overlays.witness && model.points.placeOf(overlays.witness), pin = overlays.pin && model.points.placeOf(overlays.pin);
  if (witness) drawWitness(pen, [witness.x, witness.y]);
  const size = pen.type.scale, post = pin ? [{ x: pin.x - 12 * size, y: pin.y - 40 * size, width: 76 * size, height: 28 * size }] : [];
  const flat = rings.map(({ ball, places }) => /** @type {Ball} */ ({ ...ball, disc: null, outline: onScreen(model, places) }));
  labelBalls(pen, flat, {
    pin: pin ? [pin.x, pin.y] : null, witness: witness ? [witness.x, witness.y] : null,
  }, [...taken, ...post]);
}

/**
 * Points on the surface over a ball's border, all around; null where the border leaves the surface.
 * @param {SurfaceModel} model
 * @param {Ball} ball
 */
export function ringOf(model, ball) {
  return lift(model, ball, () => {
    if (ball.disc) {
      const [s, t, radius] = ball.disc;
      return Array.from({ length: AROUND }, (_, i) => [s + radius * Math.cos((2 * Math.PI * i) / AROUND), t + radius * Math.sin((2 * Math.PI * i) / AROUND)]);
    }
    const corners = ball.outline ?? [], pieces = Math.ceil(AROUND / Math.max(1, corners.length));
    return corners.flatMap(([s, t], i) => {
      const [s1, t1] = corners[(i + 1) % corners.length];
      return Array.from({ length: pieces }, (_, k) => /** @type {Point} */ ([s + ((s1 - s) * k) / pieces, t + ((t1 - t) * k) / pieces]));
    });
  });
}

/**
 * @param {SurfaceModel} model
 * @param {object} what its points are kept until the surface changes
 * @param {() => Point[]} points
 */
function lift(model, what, points) {
  const made = `${model.made.geometry} ${model.made.heights}`, kept = lifted.get(what);
  if (kept?.made === made) return kept.places;
  const places = points().map((point) => model.points.onSheet(point));
  lifted.set(what, { made, places });
  return places;
}

/**
 * The outline of a linear region, which is one flat facet, on the screen; null outside the surface, or behind it.
 * @param {LiveView} live
 * @param {Point[]} outline
 * @param {boolean} always also behind the surface
 * @returns {Point[] | null}
 */
function regionOnScreen({ frame, surface: { model } }, outline, always) {
  const places = lift(model, outline, () => {
    const [cs, ct] = frame.centre, [s0, s1, t0, t1] = model.window(), margin = INSIDE * (s1 - s0);
    const inside = { x: s0 + cs + margin, y: t0 + ct + margin, width: s1 - s0 - 2 * margin, height: t1 - t0 - 2 * margin };
    return clipConvex(outline.map(([x, y]) => ({ x, y })), inside).map(({ x, y }) => [x, y]);
  });
  const found = places.filter((place) => place !== null);
  if (found.length < 3) return null;
  const middle = /** @type {OnSheet} */ ([0, 1, 2].map((axis) => found.reduce((sum, place) => sum + place[axis], 0) / found.length));
  return always || !isHidden(model.grid, model.gridHeights, model.orbit, middle) ? onScreen(model, found) : null;
}

/**
 * @param {SurfaceModel} model
 * @param {(OnSheet | null)[]} places
 * @returns {Point[]}
 */
function onScreen({ orbit }, places) {
  return places.flatMap((place) => {
    if (!place) return [];
    const { x, y } = orbit.place(...place);
    return [/** @type {Point} */ ([x, y])];
  });
}

/**
 * @param {LiveView} live
 * @param {Pen} pen
 * @param {Ball} ball
 * @param {(OnSheet | null)[]} places
 */
function drawRing({ surface: { model } }, pen, { role }, places) {
  const { context, palette, strokes } = pen, { orbit, grid, gridHeights } = model;
  const seen = places.map((place) => place && !isHidden(grid, gridHeights, orbit, place));
  for (const front of [false, true]) {
    context.beginPath();
    places.forEach((here, i) => {
      const k = (i + 1) % places.length, next = places[k];
      if (!here || !next || (seen[i] && seen[k]) !== front) return;
      const from = orbit.place(...here), to = orbit.place(...next);
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
    });
    context.lineCap = "round";
    context.globalAlpha = front ? 1 : BEHIND;
    strokeCased(pen, palette[role], strokes.ball);
  }
  context.globalAlpha = 1;
}

/**
 * Each ring's name and one of its points on the surface, in the plane's coordinates and its height; for tests.
 * @param {LiveView} live
 */
export function ringsShown(live) {
  const { frame: { centre: [cs, ct] }, surface: { model } } = live;
  return explained(live.overlays, live.pointing?.drawn ?? null).balls.flatMap((ball) => {
    const places = ringOf(model, ball), first = places.find(Boolean);
    return first ? [{ role: ball.role, at: [first[0] + cs, first[1] + ct, first[2]], share: places.filter(Boolean).length / places.length }] : [];
  });
}
