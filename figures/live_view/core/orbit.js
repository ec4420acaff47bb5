// The camera around a surface: how it is turned, and the map from (s, t, height) to the picture.

/** @import { Place, PlaneWindow, Plot } from "./types.js" */

/**
 * How a surface is turned. At azimuth 0 and elevation 90 it is seen from above, as the flat picture.
 * @typedef {object} Turn
 * @property {number} azimuth in degrees
 * @property {number} elevation in degrees: 0 from the side, 90 from above
 * @property {number} zoom 1 shows all of it
 * @property {number} x how far the picture is moved to the right, in half widths of the box
 * @property {number} y and up
 */

/**
 * The box around a surface: a window of the plane, relative to the frame's centre, and the range of heights.
 * @typedef {{ window: PlaneWindow, low: number, high: number }} Box
 */

/**
 * Where the surface stands between the flat picture (0) and the turned one (1); `k` are the flat picture's pixels a unit.
 * @typedef {{ share: number, k: number }} Lift
 */

/** @type {Turn} */
export const HOME_TURN = { azimuth: -32, elevation: 32, zoom: 1, x: 0, y: 0 };
export const TALL = 0.78; // height of the box, in half widths of its longer side
const EYE = 6.5; // distance of the eye from the middle of the box, in half widths
const DEPTH = 6; // range of depths, in half widths: the box has less at any turn
const [LOWEST, HIGHEST] = [4, 90]; // of the elevation
const MOST_ZOOM = 60;

/**
 * @param {Turn} turn
 * @param {number} across degrees
 * @param {number} up degrees
 * @returns {Turn}
 */
export function turned(turn, across, up) {
  const azimuth = ((((turn.azimuth + across + 180) % 360) + 360) % 360) - 180;
  return { ...turn, azimuth, elevation: Math.min(HIGHEST, Math.max(LOWEST, turn.elevation + up)) };
}

/**
 * A turn from outside, with numbers in their limits.
 * @param {Partial<Turn>} turn
 * @returns {Turn}
 */
export function checkedTurn(turn) {
  const { azimuth, elevation, zoom, x, y } = { ...HOME_TURN, ...turn };
  return { ...turned({ azimuth, elevation, zoom: limited(zoom), x, y }, 0, 0) };
}

const limited = (/** @type {number} */ zoom) => Math.min(MOST_ZOOM, Math.max(0.4, zoom));

/**
 * The scale at which the box fits at any azimuth, in pixels a half width; and how far it is moved down, since what is near
 * looks larger.
 * @param {Plot} room
 * @param {number} reach from the middle of the box to its upright edges, in half widths
 * @param {{ cosE: number, sinE: number }} angles
 */
function fitted(room, reach, { cosE, sinE }) {
  const z = TALL / 2, seen = (/** @type {number} */ y, /** @type {number} */ h) => (h * cosE + y * sinE) / (1 - (h * sinE - y * cosE) / EYE);
  const top = Math.max(seen(reach, z), seen(-reach, z)), bottom = Math.min(seen(-reach, -z), seen(-reach, z));
  const side = reach / Math.sqrt((1 - (z * sinE) / EYE) ** 2 - ((reach * cosE) / EYE) ** 2); // of an edge between the side and the front
  const fit = Math.min(room.width / 2 / side, room.height / (top - bottom));
  return { fit, up: ((top + bottom) / 2) * fit };
}

