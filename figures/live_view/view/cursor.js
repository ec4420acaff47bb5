// The region under the cursor, whose numbers the readout shows, and the data point under it.

import { unitAt } from "../core/edges.js";
import { nearestPoint, regionAtPixel } from "../core/hits.js";
import { shareHover } from "./links.js";
import { fillReadout, placeReadout } from "./readout.js";

/** @import { Place, Point } from "../core/types.js" */
/** @import { LiveView } from "./live_view.js" */

const POINT_REACH = 10; // pixels from a data point within which it counts as under the cursor
const LINE_REACH = 5; // pixels from a line within which its unit is lit

export class Cursor {
  /**
   * @param {LiveView} live
   * @param {HTMLElement} readout
   */
  constructor(live, readout) {
    this.live = live;
    this.readout = readout;
    /** @type {Place} */
    this.place = null; // inside the plot
    this.isFollowed = false; // the cursor is in a linked view
    /** @type {Point | null} */
    this.spot = null; // the point of the plane there; null beside a surface
    this.sheet = 0; // which of a surface's sheets it is on
    /** @type {number} */
    this.region = null;
    /** @type {number} */
    this.point = null;
  }

  /**
   * @param {Place | null} place
   * @param {boolean} followed
   */
  move(place, followed) {
    const { live } = this, inside = place && live.inPlot(place);
    this.isFollowed = followed;
    this.place = inside ? place : null;
    this.spot = this.place && live.view && live.frame ? live.pointAt(this.place) : null;
    if (!followed && live.view && live.options) shareHover(live, this.spot);
    this.region = this.place && !live.moving ? this.regionAt(this.place) : null;
    this.point = this.place ? this.pointAt(this.place) : null;
    this.light();
    this.showReadout();
    const onLegend = this.place !== null && live.isOnLegend(this.place);
    const held = onLegend ? "pointer" : this.point !== null || live.surface.isOn ? "grab" : this.place && this.isOnMovableLine(this.place) ? "move" : "crosshair";
    live.stage.style.cursor = held;
    live.schedule();
  }

  // Lights the unit of the line under the cursor, here and in the drawn network; the network shows its values there.
  light() {
    const { frame, view, options, moving } = this.live, { pointing } = this.live;
    if (!pointing) return;
    if (!this.spot || moving || !frame) {
      pointing.set({ unit: null, point: null });
      return;
    }
    const unit = unitAt(frame, this.near(this.spot), LINE_REACH / view.k, options.hidden_layers);
    pointing.set({ unit, point: this.spot });
  }

  // Whether the line of the unit that the drawn network lets one move is within reach.
  isOnMovableLine(/** @type {Place} */ place) {
    const { frame, view, options, moving, pointing, surface } = this.live, movable = pointing?.movable ?? null;
    if (movable === null || moving || !frame || !view || surface.isShown) return false;
    return unitAt(frame, this.near(this.live.toPoint(place)), LINE_REACH / view.k, options.hidden_layers, movable) !== null;
  }

  /**
   * A point relative to the frame's centre.
   * @param {Point} point
   * @returns {[number, number]}
   */
  near([s, t]) {
    const { centre } = this.live.frame;
    return [s - centre[0], t - centre[1]];
  }

  // A new picture under an unmoved cursor: its numbers replace those of the previous picture.
  readAgain() {
    if (!this.place || this.region !== null || this.live.moving) return;
    this.spot = this.live.pointAt(this.place);
    this.region = this.regionAt(this.place);
    this.showReadout();
  }

  // The frame has changed.
  forget() {
    this.region = this.spot = null;
    this.readout.hidden = true;
  }

  showReadout() {
    const { frame, options, palette, plot } = this.live;
    this.readout.hidden = this.region === null || !this.spot;
    if (this.region === null || !this.spot) return;
    fillReadout(this.readout, frame, options, palette, this.region, this.spot);
    placeReadout(this.readout, this.place, plot);
  }

  regionAt(/** @type {Place} */ place) {
    if (this.live.surface.isShown) {
      const picked = this.live.surface.model.points.pickAt(place);
      this.sheet = picked?.sheet ?? 0;
      return picked?.region ?? null;
    }
    const { frame, ids, plot, size, stale } = this.live;
    return ids && !stale.raster ? regionAtPixel(ids, size, frame.regions, plot, place) : null;
  }

  pointAt(/** @type {Place} */ place) {
    const { options, overlays, view } = this.live;
    if (!options?.edit_points || !options.show_points || !view) return null;
    if (this.live.surface.isShown) return this.live.surface.model.points.dotAt(overlays.points, place, POINT_REACH);
    return nearestPoint(overlays.points, place, POINT_REACH, this.live);
  }
}
