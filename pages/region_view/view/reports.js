// What the view tells its host: what interactions did, the part of the plane in view, and when a picture is painted.

import { needsMore } from "../core/viewport.js";
import { noteTold } from "./links.js";

/** @import { LiveView } from "./live_view.js" */
/** @import { Kind, Report, Send, Turn } from "./messages.js" */

export const REST = 130; // milliseconds after a gesture before the host hears what it did
/** @type {Kind[]} */
const LATEST = ["pin", "view", "seen", "norm", "turn"]; // of these only the last one counts

export class Reports {
  /**
   * @param {LiveView} live
   */
  constructor(live) {
    this.live = live;
    /** @type {Send} */
    this.send = null;
    /** @type {Report[]} */
    this.pending = []; // what the host has not acknowledged
    this.serial = 0;
    /** @type {number} */
    this.pinSent = null; // when, until the answer is painted
    this.moved = false; // whether an interaction has moved the view since it was last told
    this.askedFor = ""; // the window and the frame for which more was asked
    /** @type {Turn} */
    this.turn = null;
    /** @type {number} */
    this.turnNumber = undefined;
    /** @type {ReturnType<typeof setTimeout>} */
    this.resting = undefined;
    /** @type {ReturnType<typeof setTimeout>} */
    this.answering = undefined;
  }

  close() {
    clearTimeout(this.resting);
    clearTimeout(this.answering);
  }

  /**
   * @param {Send} send
   * @param {number} ack the highest serial number that the host has read
   */
  connect(send, ack) {
    this.send = send;
    this.pending = this.pending.filter(({ serial }) => serial > ack);
  }

  /**
   * @param {Kind} kind
   */
  isPending(kind) {
    return this.pending.some((report) => report.kind === kind);
  }

  /**
   * All that the host has not acknowledged goes with each message, so none is lost when its runs overlap.
   * @param {...[Kind, unknown]} events
   */
  tell(...events) {
    if (!this.send) return;
    for (const [kind, value] of events) {
      if (LATEST.includes(kind)) this.pending = this.pending.filter((report) => report.kind !== kind);
      this.serial = Math.max(this.serial + 1, Date.now());
      this.pending.push({ serial: this.serial, kind, value });
      if (kind === "pin") this.pinSent = performance.now();
      if (kind === "view" && value) noteTold(this.live.store, String(value)); // back to home is no place of its own
    }
    this.send(this.pending);
  }

  // In a moment, when the view has come to rest: where it is, and that more has to be found there.
  tellViewSoon() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.tellView(), REST);
  }

  tellView() {
    const { frame, options, plot, view } = this.live;
    if (!view || !frame || !this.send) return;
    const seen = this.live.visibleWindow();
    /** @type {[Kind, unknown][]} */
    const events = [];
    if (this.moved && options.report_view) events.push(["view", this.live.isWhole() ? null : seen]);
    this.moved = false;
    const asked = `${seen.map((side) => side.toPrecision(7))} ${frame.window}`;
    if (options.report_seen && asked !== this.askedFor && needsMore(frame, plot, view)) {
      this.askedFor = asked; // once: a frame that is no better was the best there is
      events.push(["seen", seen]);
    }
    if (events.length) this.tell(...events);
  }

  /**
   * Each turn is answered once, however often its message is shown.
   * @param {Turn | null} turn
   */
  takeTurn(turn) {
    if (turn?.number === this.turnNumber) return;
    clearTimeout(this.answering);
    this.turn = turn;
    this.turnNumber = turn?.number;
  }

  // What was asked for is on screen: after the pause agreed on, the next picture may come.
  answerTurn() {
    if (!this.turn || this.live.frame.hash !== this.live.wanted) return;
    const { number, wait } = this.turn;
    this.turn = null;
    this.answering = setTimeout(() => this.tell(["turn", number]), wait);
  }
}