export class Orbit {
  /**
   * @param {Plot} plot the whole picture
   * @param {Plot} room the part of it that is free for the surface
   * @param {Box} box
   * @param {Turn} turn
   * @param {Lift} lift
   */
  constructor(plot, room, box, turn, lift) {
    const [s0, s1, t0, t1] = box.window, { share } = lift;
    this.plot = plot;
    this.box = box;
    this.turn = turn;
    this.unit = Math.max(s1 - s0, t1 - t0) / 2; // a half width, in units of the plane
    this.rise = (share * TALL) / (box.high - box.low); // half widths per unit of height
    this.middle = [(s0 + s1) / 2, (t0 + t1) / 2, (box.low + box.high) / 2];
    const azimuth = (share * turn.azimuth * Math.PI) / 180, elevation = ((90 + share * (turn.elevation - 90)) * Math.PI) / 180;
    const angles = { cosA: Math.cos(azimuth), sinA: Math.sin(azimuth), cosE: Math.cos(elevation), sinE: Math.sin(elevation) };
    this.angles = angles;
    const reach = Math.hypot(s1 - s0, t1 - t0) / 2 / this.unit, { fit, up } = fitted(room, reach, angles);
    this.scale = (1 - share) * lift.k * this.unit + share * fit; // pixels a half width
    this.zoom = 1 + share * (turn.zoom - 1);
    const right = room.x - plot.x + (room.width - plot.width) / 2, down = room.y - plot.y + (room.height - plot.height) / 2 + up;
    this.aside = [(share * right) / this.scale, (-share * down) / this.scale]; // of the middle of the room
    this.shift = [this.aside[0] + share * turn.x, this.aside[1] + share * turn.y];
    this.matrix = this.clipMatrix();
  }

  // Rows of the map from (s, t, height, 1) to clip space, as WebGL has it, whose last row is the distance from the eye.
  clipMatrix() {
    const { cosA, sinA, cosE, sinE } = this.angles, [ms, mt, mh] = this.middle, { unit, rise, scale, zoom, plot } = this;
    const row = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ z) => {
      const [a, b, c] = [x / unit, y / unit, z * rise];
      return [a, b, c, -a * ms - b * mt - c * mh];
    };
    const right = row(cosA, -sinA, 0), up = row(sinA * sinE, cosA * sinE, cosE), near = row(-sinA * cosE, -cosA * cosE, sinE);
    const w = near.map((value, i) => (i === 3 ? 1 : 0) - value / EYE);
    const [h, v] = [(2 * scale) / plot.width, (2 * scale) / plot.height];
    return [
      right.map((value, i) => h * (zoom * value + this.shift[0] * w[i])), up.map((value, i) => v * (zoom * value + this.shift[1] * w[i])),
      near.map((value) => -value / DEPTH), w,
    ];
  }

  /**
   * @param {number} s relative to the frame's centre
   * @param {number} t
   * @param {number} height
   * @returns {Place & { depth: number }} on the stage; the depth is smaller for what is nearer
   */
  place(s, t, height) {
    const [x, y, z, w] = this.matrix.map(([a, b, c, d]) => a * s + b * t + c * height + d), { plot } = this;
    return { x: plot.x + (plot.width / 2) * (1 + x / w), y: plot.y + (plot.height / 2) * (1 - y / w), depth: z / w };
  }

  // The direction to the eye from a point of the surface: along s, along t, and up in units of height.
  toEye(/** @type {number} */ s, /** @type {number} */ t, /** @type {number} */ height) {
    const { cosA, sinA, cosE, sinE } = this.angles, [ms, mt, mh] = this.middle;
    const rise = this.rise || 1e-12;
    return [
      (-sinA * cosE * EYE * this.unit) + ms - s, (-cosA * cosE * EYE * this.unit) + mt - t, (sinE * EYE) / rise + mh - height,
    ];
  }

  // The turn after zooming by a factor with the place under the cursor fixed.
  zoomed(/** @type {Place} */ place, /** @type {number} */ factor) {
    const { plot, turn, scale } = this, zoom = limited(turn.zoom * factor), by = zoom / turn.zoom;
    const x = (place.x - plot.x - plot.width / 2) / scale - this.aside[0], y = (plot.y + plot.height / 2 - place.y) / scale - this.aside[1];
    return { ...turn, zoom, x: x + (turn.x - x) * by, y: y + (turn.y - y) * by };
  }

  // The turn after the picture is moved by pixels.
  moved(/** @type {number} */ dx, /** @type {number} */ dy) {
    return { ...this.turn, x: this.turn.x + dx / this.scale, y: this.turn.y - dy / this.scale };
  }

  // Light from the upper left of the viewer, as (along s, along t, up) in half widths.
  light() {
    const { cosA, sinA } = this.angles, [x, y, z] = [-0.5, -0.35, 0.79];
    return [cosA * x + sinA * y, -sinA * x + cosA * y, z];
  }
}
