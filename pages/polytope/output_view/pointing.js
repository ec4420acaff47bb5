// The tooltip for what is under the cursor, here or in the input plane.

import { scoresAt } from "../../../figures/live_view/core/frame.js";
import { nearestPoint, overlap } from "../../../figures/live_view/core/hits.js";
import { threeDigits } from "../../../figures/live_view/core/numbers.js";
import { asHtml, pairs } from "./core.js";

/** @import { Place } from "../../../figures/live_view/core/types.js" */
/** @import { OutputView } from "./view.js" */

const NEAR = 12; // pixels from a vertex

export class Pointing {
  /**
   * @param {OutputView} view
   * @param {HTMLElement} tip
   */
  constructor(view, tip) {
    this.view = view;
    this.tip = tip;
    /** @type {{ output: [number, number], isFollowed: boolean }} */
    this.hovered = null; // followed: the cursor is in the input plane
  }

  forget() {
    this.hovered = null;
  }

  /**
   * Shows the input that reaches the vertex under the cursor, in the input plane, too.
   * @param {Place | null} place
   */
  move(place) {
    const { view } = this, { pen } = view, { vertices } = view.radius.scene();
    const name = place && pen?.names?.find((one) => one.shortened && overlap(one, { ...place, width: 1, height: 1 }));
    if (name) {
      this.say(`<b>${asHtml(name.whole)}</b>`, place);
      return;
    }
    const nearest = place && pen && vertices ? nearestPoint(pairs(vertices, 4), place, NEAR, pen) : null;
    const had = this.hovered && !this.hovered.isFollowed;
    this.hovered = null;
    if (nearest === null) {
      if (had) for (const other of view.linked()) other.hover(null, true);
      this.say("");
    } else {
      const [x, y, s, t] = vertices.slice(4 * nearest, 4 * nearest + 4);
      this.hovered = { output: [x, y], isFollowed: false };
      for (const other of view.linked()) other.hover({ x: other.toX(s), y: other.toY(t) }, true);
      const input = [s, t].map((value, k) => `${view.data.inputs[k]} = ${threeDigits(value)}`).join(", ");
      this.say(`vertex of the true set<br>reached by <b>${input}</b>`);
    }
    view.schedule();
  }

  /**
   * Shows the outputs at a point (s, t) of the input plane under the cursor.
   * @param {Place | null} point s and t as x and y
   */
  read(point) {
    const { view } = this, outputs = point && this.outputsAt(point.x, point.y);
    this.hovered = null;
    if (outputs) {
      const [i, j] = outputs;
      this.hovered = { output: view.data.turned ? [i - j, i + j] : [i, j], isFollowed: true };
      const named = outputs.map((value, k) => `${asHtml(view.data.names[k])}: ${threeDigits(value)}`).join(", ");
      this.say(`the input under the cursor<br>is taken to <b>${named}</b>`);
    } else this.say("");
    view.schedule();
  }

  /**
   * The two outputs at a point of the input plane; null if no region is known there, or if the region lacks one of them.
   * @param {number} s
   * @param {number} t
   * @returns {number[] | null}
   */
  outputsAt(s, t) {
    const other = this.view.linked().find(({ frame }) => frame), at = other && { x: other.toX(s), y: other.toY(t) };
    const region = other?.inPlot(at) ? other.regionAt(at) : null;
    if (region === null) return null;
    const { frame } = other, scores = scoresAt(frame, region, s - frame.centre[0], t - frame.centre[1]);
    const outputs = this.view.data.outputs.map((label) => scores.find((score) => score.label === label)?.value ?? null);
    return outputs.includes(null) ? null : outputs;
  }

  /**
   * @param {string} html "" for nothing
   * @param {Place} at by default the hovered place
   */
  say(html, at = null) {
    const { tip } = this, { canvas, pen } = this.view;
    tip.hidden = !html;
    if (!html || !pen) return;
    tip.innerHTML = html;
    const { x, y } = at ?? { x: pen.toX(this.hovered.output[0]), y: pen.toY(this.hovered.output[1]) };
    const { offsetWidth: width, offsetHeight: height } = tip;
    const beside = x + 16 + width < canvas.clientWidth ? x + 16 : x - 16 - width;
    const left = Math.max(4, Math.min(beside, canvas.clientWidth - width - 4));
    const top = Math.max(4, Math.min(y - height - 10, canvas.clientHeight - height - 4));
    tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}
