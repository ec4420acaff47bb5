// Announcements for screen readers: first the place of the pin, then the host's verdict on it.

import { pointText } from "../core/numbers.js";

/** @import { Point } from "../core/types.js" */

export class Speech {
  /**
   * @param {HTMLElement} element a live region
   */
  constructor(element) {
    this.element = element;
    this.announced = "";
    this.awaiting = false;
  }

  /**
   * @param {Point | null} pin
   * @param {string} said the host's text on the previous pin
   */
  sayPin(pin, said) {
    this.announced = pin ? said : ""; // the same text is announced again for a new pin
    this.element.textContent = pin ? `Pinned at ${pointText(pin)}.` : "The pin is gone.";
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
    this.element.textContent = (pin ? `Pin at ${pointText(pin)}. ` : "") + said;
  }
}
