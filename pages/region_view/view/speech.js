// For those who do not see the picture: first where the pin is, then, with the host's answer, what is known of it.

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
   * @param {string} said what the host says of the pin before
   */
  sayPin(pin, said) {
    this.announced = pin ? said : ""; // an answer that stays the same is said again
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
