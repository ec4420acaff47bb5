// What the view tells Python: what hands did, the part of the plane in view, and when a picture is painted.

const REPORT = 130; // milliseconds after a gesture before Python hears of the new view; its picture is found in the meantime
const FINER = 400; // a frame enlarged so often is found afresh, long before its float32 corners are a pixel off
const RASTER_WORTH = 0.85; // a view smaller than this share of a raster's window has finer cells to show
const LATEST = ["pin", "view", "seen", "norm", "turn"]; // of these only the last one counts

const REPORTS = {
  // Everything Python has not acknowledged goes with each message, so none is lost when runs overlap.
  tell(...events) {
    if (!this.send) return;
    for (const [kind, value] of events) {
      if (LATEST.includes(kind)) this.pending = this.pending.filter((event) => event.kind !== kind);
      this.serial = Math.max((this.serial ?? 0) + 1, Date.now());
      this.pending.push({ serial: this.serial, kind, value });
      if (kind === "pin") this.pinSent = performance.now();
      if (kind === "view" && value) noteTold(value); // back to home is no place of its own
    }
    this.send(this.pending);
  },

  // In a moment, when the view has come to rest: where it is, and that more has to be found there.
  reportSoon() {
    clearTimeout(this.reporting);
    this.reporting = setTimeout(() => this.reportView(), REPORT);
  },

  reportView() {
    if (!this.view || !this.frame || !this.send) return;
    const seen = this.visibleWindow(), events = [];
    if (this.looking && this.options.report_view) events.push(["view", this.isWhole() ? null : seen]);
    this.looking = false;
    const asked = `${seen.map((side) => side.toPrecision(7))} ${this.frame.window}`;
    if (this.options.report_seen && asked !== this.askedFor && this.needsMore(seen)) {
      this.askedFor = asked; // once: a frame that is no better was the best there is
      events.push(["seen", seen]);
    }
    if (events.length) this.tell(...events);
  },

  // Whether the view is at home: then it stays there when the stage or home changes.
  isWhole() {
    return Boolean(this.fitTo) && String(this.fitTo) === String(this.home);
  },

  needsMore(seen) {
    const { frame, view } = this, [s0, s1, t0, t1] = frame.window;
    const share = Math.max(seen[1] - seen[0], seen[3] - seen[2]) / Math.max(s1 - s0, t1 - t0);
    return !this.covers(seen) || view.k > FINER * this.fitted(frame.window).k || (frame.grid && share < RASTER_WORTH);
  },

  // Whether the frame holds all of a window, to within half a pixel.
  covers([s0, s1, t0, t1]) {
    const slack = 0.5 / this.view.k, [a0, a1, b0, b1] = this.frame.window;
    return s0 >= a0 - slack && s1 <= a1 + slack && t0 >= b0 - slack && t1 <= b1 + slack;
  },

  // Each turn is answered once, however often its message is shown.
  takeTurn(turn) {
    if (turn?.number === this.turnNumber) return;
    clearTimeout(this.answering);
    this.turn = turn;
    this.turnNumber = turn?.number;
  },

  // What was asked for is on screen: after the pause agreed on, the next picture may come.
  answer() {
    if (!this.turn || this.frame.hash !== this.wanted) return;
    const { number, wait } = this.turn;
    this.turn = null;
    this.answering = setTimeout(() => this.tell(["turn", number]), wait);
  },
};
