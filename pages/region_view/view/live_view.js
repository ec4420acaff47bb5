// The live view: what is shown, where one looks, and what has to be painted again.

const SLOW_PAINT = 26; // milliseconds: above it, a gesture moves the last picture and repaints at rest
const REST = 150; // milliseconds without a gesture: then what is slow to paint is painted
const SHARPEST = 2e4; // how far one frame's float32 corners can be enlarged and stay within a pixel
const DEEPEST = 1e9; // how far frames of ever smaller windows can be
const FARTHEST = 20; // how many homes wide the view can be
// PALETTES: the colours of every theme, before this code (component.py); only the browser knows which theme it shows.
const NO_OVERLAYS = { balls: [], hyperplanes: [], points: [], labels: [], data_balls: null };

class LiveView {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".stage");
    this.ground = root.querySelector(".ground");
    this.marks = root.querySelector(".marks");
    this.readout = root.querySelector(".readout");
    this.help = root.querySelector(".help");
    this.spoken = root.querySelector(".spoken");
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
    clearTimeout(this.stepping);
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
    this.sayAnswer();
    this.schedule();
  }

  applyTheme() {
    const style = getComputedStyle(this.root);
    const ground = style.getPropertyValue("--st-background-color").trim() || "#ffffff";
    const theme = brightness(ground) < 128 ? "dark" : "light";
    const chosen = PALETTES[this.options.colour_blind ? `${theme}-colour-blind` : theme];
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

  // A new home is a new place to look at; anything else leaves the view where it is. While the pin is held, so does that:
  // a home that follows the pin would move the ground away under the hand.
  takeHome() {
    const { home } = this.options;
    if (!home || String(home) === String(this.home) || this.holding) return;
    if (this.home) this.view = this.fitTo = null;
    this.home = home;
    this.stale.raster = true;
    this.reportSoon();
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
    this.readout.hidden = true; // its numbers were the frame's before
    this.stale.raster = true;
    this.reportSoon();
    this.schedule();
  }

  // ---- where one looks --------------------------------------------------------------------------------------------

  watchSize() {
    const observer = new ResizeObserver(() => {
      this.stale.raster = true;
      this.reportSoon();
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
    const k = Math.max(home / FARTHEST, Math.min(home * DEEPEST, sharp, view.k * factor));
    const [s, t] = this.toPoint(fixed);
    this.look({ s: s + ((view.s - s) * view.k) / k, t: t + ((view.t - t) * view.k) / k, k });
  }

  panBy(dx, dy) {
    if (this.view) this.look({ ...this.view, s: this.view.s - dx / this.view.k, t: this.view.t + dy / this.view.k });
  }

  // No gesture enlarges the picture any more.
  atLimit() {
    return this.view.k >= 0.999 * DEEPEST * this.fitted(this.home).k;
  }

  // Whether the picture is what the keyboard speaks to.
  byKeys() {
    return this.root.dataset.by !== "pointer" && this.root.getRootNode().activeElement === this.root;
  }

  reset() {
    if (!this.view) return;
    this.look(this.fitted(this.home), { fitTo: this.home });
  }

  look(view, { fitTo = null, shared = false } = {}) {
    this.view = view;
    this.fitTo = fitTo; // until hands have moved it, the view fits its window whatever size the stage has
    this.stale.raster = true;
    this.moving = true;
    this.hover(null);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => { this.moving = false; this.schedule(); }, REST);
    this.looking = true;
    this.reportSoon();
    if (!shared) this.shareView?.();
    this.schedule();
  }

  visibleWindow() {
    const { plot, view } = this, [w, h] = [plot.width / 2 / view.k, plot.height / 2 / view.k];
    return [view.s - w, view.s + w, view.t - h, view.t + h];
  }

  // ---- buttons ----------------------------------------------------------------------------------------------------

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

Object.assign(LiveView.prototype, REPORTS, ACTIONS);
