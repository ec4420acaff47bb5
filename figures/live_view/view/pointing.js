// What is pointed at in a drawn network and in its pictures, which light each other without a message to the host.

/** @import { Ball, PlaneWindow, Point } from "../core/types.js" */
/** @import { Store } from "./store.js" */

/**
 * What an explanation beside the picture draws into it, in place of the pin's certificate.
 * @typedef {object} Drawn
 * @property {{ outline: Point[], state: "opened" | "now" | "next", label: string }[]} regions
 * @property {Ball[]} balls
 * @property {Point | null} witness
 */

export class Pointing extends EventTarget {
  constructor() {
    super();
    /** @type {number | null} */
    this.unit = null; // a hidden unit, counted through all layers
    /** @type {Point | null} */
    this.point = null; // under the cursor of a picture
    /** @type {Point | null} */
    this.pin = null;
    /** @type {number | null} */
    this.movable = null; // the unit whose line can be dragged in a picture
    /** @type {((point: Point) => void) | null} */
    this.grabLine = null; // called where that line is taken hold of: a unit may have several
    /** @type {((point: Point) => void) | null} */
    this.moveLine = null; // makes the line of that unit run through a point
    /** @type {Drawn | null} */
    this.drawn = null;
    /** @type {PlaneWindow | null} */
    this.asked = null; // a window that the picture is to show
  }

  // Ask the picture to show this window.
  look(/** @type {PlaneWindow} */ window) {
    this.asked = window;
    this.dispatchEvent(new Event("change"));
  }

  takeAsked() {
    const { asked } = this;
    this.asked = null;
    return asked;
  }

  draw(/** @type {Drawn | null} */ drawn) {
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Dispatches "change" if anything is different from before.
   * @param {{ unit?: number | null, point?: Point | null, pin?: Point | null }} parts those that are left out stay
   */
  set({ unit = this.unit, point = this.point, pin = this.pin }) {
    if (unit === this.unit && String(point) === String(this.point) && String(pin) === String(this.pin)) return;
    Object.assign(this, { unit, point, pin });
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * The object of a network's name, the same for the same name; a view listens to it in place of the one before.
 * @param {Store} store
 * @param {string | null | undefined} name
 * @param {Pointing | null | undefined} before
 * @param {() => void} changed
 * @returns {Pointing | null}
 */
export function pointingAt(store, name, before, changed) {
  const pointing = name ? store.pointing.get(name) ?? new Pointing() : null;
  if (name && pointing) store.pointing.set(name, pointing);
  if (pointing !== before) {
    before?.removeEventListener("change", changed);
    pointing?.addEventListener("change", changed);
  }
  return pointing;
}
