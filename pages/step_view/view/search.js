// A region search as it proceeds (figures/certify/search_steps.py): regions and balls in the picture, bounds as curves here.

import { threeDigits } from "../../../figures/live_view/core/numbers.js";
import { ballAround, svg, windowAround } from "./shapes.js";
import { element } from "./elements.js";

/** @import { Ball, Point } from "../../../figures/live_view/core/types.js" */
/** @import { Drawn, Pointing } from "../../../figures/live_view/view/pointing.js" */

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {string} words
 * @property {number | null} opened the place of an outline
 * @property {number[]} waiting
 * @property {number | null} lower null is infinite
 * @property {number | null} upper
 * @property {Point | null} witness
 */

/** @typedef {{ pin: Point, norm: string, outlines: Point[][], steps: Step[], fits: boolean }} Content */

const WIDTH = 372, HEIGHT = 190, LEFT = 42, BOTTOM = 26, TOP = 12, RIGHT = 58; // of the curves

export class Search {
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
    if (content.fits) pointing?.look(windowAround(content.pin, Math.max(...content.steps.map(({ upper, lower }) => upper ?? lower ?? 0))));
  }

  close() {
    this.pointing?.draw(null);
    this.body.replaceChildren();
  }

  /**
   * @param {number} at
   */
  show(at) {
    this.pointing?.draw(this.drawn(at));
    this.body.replaceChildren(this.curves(at), this.key(at));
  }

  /**
   * What the picture shows at a step.
   * @param {number} at
   * @returns {Drawn}
   */
  drawn(at) {
    const { outlines, pin, norm } = this.content, { lower, upper, witness, waiting } = this.steps[at];
    /** @type {Drawn["regions"]} */
    const regions = waiting.map((place) => ({ outline: outlines[place], state: "next", label: "" }));
    this.steps.slice(0, at + 1).forEach(({ opened }, i) => {
      if (opened !== null) regions.push({ outline: outlines[opened], state: i === at ? "now" : "opened", label: String(i) });
    });
    /** @type {Ball[]} */
    const balls = [];
    const met = lower !== null && upper !== null && lower >= upper * (1 - 1e-4);
    if (upper !== null && !met) balls.push(ballAround(pin, upper, norm, "attacked", `found ${threeDigits(upper, "up")}`));
    if (lower) balls.push(ballAround(pin, lower, norm, "proved", `proved ${threeDigits(lower, "down")}`));
    return { regions, balls, witness };
  }

  /**
   * Both bounds, step by step: the lower one rises, the upper one falls.
   * @param {number} at
   */
  curves(at) {
    const { steps } = this, last = steps.length - 1;
    const most = Math.max(...steps.map(({ upper, lower }) => upper ?? lower ?? 0)) * 1.08 || 1;
    const toX = (/** @type {number} */ i) => LEFT + (i / Math.max(1, last)) * (WIDTH - LEFT - RIGHT);
    const toY = (/** @type {number} */ value) => HEIGHT - BOTTOM - (value / most) * (HEIGHT - BOTTOM - TOP);
    const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "curves", role: "img", "aria-label": "The bounds, step by step" });
    picture.append(
      svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: toY(0), y2: toY(0), class: "axis" }),
      svg("line", { x1: LEFT, x2: LEFT, y1: toY(0), y2: TOP, class: "axis" }),
      text("0", LEFT - 6, toY(0) + 4, "end"), text("distance", LEFT + 4, TOP + 2, "start"), text("regions opened", WIDTH - RIGHT, HEIGHT - 6, "end"),
    );
    for (const [name, sign] of /** @type {const} */ ([["upper", "found"], ["lower", "proved"]])) {
      const known = steps.slice(0, at + 1).map((step, i) => ({ i, value: step[name] })).filter(({ value }) => value !== null);
      if (!known.length) continue;
      const path = known.map(({ i, value }, k) => (k ? `H${toX(i)} V${toY(value)}` : `M${toX(i)} ${toY(value)}`)).join(" ");
      const end = known[known.length - 1];
      picture.append(svg("path", { d: path, class: sign }), svg("circle", { cx: toX(end.i), cy: toY(end.value), r: 3.5, class: sign }));
      const both = steps[at].lower !== null && steps[at].upper !== null && toY(steps[at].lower) - toY(steps[at].upper) < 14;
      const y = toY(end.value) + 4 + (both ? (name === "upper" ? -7 : 7) : 0);
      picture.append(text(threeDigits(end.value, name === "upper" ? "up" : "down"), toX(end.i) + 8, y, "start", sign));
    }
    return picture;
  }

  /**
   * @param {number} at
   */
  key(at) {
    const opened = this.steps.slice(0, at + 1).filter((step) => step.opened !== null).length;
    return element("ul", [
      element("li", [element("i", "", { class: "patch opened" }), `opened so far: ${opened}, numbered in their order`]),
      element("li", [element("i", "", { class: "patch next" }), "waiting: the nearest that come next"]),
      element("li", [element("i", "", { class: "patch proved" }), "proved: no other class inside"]),
      element("li", [element("i", "", { class: "patch found" }), "found: another class, at the cross"]),
    ], { class: "key" });
  }
}

/**
 * @param {string} words
 * @param {number} x
 * @param {number} y
 * @param {string} anchor
 * @param {string} kind
 */
function text(words, x, y, anchor, kind = "") {
  const made = svg("text", { x, y, "text-anchor": anchor, class: kind });
  made.textContent = words;
  return made;
}
