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

const MARGIN = 6; // pixels around the tree
const LEGIBLE = 0.72; // scale below which the words in a tree cannot be read

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
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(body);
    this.tree.addEventListener("pointerover", (event) => this.point(/** @type {Element} */ (event.target)));
    this.tree.addEventListener("pointerleave", () => this.point(null));
    const key = [["proved", "✓ proved: the class stays"], ["open", "? open"], ["witness", "✕ another class"]];
    this.body.replaceChildren(this.tree, element("div", [
      "Under a split: its layer and unit. Left: it is off, right: on. ",
      ...key.map(([kind, words]) => element("span", words, { class: kind })),
    ], { class: "tree-key" }));
  }

  close() {
    this.resized.disconnect();
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

  // Scales the tree as far as it has grown to the room beside the picture: its root and what is new are always in view.
  fit() {
    const { body, tree } = this, shown = /** @type {SVGGElement[]} */ ([...tree.querySelectorAll("[data-bounded]:not([hidden])")]);
    if (!shown.length || !body.clientWidth) return;
    const boxes = shown.map((part) => part.getBBox()), key = /** @type {HTMLElement} */ (tree.nextElementSibling);
    const left = Math.min(...boxes.map(({ x }) => x)) - MARGIN, right = Math.max(...boxes.map(({ x, width }) => x + width)) + MARGIN;
    const top = Math.min(...boxes.map(({ y }) => y)) - MARGIN, bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + MARGIN;
    const room = { width: body.clientWidth, height: Math.max(80, body.clientHeight - key.offsetHeight - 8) };
    const scale = Math.min(1, room.width / (right - left), room.height / (bottom - top));
    tree.setAttribute("viewBox", `${left} ${top} ${right - left} ${bottom - top}`);
    tree.setAttribute("width", String(scale * (right - left)));
    tree.setAttribute("height", String(scale * (bottom - top)));
    tree.classList.toggle("small", scale < LEGIBLE);
    tree.setAttribute("data-scale", scale.toFixed(2));
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
    this.fit();
    this.pointing?.set({ unit: this.steps[at].unit });
    const { eps, norm, pin, safe, witness } = this.content, done = at === this.steps.length - 1;
    const role = done && safe === true ? "proved" : done && safe === false ? "attacked" : "d_B";
    this.pointing?.draw({
      regions: [], balls: [ballAround(pin, eps, norm, role, `ε = ${threeDigits(eps)}`)], witness: done ? witness : null,
    });
  }
}
