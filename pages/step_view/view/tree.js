// Branch and bound as a tree that grows (figures/certify/branch_tree.py).

import { threeDigits } from "../../../figures/live_view/core/numbers.js";
import { element } from "./elements.js";
import { ballAround, windowAround } from "./shapes.js";

/** @import { Point } from "../../../figures/live_view/core/types.js" */
/** @import { Pointing } from "../../../figures/live_view/view/pointing.js" */

/**
 * @typedef {object} Content
 * @property {string} svg made of numbers alone
 * @property {{ title: string, words: string, unit: number | null }[]} steps
 * @property {Point} pin
 * @property {number} eps
 * @property {string} norm
 * @property {boolean | null} safe
 * @property {Point | null} witness
 * @property {boolean} fits
 */

/** @type {Record<string, string>} */
const SIGNS = { open: "?", proved: "✓", region: "✓", witness: "✕", split: "" };

export class Tree {
  /**
   * @param {HTMLElement} body
   * @param {Content} content
   * @param {Pointing | null} pointing
   */
  constructor(body, content, pointing) {
    this.body = body;
    this.content = content;
    this.pointing = pointing;
    this.steps = content.steps;
    this.plays = true;
    if (content.fits) pointing?.look(windowAround(content.pin, content.eps));
    this.at = 0;
    this.tree = document.importNode(new DOMParser().parseFromString(content.svg, "image/svg+xml").documentElement, true);
    this.tree.classList.add("tree");
    this.tree.addEventListener("pointerover", (event) => this.point(/** @type {Element} */ (event.target)));
    this.tree.addEventListener("pointerleave", () => this.point(null));
    const key = [["proved", "✓ proved: the class stays"], ["open", "? open"], ["witness", "✕ another class"]];
    this.body.replaceChildren(this.tree, element("div", [
      "Under a split: its layer and unit. Left: it is off, right: on. ",
      ...key.map(([kind, words]) => element("span", words, { class: kind })),
    ], { class: "tree-key" }));
  }

  close() {
    this.pointing?.set({ unit: null });
    this.pointing?.draw(null);
    this.body.replaceChildren();
  }

  // Lights the line of the unit that the node under the cursor is split at; else of the step's.
  point(/** @type {Element | null} */ target) {
    const node = /** @type {HTMLElement | SVGElement | null} */ (target?.closest("[data-unit]:not([hidden])"));
    const shown = node && Number(node.dataset.closed) <= this.at;
    this.pointing?.set({ unit: shown ? Number(node.dataset.unit) : this.steps[this.at].unit });
  }

  // Scrolls to what is new, and no further: the page itself stays.
  reveal() {
    const { body } = this, room = body.getBoundingClientRect(), boxes = [...this.tree.querySelectorAll(".now")].map((node) => node.getBoundingClientRect());
    if (!boxes.length) return;
    const left = Math.min(...boxes.map((box) => box.left)), right = Math.max(...boxes.map((box) => box.right));
    body.scrollLeft += (left + right) / 2 - (room.left + room.right) / 2;
    const below = Math.max(...boxes.map((box) => box.bottom)) - room.bottom, above = room.top - Math.min(...boxes.map((box) => box.top));
    if (below > 0) body.scrollTop += below + 4;
    else if (above > 0) body.scrollTop -= above + 4;
  }

  /**
   * @param {number} at
   */
  show(at) {
    this.at = at;
    for (const part of /** @type {NodeListOf<SVGGElement>} */ (this.tree.querySelectorAll("[data-bounded]"))) {
      part.toggleAttribute("hidden", Number(part.dataset.bounded) > at);
      if (part.dataset.outcome === undefined) continue;
      const state = Number(part.dataset.closed) <= at ? part.dataset.outcome : "open";
      part.dataset.state = state;
      part.classList.toggle("now", at < this.steps.length - 1 && (Number(part.dataset.bounded) === at || Number(part.dataset.closed) === at));
      part.querySelector(".sign").textContent = SIGNS[state];
    }
    this.reveal();
    this.pointing?.set({ unit: this.steps[at].unit });
    const { eps, norm, pin, safe, witness } = this.content, done = at === this.steps.length - 1;
    const role = done && safe === true ? "proved" : done && safe === false ? "attacked" : "d_B";
    this.pointing?.draw({
      regions: [], balls: [ballAround(pin, eps, norm, role, `ε = ${threeDigits(eps)}`)], witness: done ? witness : null,
    });
  }
}
