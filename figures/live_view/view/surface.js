// The picture as a surface: whether it is one, what its height shows, how it is turned, and what the host hears of it.

import { HOME_TURN, checkedTurn, turned } from "../core/orbit.js";
import { shareSurface } from "./links.js";
import { SurfaceModel } from "./surface_model.js";

/** @import { Place, SurfaceOptions } from "../core/types.js" */
/** @import { Turn } from "../core/orbit.js" */
/** @import { LiveView } from "./live_view.js" */

const RISE = 700; // milliseconds in which the flat picture becomes a surface
const REST = 150; // milliseconds without a turn, after which the turn is reported

export class Surface {
  /**
   * @param {LiveView} live
   * @param {HTMLCanvasElement} canvas
   */
  constructor(live, canvas) {
    this.live = live;
    this.isOn = false;
    /** @type {string | undefined} */
    this.height = undefined; // the kind of height that is asked for
    /** @type {Turn} */
    this.turn = HOME_TURN;
    /** @type {string | undefined} */
    this.asked = undefined; // what the host last asked for, as JSON
    this.share = 0; // between flat and risen
    /** @type {{ from: number, to: number, began: number } | null} */
    this.rising = null;
    this.wasTurned = false; // by a hand: the hint how to is not needed any more
    this.unreported = false;
    /** @type {ReturnType<typeof setTimeout>} */
    this.resting = undefined;
    this.model = new SurfaceModel(live, canvas);
  }

  close() {
    clearTimeout(this.resting);
    this.model.close();
  }

  // Whether the picture shows it, or is on its way to or from it.
  get isShown() {
    return this.isOn || this.share > 0;
  }

  get kind() {
    return this.model.kind;
  }

  // ---- what is asked for ------------------------------------------------------------------------------------------

  // Apply what the host asks for, unless it only says what is shown, or a report is under way: interactions win.
  takeAsked() {
    const { surface, surfaces } = this.live.options, text = JSON.stringify(surface ?? null), before = this.asked;
    this.asked = text;
    if (before === text || !surfaces || text === JSON.stringify(this.state())) return;
    if (before !== undefined && this.live.isTurning()) return;
    this.show(surface ?? null, before !== undefined);
  }

  /**
   * What is shown, as the host is told: null for the flat picture.
   * @returns {SurfaceOptions | null}
   */
  state() {
    if (!this.isOn) return null;
    const { azimuth, elevation, zoom, x, y } = this.turn, round = (/** @type {number} */ value, /** @type {number} */ digits) => Number(value.toFixed(digits));
    const height = this.height ?? (this.live.frame ? this.kind.kind : "margin");
    return { height, azimuth: round(azimuth, 1), elevation: round(elevation, 1), zoom: round(zoom, 3), x: round(x, 3), y: round(y, 3) };
  }

  /**
   * @param {SurfaceOptions | null} state
   * @param {boolean} slowly
   */
  show(state, slowly) {
    if (state) {
      this.height = state.height;
      this.turn = checkedTurn(state);
    }
    if (Boolean(state) !== this.isOn) this.rise(Boolean(state), slowly);
    this.live.schedule();
  }

  /**
   * @param {boolean} isOn
   * @param {boolean} slowly
   */
  rise(isOn, slowly) {
    this.isOn = isOn;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.rising = slowly && !still ? { from: this.share, to: isOn ? 1 : 0, began: 0 } : null;
    if (!this.rising) this.share = isOn ? 1 : 0;
    this.live.hover(null);
  }

  // One step on the way between flat and risen; begins with the first painting, however long the sheets took to make.
  advance() {
    if (!this.rising) return;
    const { from, to } = this.rising, now = performance.now();
    this.rising.began ||= now;
    const done = Math.min(1, (now - this.rising.began) / RISE), eased = done * done * (3 - 2 * done);
    this.share = from + (to - from) * eased;
    if (done === 1) this.rising = null;
    this.live.schedule();
  }

  // ---- interactions -----------------------------------------------------------------------------------------------

  /**
   * A change by a hand: linked views follow, and the host hears of it.
   * @param {SurfaceOptions | null} state
   */
  change(state) {
    if (state && this.isOn) this.live.turning();
    this.show(state, true);
    shareSurface(this.live, state);
    this.unreported = true;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.unreported = false;
      this.live.reports.tell(["surface", this.state()]);
    }, REST);
  }

  toggle(isOn = !this.isOn) {
    if (!this.live.frame || isOn === this.isOn) return;
    const { azimuth, elevation, zoom, x, y } = this.turn;
    this.change(isOn ? { height: this.kind.kind, azimuth, elevation, zoom, x, y } : null);
  }

  /**
   * @param {string} height
   */
  chooseHeight(height) {
    this.change({ ...this.state(), height });
  }

  /**
   * @param {Turn} turn
   */
  look(turn) {
    this.wasTurned = true;
    const { zoom, x, y, azimuth, elevation } = turn;
    this.change({ height: this.kind.kind, azimuth, elevation, zoom, x, y });
  }

  // Paint it on its canvas.
  draw() {
    this.model.draw(this, this.live.moving || this.rising !== null);
  }

  turnBy(/** @type {number} */ across, /** @type {number} */ up) { this.look(turned(this.turn, across, up)); }
  zoomAt(/** @type {Place} */ place, /** @type {number} */ factor) { if (this.model.orbit) this.look(this.model.orbit.zoomed(place, factor)); }
  moveBy(/** @type {number} */ dx, /** @type {number} */ dy) { if (this.model.orbit) this.look(this.model.orbit.moved(dx, dy)); }
  reset() { this.look(HOME_TURN); }
}
