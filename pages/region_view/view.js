// The live view: what is shown, where one looks, and what has to be painted again.

const SLOW_PAINT = 26; // milliseconds: above it, a gesture moves the last picture and repaints at rest
const REST = 150; // milliseconds without a gesture: then what is slow to paint is painted
const REPORT = 130; // before that Python hears of the new view, and finds its picture in the meantime
const SHARPEST = 2e4; // how far one frame's float32 corners can be enlarged and stay within a pixel
const DEEPEST = 1e9; // how far frames of ever smaller windows can be
const NO_OVERLAYS = { balls: [], hyperplanes: [], points: [], labels: [], data_balls: null };

class LiveView {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".stage");
    this.ground = root.querySelector(".ground");
    this.marks = root.querySelector(".marks");
    this.readout = root.querySelector(".readout");
    this.help = root.querySelector(".help");
    this.fills = document.createElement("canvas");
    this.scratch = {};
    this.stale = { raster: true, fill: true, lines: true };
    this.overlays = NO_OVERLAYS;
    this.pending = [];
    this.paints = 0;
    this.cleanups = [attachHands(this), linkView(this), this.watchFrames(), this.watchSize(), this.attachTools()];
  }

  close() {
    for (const cleanup of this.cleanups) cleanup();
    clearTimeout(this.resting);
    clearTimeout(this.reporting);
    clearTimeout(this.answering);
    cancelAnimationFrame(this.scheduled);
  }

  // ---- what Python says -------------------------------------------------------------------------------------------

  update(data, send) {
    this.arrived = performance.now();
    this.send = send;
    this.pending = this.pending.filter(({ serial }) => serial > data.ack);
    this.root.style.height = data.height;
    const before = this.options;
    this.options = data.options;
    this.palettes = data.palettes;
    this.wanted = data.frame;
    this.overlays = data.overlays;
    this.movedPin = this.pending.some(({ kind }) => kind === "pin") ? this.movedPin : undefined;
    this.movedPoint = null;
    this.takeTurn(data.turn);
    for (const part of this.help.querySelectorAll("[data-part]")) part.hidden = this.options.page_keys;
    this.applyTheme();
    this.stale.fill ||= before?.fill !== this.options.fill || before.norm !== this.options.norm;
    this.stale.lines ||= JSON.stringify(before) !== JSON.stringify(this.options);
    this.takeHome();
    takeAskedView(this);
    this.takeFrame();
    this.schedule();
  }

  applyTheme() {
    const style = getComputedStyle(this.root);
    const ground = style.getPropertyValue("--st-background-color").trim() || "#ffffff";
    const theme = brightness(ground) < 128 ? "dark" : "light";
    const chosen = this.palettes[this.options.colour_blind ? `${theme}-colour-blind` : theme];
    const palette = { ...chosen, ground: /^#[0-9a-f]{6}$/i.test(ground) ? ground : chosen.ground };
    const size = Math.round(this.options.type_scale * 1000) / 1000;
    this.root.style.setProperty("--type-scale", size);
    this.root.dataset.theme = theme;
    if (JSON.stringify(palette) !== JSON.stringify(this.palette)) {
      this.palette = palette;
      this.stale.fill = this.stale.lines = true;
    }
    this.type = { family: style.fontFamily || "sans-serif", scale: size };
  }

  // A new home is a new place to look at; anything else leaves the view where it is.
  takeHome() {
    const { home } = this.options;
    if (!home || String(home) === String(this.home)) return;
    if (this.home) this.view = this.fitTo = null;
    this.home = home;
    this.stale.raster = true;
  }

  watchFrames() {
    const { arrivals } = shared();
    const take = () => this.takeFrame();
    arrivals.addEventListener("frame", take);
    return () => arrivals.removeEventListener("frame", take);
  }

  takeFrame() {
    const entry = shared().frames.get(this.wanted);
    if (!entry || entry.frame === this.frame) return;
    this.frame = entry.frame;
    this.home ??= this.frame.window;
    this.region = null;
    this.stale.raster = true;
    this.schedule();
  }

  // ---- where one looks --------------------------------------------------------------------------------------------

  watchSize() {
    const observer = new ResizeObserver(() => {
      this.stale.raster = true;
      this.schedule();
    });
    observer.observe(this.root);
    return () => observer.disconnect();
  }

  // The plot's place on the stage, in CSS pixels: room for tick labels left and below.
  layout() {
    const scale = this.type.scale, width = this.root.clientWidth, height = this.root.clientHeight;
    const left = 12 + 38 * scale, bottom = 10 + 17 * scale;
    this.plot = { x: left, y: 8, width: Math.max(40, width - left - 8), height: Math.max(40, height - bottom - 8) };
    this.ratio = window.devicePixelRatio || 1;
    this.stageSize = { width, height };
    if (!this.view) this.fitTo = this.looked ? this.home : (this.options.view ?? this.home);
    if (this.fitTo) this.view = this.fitted(this.fitTo);
    this.looked = true;
  }

  fitted([s0, s1, t0, t1]) {
    const k = Math.min(this.plot.width / (s1 - s0), this.plot.height / (t1 - t0));
    return { s: (s0 + s1) / 2, t: (t0 + t1) / 2, k };
  }

  toX(s) { return this.plot.x + this.plot.width / 2 + (s - this.view.s) * this.view.k; }
  toY(t) { return this.plot.y + this.plot.height / 2 - (t - this.view.t) * this.view.k; }
  toPoint({ x, y }) {
    const { plot, view } = this;
    return [view.s + (x - plot.x - plot.width / 2) / view.k, view.t - (y - plot.y - plot.height / 2) / view.k];
  }

  zoomAt(place, factor) {
    if (!this.view) return;
    const { plot, view } = this;
    const fixed = place ?? { x: plot.x + plot.width / 2, y: plot.y + plot.height / 2 };
    const home = this.fitted(this.home).k, sharp = this.frame ? SHARPEST * this.fitted(this.frame.window).k : Infinity;
    const k = Math.max(home / 20, Math.min(home * DEEPEST, sharp, view.k * factor));
    const [s, t] = this.toPoint(fixed);
    this.look({ s: s + ((view.s - s) * view.k) / k, t: t + ((view.t - t) * view.k) / k, k });
  }

  panBy(dx, dy) {
    if (this.view) this.look({ ...this.view, s: this.view.s - dx / this.view.k, t: this.view.t + dy / this.view.k });
  }

  reset() {
    if (!this.view) return;
    this.look(this.fitted(this.home));
    this.fitTo = this.home;
  }

  look(view, shared = false) {
    this.view = view;
    this.fitTo = null; // until hands have moved it, the view fits its window whatever size the stage has
    this.stale.raster = true;
    this.moving = true;
    this.hover(null);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => { this.moving = false; this.schedule(); }, REST);
    clearTimeout(this.reporting);
    this.reporting = setTimeout(() => { if (this.options.report_view) this.tell("view", this.visibleWindow()); }, REPORT);
    if (!shared) this.shareView?.();
    this.schedule();
  }

  visibleWindow() {
    const { plot, view } = this, [w, h] = [plot.width / 2 / view.k, plot.height / 2 / view.k];
    return [view.s - w, view.s + w, view.t - h, view.t + h];
  }

  // ---- what hands do ----------------------------------------------------------------------------------------------

  // Everything Python has not acknowledged goes with each message, so none is lost when runs overlap.
  tell(kind, value) {
    if (!this.send) return;
    const latest = ["pin", "view", "norm", "turn"].includes(kind);
    if (latest) this.pending = this.pending.filter((event) => event.kind !== kind);
    this.serial = Math.max((this.serial ?? 0) + 1, Date.now());
    this.pending.push({ serial: this.serial, kind, value });
    if (kind === "pin") this.pinSent = performance.now();
    if (kind === "view") noteTold(value);
    this.send(this.pending);
  }

  // Each turn is answered once, however often its message is shown.
  takeTurn(turn) {
    if (turn?.number === this.turnNumber) return;
    clearTimeout(this.answering);
    this.turn = turn;
    this.turnNumber = turn?.number;
  }

  // What was asked for is on screen: after the pause agreed on, the next picture may come.
  answer() {
    if (!this.turn || this.frame.hash !== this.wanted) return;
    const { number, wait } = this.turn;
    this.turn = null;
    this.answering = setTimeout(() => this.tell("turn", number), wait);
  }

  inPlot({ x, y }) {
    const { plot } = this;
    return plot && x >= plot.x && y >= plot.y && x <= plot.x + plot.width && y <= plot.y + plot.height;
  }

  pin() {
    return this.movedPin !== undefined ? this.movedPin : this.overlays.pin;
  }

  click(place) {
    if (!this.frame || (place && !this.inPlot(place))) return;
    const target = place ?? this.cursor ?? { x: this.plot.x + this.plot.width / 2, y: this.plot.y + this.plot.height / 2 };
    this.pinBefore = this.pin() ?? null;
    this.movedPin = this.toPoint(target);
    this.tell("pin", this.movedPin);
    this.hover(null); // what the click asked for should not be covered
  }

  doubleClick(place) {
    if (!this.options.edit_points) return this.zoomAt(place, 2);
    this.movedPin = this.pinBefore ?? null; // the first click of the two was not meant as a pin
    this.tell("pin", this.movedPin);
    this.tell("add", this.toPoint(place));
    this.schedule();
  }

  grab(place) {
    const pin = this.pin(), near = (s, t, reach) => Math.hypot(this.toX(s) - place.x, this.toY(t) - place.y) < reach;
    if (pin && near(...pin, 13)) return { kind: "pin" };
    const index = this.pointAt(place);
    return index === null ? { kind: "pan" } : { kind: "point", index };
  }

  pointAt(place) {
    if (!this.options?.edit_points || !this.options.show_points || !this.view) return null;
    let best = null, reach = 10;
    this.overlays.points.forEach(([s, t], i) => {
      const distance = Math.hypot(this.toX(s) - place.x, this.toY(t) - place.y);
      if (distance < reach) [best, reach] = [i, distance];
    });
    return best;
  }

  drag({ kind, index }, place, done) {
    const point = this.toPoint(place);
    if (kind === "pin") {
      this.movedPin = point;
      if (done || !this.pending.some((event) => event.kind === "pin")) this.tell("pin", point);
    } else {
      this.movedPoint = { index, point };
      if (done) this.tell("move", [index, ...point]);
    }
    this.schedule();
  }

  removePoint() {
    if (this.options.edit_points && this.picked !== null && this.picked !== undefined) this.tell("remove", this.picked);
  }

  escape() {
    if (!this.help.hidden) return this.toggleHelp();
    if (!this.pin()) return;
    this.movedPin = null;
    this.tell("pin", null);
    this.schedule();
  }

  hover(place, followed = false) {
    if (!followed && this.view && this.options) this.shareHover?.(place && this.inPlot(place) ? this.toPoint(place) : null);
    this.followed = followed;
    this.cursor = place && this.inPlot(place) ? place : null;
    const region = this.cursor && !this.moving ? this.regionAt(this.cursor) : null;
    this.picked = this.cursor ? this.pointAt(this.cursor) : null;
    this.region = region;
    this.showReadout();
    this.stage.style.cursor = this.picked !== null ? "grab" : "crosshair";
    this.schedule();
  }

  // The raster is the index: the region painted on the pixel under the cursor.
  regionAt({ x, y }) {
    if (!this.ids || this.stale.raster) return null;
    const column = Math.floor((x - this.plot.x) * this.ratio), row = Math.floor((y - this.plot.y) * this.ratio);
    if (column < 0 || row < 0 || column >= this.size.width || row >= this.size.height) return null;
    const region = this.ids[row * this.size.width + column];
    return region < this.frame.regions ? region : null;
  }

  showReadout() {
    this.readout.hidden = this.region === null;
    if (this.region === null) return;
    const [s, t] = this.toPoint(this.cursor);
    fillReadout(this.readout, this.frame, this.options, this.palette, this.region, s, t);
    placeReadout(this.readout, this.cursor, this.plot);
  }

  toggleHelp() {
    this.help.hidden = !this.help.hidden;
    this.hover(null);
  }

  attachTools() {
    const stop = new AbortController();
    const actions = { reset: () => this.reset(), png: () => savePng(this), keys: () => this.toggleHelp() };
    for (const button of this.root.querySelectorAll("[data-tool]")) {
      button.addEventListener("click", actions[button.dataset.tool], { signal: stop.signal });
    }
    return () => stop.abort();
  }

  schedule() {
    this.scheduled ??= requestAnimationFrame(() => {
      this.scheduled = null;
      paint(this);
    });
  }
}
