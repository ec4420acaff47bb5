// The slider and the number of one weight or bias; a list chooses among those of the unit.

import { unitName, weightName } from "./words.js";

/** @import { Edge } from "../core/layout.js" */
/** @import { NetworkView } from "./network_view.js" */
/** @typedef {{ kind: "weight" | "bias" } & Edge} Edited */

const STEPS = 100; // of the slider at least
const BIAS = "bias";

export class Editor {
  /**
   * @param {NetworkView} view
   */
  constructor(view) {
    this.view = view;
    /** @type {Edited | null} */
    this.edited = null;
    this.which = /** @type {HTMLSelectElement} */ (view.part("which"));
    this.slide = /** @type {HTMLInputElement} */ (view.part("slide"));
    this.number = /** @type {HTMLInputElement} */ (view.part("number"));
    this.slide.addEventListener("input", () => this.set(Number(this.slide.value)));
    this.number.addEventListener("input", () => {
      if (this.number.value !== "" && Number.isFinite(Number(this.number.value))) this.set(Number(this.number.value));
    });
    this.which.addEventListener("change", () => {
      const { layer, to } = this.edited, { value } = this.which;
      this.open(value === BIAS ? { kind: "bias", layer, to, from: 0 } : { kind: "weight", layer, to, from: Number(value) });
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
    const { layer, kind } = edited, { weights, bias } = this.view.network.layers[layer];
    this.edited = edited;
    this.name();
    const largest = Math.max(1, ...[...(kind === "weight" ? weights : bias)].map(Math.abs)), reach = Number((1.5 * largest).toPrecision(2));
    Object.assign(this.slide, { min: -reach, max: reach, step: 10 ** Math.floor(Math.log10(reach / STEPS)) });
    this.view.part("editor").hidden = false;
    this.showValue(this.valueOf(edited));
    this.view.schedule();
  }

  // The list of the unit's weights and its bias, and the slider's name.
  name() {
    const { network } = this.view, { kind, layer, to, from } = this.edited;
    const weights = Array.from({ length: network.layers[layer].inputs }, (_, k) => weightName(network, { layer, to, from: k }));
    const options = weights.map((name, k) => new Option(name, String(k)));
    this.which.replaceChildren(new Option(`Bias of ${unitName(network, layer, to).toLowerCase()}`, BIAS), ...options);
    this.which.value = kind === "bias" ? BIAS : String(from);
    this.slide.setAttribute("aria-label", this.which.selectedOptions[0].textContent);
  }

  close() {
    this.edited = null;
    this.view.part("editor").hidden = true;
    this.view.schedule();
  }

  // Show the value of the network, unless the hand is changing it.
  follow() {
    if (!this.edited || this.view.reports.unanswered().length) return;
    this.showValue(this.valueOf(this.edited));
  }

  /**
   * @param {Edited} edited
   */
  valueOf({ kind, layer, to, from }) {
    const { weights, bias, inputs } = this.view.network.layers[layer];
    return kind === "weight" ? weights[to * inputs + from] : bias[to];
  }

  /**
   * A value that something else than the editor has set: shown if it is the edited one.
   * @param {Edited} edited
   * @param {number} value
   */
  show(edited, value) {
    if (JSON.stringify(edited) === JSON.stringify(this.edited)) this.showValue(value);
  }

  /**
   * @param {number} value
   */
  set(value) {
    this.showValue(value);
    this.view.setValue(this.edited, value);
  }

  /**
   * @param {number} value
   */
  showValue(value) {
    const typing = /** @type {ShadowRoot} */ (this.view.root.getRootNode()).activeElement === this.number;
    this.slide.value = String(value);
    if (!typing) this.number.value = String(Number(value.toPrecision(4)));
  }
}
