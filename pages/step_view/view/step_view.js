// Steps beside a picture: a sentence and what it shows, one step after the other, by hand or by themselves.

import { pointingAt } from "../../../figures/live_view/view/pointing.js";
import { brightness } from "../../../figures/live_view/core/colours.js";
import { Player } from "../core/player.js";
import { Formula } from "./formula.js";
import { Search } from "./search.js";
import { Tree } from "./tree.js";

/** @import { Pointing } from "../../../figures/live_view/view/pointing.js" */
/** @import { Store } from "../../../figures/live_view/view/store.js" */

/**
 * What is shown in steps.
 * @typedef {object} Scene
 * @property {{ title: string, words: string }[]} steps
 * @property {boolean} plays whether it can play by itself
 * @property {(at: number) => void} show draws a step
 * @property {(at: number) => string | undefined} [next] what the button says that goes one step on
 * @property {() => void} [close]
 */

/**
 * A message of pages/step_view/component.py.
 * @typedef {object} Message
 * @property {"formula" | "search" | "tree"} kind
 * @property {string} key the same for the same content
 * @property {any} content
 * @property {string} name of the picture that is pointed into
 * @property {string} height a CSS length
 * @property {number} type_scale
 */

const SCENES = { formula: Formula, search: Search, tree: Tree };

export class StepView {
  /**
   * @param {HTMLElement} root the element of steps.html
   * @param {{ store: Store }} page
   */
  constructor(root, { store }) {
    this.root = root;
    this.store = store;
    this.part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (root.querySelector(`[data-part="${name}"]`));
    this.player = new Player(1);
    /** @type {Pointing | null} */
    this.pointing = null;
    /** @type {Scene} */
    this.scene = undefined;
    this.key = "";
    this.fitted = false; // whether a proof has moved the picture to its ball: then it follows the pin
    /** @type {ReturnType<typeof setTimeout>} */
    this.timer = undefined;
    this.stop = new AbortController();
    for (const button of root.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => this.act(/** @type {HTMLElement} */ (button).dataset.act), { signal: this.stop.signal });
    }
  }

  close() {
    this.stop.abort();
    clearTimeout(this.timer);
    this.scene?.close?.();
    this.pointing = pointingAt(this.store, "", this.pointing, ignore);
  }

  /**
   * @param {Message} message
   */
  update(message) {
    this.root.style.height = message.height;
    this.root.style.setProperty("--type-scale", String(message.type_scale));
    this.root.dataset.theme = brightness(getComputedStyle(this.root).getPropertyValue("--st-background-color").trim() || "#ffffff") < 128 ? "dark" : "light";
    const named = pointingAt(this.store, message.name, this.pointing, ignore), key = `${message.kind} ${message.key}`;
    const first = this.key === "";
    if (key === this.key && named === this.pointing) return;
    this.scene?.close?.();
    this.pointing = named;
    this.key = key;
    const { fast } = this.player;
    this.fitted ||= Boolean(message.content.fits);
    this.scene = new SCENES[message.kind](this.part("body"), { ...message.content, fits: this.fitted }, this.pointing);
    this.player = new Player(this.scene.steps.length);
    this.player.fast = fast;
    this.draw();
    if (first) this.root.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {string} act
   */
  act(act) {
    const { player } = this;
    if (act === "again") player.again();
    else if (act === "play") player.toggle();
    else if (act === "pace") player.fast = !player.fast;
    else {
      player.plays = false;
      player.move(act === "back" ? -1 : 1);
    }
    this.draw();
  }

  draw() {
    const { player, scene } = this, { title, words } = scene.steps[player.at];
    this.part("title").textContent = title;
    this.part("words").textContent = words;
    this.part("count").textContent = `${player.at + 1} of ${player.count}`;
    scene.show(player.at);
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (this.root.querySelectorAll("[data-act]"))) {
      const { act } = button.dataset;
      button.disabled = act === "next" ? player.last : act === "back" || act === "again" ? player.at === 0 : player.count === 1;
      if (act === "play" || act === "pace") button.hidden = !scene.plays;
      if (act === "play") button.textContent = player.plays ? "Pause" : "Play";
      if (act === "pace") button.setAttribute("aria-pressed", String(player.fast));
      if (act === "next") button.textContent = scene.plays ? "Next step" : scene.next?.(player.at) ?? "Next";
    }
    Object.assign(this.root.dataset, { step: player.at, steps: player.count, plays: player.plays, kind: this.key.split(" ")[0] });
    clearTimeout(this.timer);
    if (player.plays) this.timer = setTimeout(() => this.playOn(), player.wait);
  }

  playOn() {
    this.player.move(1);
    this.draw();
  }
}

function ignore() {}
