// The slider and the number of one weight or bias.

import { unitName, weightName } from "./words.js";

/** @import { Edge } from "../core/layout.js" */
/** @import { NetworkView } from "./network_view.js" */
/** @typedef {{ kind: "weight" | "bias" } & Edge} Edited */

const STEPS = 100; // of the slider at least

export class Editor {
  /**
   * @param {NetworkView} view
   */
  constructor(view) {
    this.view = view;
    /** @type {Edited | null} */
    this.edited = null;
    this.slide = /** @type {HTMLInputElement} */ (view.part("slide"));
    this.number = /** @type {HTMLInputElement} */ (view.part("number"));
    this.slide.addEventListener("input", () => this.set(Number(this.slide.value)));
    this.number.addEventListener("input", () => {
      if (this.number.value !== "" && Number.isFinite(Number(this.number.value))) this.set(Number(this.number.value));
    });
    view.part("editor").addEventListener("submit", (event) => event.preventDefault());
    view.part("editor").addEventListener("keydown", (event) => {
      event.stopPropagation(); // keys of the page
      if (event.key === "Escape") this.close();
    });
    view.part("close").addEventListener("click", () => this.close());
  }

  isOpen() {
    return this.edited !== null;
  }

  /**
   * @param {Edited} edited
   */
  open(edited) {
    const { network } = this.view, { layer, to, kind } = edited, { weights, bias } = network.layers[layer];
    this.edited = edited;
    this.view.part("edited").textContent = kind === "weight" ? weightName(network, edited) : `Bias of ${unitName(network, layer, to).toLowerCase()}`;
    const largest = Math.max(1, ...[...(kind === "weight" ? weights : bias)].map(Math.abs)), reach = Number((1.5 * largest).toPrecision(2));
    Object.assign(this.slide, { min: -reach, max: reach, step: 10 ** Math.floor(Math.log10(reach / STEPS)) });
    this.slide.setAttribute("aria-label", this.view.part("edited").textContent);
    this.view.part("editor").hidden = false;
    this.follow();
    this.view.schedule();
  }

  close() {
    this.edited = null;
    this.view.part("editor").hidden = true;
    this.view.schedule();
  }

  // Show the value of the network, unless the hand is changing it.
  follow() {
    if (!this.edited || this.view.reports.unanswered().length) return;
    const { kind, layer, to, from } = this.edited, { weights, bias, inputs } = this.view.network.layers[layer];
    const value = kind === "weight" ? weights[to * inputs + from] : bias[to];
    this.slide.value = String(value);
    if (this.number !== /** @type {ShadowRoot} */ (this.view.root.getRootNode()).activeElement) this.number.value = String(Number(value.toPrecision(4)));
  }

  /**
   * @param {number} value
   */
  set(value) {
    const { view, edited } = this;
    this.slide.value = String(value);
    if (view.root.getRootNode() !== document && /** @type {ShadowRoot} */ (view.root.getRootNode()).activeElement !== this.number) {
      this.number.value = String(Number(value.toPrecision(4)));
    }
    view.setValue(edited, value);
  }
}
