// The ε that is shown: the one that Python computed, or the one that interactions or the film choose.

import { sceneAt } from "./core.js";

/** @import { Scene } from "./core.js" */
/** @import { OutputView } from "./view.js" */
/** @typedef {{ serial: number, eps: number }} Asked */

const SCENE_MS = 70; // the time of one scene of the film, chosen by eye
const REST = 160; // milliseconds without a move before Python gets a new ε, which limits its work; a single step is sent at once

export class Radius {
  /**
   * @param {OutputView} view
   */
  constructor(view) {
    this.view = view;
    /** @type {number} */
    this.eps = null; // null for the one that Python computed
    /** @type {Scene[]} */
    this.film = null;
    /** @type {Asked} */
    this.asked = null; // until Python has read it
    this.serial = 0;
    /** @type {ReturnType<typeof setInterval>} */
    this.playing = null;
    /** @type {ReturnType<typeof setTimeout>} */
    this.resting = undefined;
  }

  close() {
    clearInterval(this.playing);
    clearTimeout(this.resting);
  }

  /**
   * @param {Scene[] | null} film
   * @param {number} heard the highest serial number that Python has read
   */
  update(film, heard) {
    this.film = film;
    if (this.asked && heard >= this.asked.serial) this.asked = null;
    if (!this.asked && !this.playing) this.eps = null;
  }

  // The scene to draw: the exact one, or the film's at the chosen ε.
  scene() {
    return this.eps === null || !this.film ? this.view.data.scene : sceneAt(this.film, this.eps);
  }

  shown() {
    return this.eps ?? this.scene().eps;
  }

  /**
   * @param {number} eps
   * @param {boolean} atRest send it to Python only after a pause without another ε
   */
  ask(eps, atRest = this.asked !== null) {
    this.eps = eps;
    this.view.pointing.move(null);
    clearTimeout(this.resting);
    if (atRest) this.resting = setTimeout(() => this.tell(eps), REST);
    else this.tell(eps);
    this.view.schedule();
  }

  /**
   * @param {number} eps
   */
  tell(eps) {
    this.serial = Math.max(Date.now(), this.serial + 1);
    this.asked = { serial: this.serial, eps: Number(eps.toPrecision(6)) };
    this.view.send(this.asked);
  }

  togglePlay() {
    const { film } = this;
    if (!film) return;
    if (this.playing) {
      this.pause();
      return;
    }
    const now = this.eps ?? this.view.data.scene.eps, last = film[film.length - 1].eps;
    let at = now >= last * 0.999 ? 0 : film.findIndex(({ eps }) => eps > now);
    this.playing = setInterval(() => {
      this.eps = film[at].eps;
      this.view.pointing.forget();
      if (++at >= film.length) this.pause();
      this.view.schedule();
    }, SCENE_MS);
    this.view.schedule();
  }

  pause() {
    clearInterval(this.playing);
    this.playing = null;
    if (this.eps !== null) this.ask(this.eps, false);
    this.view.schedule();
  }
}
