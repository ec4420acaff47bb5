// Reports to the host: interactions, the part of the plane in view, and painted pictures.

import { needsMore } from "../core/viewport.js";
import { noteTold } from "./links.js";

/** @import { LiveView } from "./live_view.js" */
/** @import { Kind, Report, Send, Turn } from "./messages.js" */

export const REST = 130; // milliseconds between the end of a gesture and its report
/** @type {Kind[]} */
const LATEST = ["pin", "view", "seen", "norm", "turn", "surface"]; // kinds of which only the last report counts

export class Reports {
  /**
   * @param {LiveView} live
   */
  constructor(live) {
    this.live = live;
    /** @type {Send} */
    this.send = null;
    /** @type {Report[]} */
    this.pending = []; // reports that the host has not acknowledged
    this.serial = 0;
    /** @type {number} */
    this.pinSent = null; // the time of the last pin's report, until its result is painted
    this.moved = false; // whether an interaction has moved the view since its last report
    this.askedFor = ""; // the window and the frame of the last request for more regions
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
   * Each message holds all reports that the host has not acknowledged, so none is lost when runs overlap.
   * @param {...[Kind, unknown]} events
   */
  tell(...events) {
    if (!this.send) return;
    for (const [kind, value] of events) {
      if (LATEST.includes(kind)) this.pending = this.pending.filter((report) => report.kind !== kind);
      this.serial = Math.max(this.serial + 1, Date.now());
      this.pending.push({ serial: this.serial, kind, value });
      if (kind === "pin") this.pinSent = performance.now();
      if (kind === "view" && value) noteTold(this.live.store, String(value)); // a return to home is not noted
    }
    this.send(this.pending);
  }

  // After a pause without movement: report the view, and whether the frame lacks regions there.
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
      this.askedFor = asked; // once: if the new frame is no finer, there is no finer one
      events.push(["seen", seen]);
    }
    if (events.length) this.tell(...events);
  }

  /**
   * Each turn is reported once, even if its message is shown again.
   * @param {Turn | null} turn
   */
  takeTurn(turn) {
    if (turn?.number === this.turnNumber) return;
    clearTimeout(this.answering);
    this.turn = turn;
    this.turnNumber = turn?.number;
  }

  // The picture is painted: report it after the wait that the turn asks for.
  answerTurn() {
    if (!this.turn || this.live.frame.hash !== this.live.wanted) return;
    const { number, wait } = this.turn;
    this.turn = null;
    this.answering = setTimeout(() => this.tell(["turn", number]), wait);
  }
}
