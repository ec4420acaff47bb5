// Points on the surface: where a point of the plane is in the picture, and which is under the cursor.

import { regionAt } from "../core/certificate.js";
import { evaluateRegion, isInRegion } from "../core/frame.js";
import { nearestPoint } from "../core/hits.js";
import { pick, projected } from "../core/pick.js";
import { cellAt, heightAt } from "../core/sheet.js";

/** @import { Place, Point } from "../core/types.js" */
/** @import { Orbit } from "../core/orbit.js" */
/** @import { Picked } from "../core/pick.js" */
/** @import { LiveView } from "./live_view.js" */
/** @import { SurfaceModel } from "./surface_model.js" */

export class SurfacePoints {
  /**
   * @param {LiveView} live
   * @param {SurfaceModel} model
   */
  constructor(live, model) {
    this.live = live;
    this.model = model;
    /** @type {{ orbit: Orbit, corners: Float32Array[] } | null} */
    this.projections = null;
    this.dotsOf = "";
    /** @type {([number, number, number] | null)[]} */
    this.dots = [];
  }

  /**
   * The region that holds a point, given relative to the frame's centre; null outside the frame.
   * @param {Point} point
   */
  regionUnder([s, t]) {
    const { frame } = this.live;
    if (frame.grid) return cellAt(frame, s, t);
    const { columns, rows, window: [s0, s1, t0, t1], ids } = this.model.grid;
    const column = Math.floor(((s - s0) / (s1 - s0)) * columns), row = Math.floor(((t1 - t) / (t1 - t0)) * rows);
    if (column >= 0 && row >= 0 && column < columns && row < rows) {
      const region = ids[row * columns + column];
      if (region < frame.regions && isInRegion(frame, region, s, t)) return region;
    }
    return regionAt(frame, [s + frame.centre[0], t + frame.centre[1]]);
  }

  /**
   * A point of the plane on the surface: s and t relative to the frame's centre, and the height of the upper sheet there;
   * null beside the surface.
   * @param {Point} point
   * @returns {[number, number, number] | null}
   */
  onSheet(point) {
    const { frame } = this.live, [cs, ct] = frame.centre, s = point[0] - cs, t = point[1] - ct, [s0, s1, t0, t1] = this.model.window();
    if (!this.model.grid || s < s0 || s > s1 || t < t0 || t > t1) return null;
    const region = this.regionUnder([s, t]), { kind } = this.model.kind;
    if (region === null) return null;
    return [s, t, heightAt(frame, region, kind === "scores" ? `score-${evaluateRegion(frame, region, s, t).label}` : kind, s, t)];
  }

  /**
   * Where a point of the plane is in the picture; null beside the surface.
   * @param {Point} point
   * @returns {Place | null}
   */
  placeOf(point) {
    const { orbit } = this.model, at = orbit && this.onSheet(point);
    return at ? orbit.place(...at) : null;
  }

  /**
   * The data points on the surface.
   * @param {Point[]} points
   */
  dotsFor(points) {
    const { made } = this.model, name = `${made.geometry} ${made.heights} ${points.length} ${points[0]} ${points.at(-1)} ${points.reduce((sum, [s, t], i) => sum + (s + 2 * t) * (i + 1), 0)}`;
    if (name !== this.dotsOf) {
      this.dots = points.map((point) => this.onSheet(point));
      this.dotsOf = name;
    }
    return this.dots;
  }

  /**
   * The data point within reach of a place; null if there is none.
   * @param {Point[]} points
   * @param {Place} place
   * @param {number} reach in pixels
   */
  dotAt(points, place, reach) {
    const { orbit } = this.model, same = (/** @type {number} */ value) => value, far = Infinity;
    if (!orbit) return null;
    const places = this.dotsFor(points).map((dot) => (dot ? orbit.place(...dot) : { x: far, y: far }));
    return nearestPoint(places.map(({ x, y }) => [x, y]), place, reach, { toX: same, toY: same });
  }

  /**
   * The part of the surface under a place.
   * @param {Place} place
   * @returns {Picked & { sheet: number } | null}
   */
  pickAt(place) {
    const { orbit, sheets } = this.model;
    if (!orbit) return null;
    if (this.projections?.orbit !== orbit) this.projections = { orbit, corners: sheets.map((sheet) => projected(sheet, orbit)) };
    /** @type {Picked & { sheet: number } | null} */
    let nearest = null;
    sheets.forEach((sheet, i) => {
      const found = pick(sheet, this.projections.corners[i], place);
      if (found && (!nearest || found.depth < nearest.depth)) nearest = { ...found, sheet: i };
    });
    return nearest;
  }
}
