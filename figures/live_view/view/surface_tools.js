// The buttons "Flat" and "Surface", and the choice of what the height shows.

import { heightKinds } from "../core/heights.js";

/** @import { Place, Plot } from "../core/types.js" */
/** @import { LiveView } from "./live_view.js" */

export class SurfaceTools {
  /**
   * @param {LiveView} live
   */
  constructor(live) {
    const part = (/** @type {string} */ name) => live.root.querySelector(`[data-part="${name}"]`);
    this.live = live;
    this.shapes = /** @type {HTMLElement} */ (part("shapes"));
    this.height = /** @type {HTMLSelectElement} */ (part("height"));
    /** @type {HTMLButtonElement[]} */
    this.buttons = [...live.root.querySelectorAll(/** @type {"button"} */ ("[data-shape]"))];
    for (const button of this.buttons) button.onclick = () => live.surface.toggle(button.dataset.shape === "surface");
    this.height.onchange = () => live.surface.chooseHeight(this.height.value);
    this.listed = "";
  }

  /**
   * The place of the tools on the stage.
   * @returns {Plot}
   */
  box() {
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = this.shapes.parentElement;
    return { x: offsetLeft, y: offsetTop, width: offsetWidth, height: offsetHeight };
  }

  /**
   * The lower right corner of the tools on the stage.
   * @returns {Place}
   */
  corner() {
    const { x, y, width, height } = this.box();
    return { x: x + width, y: y + height };
  }

  toggle() {
    if (this.live.options?.surfaces) this.live.surface.toggle();
  }

  show() {
    const { frame, options, surface, help } = this.live, kinds = heightKinds(frame, options), listed = JSON.stringify(kinds);
    this.live.root.toggleAttribute("data-legend", options.guides);
    this.shapes.hidden = !options.surfaces;
    for (const row of help.querySelectorAll('[data-part="surface"]')) /** @type {HTMLElement} */ (row).hidden = !options.surfaces;
    help.querySelector('[data-part="turn-keys"]').textContent = options.page_keys ? "Shift and the arrow keys" : "the arrow keys";
    for (const button of this.buttons) button.setAttribute("aria-pressed", String((button.dataset.shape === "surface") === surface.isOn));
    this.height.hidden = !surface.isOn || kinds.length < 2;
    if (listed !== this.listed) {
      this.listed = listed;
      this.height.replaceChildren(...kinds.map(({ kind, title }) => new Option(`Height: ${title}`, kind)));
    }
    this.height.value = surface.kind.kind;
  }
}
