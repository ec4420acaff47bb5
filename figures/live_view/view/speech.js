// Announcements for screen readers: first the place of the pin, then the host's verdict on it.

import { inUnits, pointText } from "../core/numbers.js";

/** @import { Point, Scale } from "../core/types.js" */

export class Speech {
  /**
   * @param {HTMLElement} element a live region
   */
  constructor(element) {
    this.element = element;
    /** @type {[Scale, Scale]} */
    this.scales = [[0, 1], [0, 1]];
    this.announced = "";
    this.awaiting = false;
  }

  /**
   * @param {Point | null} pin
   * @param {string} said the host's text on the previous pin
   */
  sayPin(pin, said) {
    this.announced = pin ? said : ""; // the same text is announced again for a new pin
    this.element.textContent = pin ? `Pinned at ${pointText(inUnits(pin, this.scales))}.` : "The pin is gone.";
    this.awaiting = Boolean(pin);
  }

  /**
   * @param {Point | null} pin
   * @param {string} said
   */
  sayAnswer(pin, said) {
    if (!said || (!this.awaiting && said === this.announced)) return;
    this.awaiting = false;
    this.announced = said;
    this.element.textContent = (pin ? `Pin at ${pointText(inUnits(pin, this.scales))}. ` : "") + said;
  }
}
