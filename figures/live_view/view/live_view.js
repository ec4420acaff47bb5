// The live view: its content, the part of the plane in view, and what has to be repainted.

import { isInside } from "../core/hits.js";
import { covers, fitted, middleOf, panned, plotOn, toPoint, toX, toY, visibleWindow, zoomed } from "../core/viewport.js";
import { Cursor } from "./cursor.js";
import { attachInteractions } from "./interactions.js";
import { toggleHelp } from "./keyboard.js";
import { isTurning, shareView, takeAskedView } from "./links.js";
import { paint } from "./paint.js";
import { pointingAt } from "./pointing.js";
import { Reports } from "./reports.js";
import { saveView } from "./save_png.js";
import { Surface } from "./surface.js";
import { SurfaceTools } from "./surface_tools.js";
import { Speech } from "./speech.js";
import { themeOf } from "./theme.js";

/** @import { Overlays, Palette, Place, PlaneWindow, Plot, Point, Strokes, View, ViewOptions } from "../core/types.js" */
/** @import { VisibleEdges } from "../core/edges.js" */
/** @import { Frame } from "../core/frame.js" */
/** @import { Box } from "../canvas/legend.js" */
/** @import { Scratch } from "../core/raster.js" */
/** @import { Message, Send } from "./messages.js" */
/** @import { Pointing } from "./pointing.js" */
/** @import { Store } from "./store.js" */

const REST = 150; // milliseconds without a gesture, after which a slow picture is repainted
const ROOM_FOR_LEGEND = 420; // CSS pixels of the plot's width; chosen by eye
/** @type {Overlays} */
const NO_OVERLAYS = {
  pin: null, region: null, class_region: null, balls: [], hyperplanes: [], witness: null, asked: null, points: [], labels: [], data_balls: null,
};

/**
 * @param {Box | null} box
 * @param {Place} place
 */
function isIn(box, { x, y }) {
  return box !== null && x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
}

export class LiveView {
  /**
   * @param {HTMLElement} root the element of view.html
   * @param {object} page
   * @param {Store} page.store of `createStore`, shared by the views of a page
   * @param {Record<string, Palette>} page.palettes of every theme: only the browser knows the current one
   * @param {Strokes} page.strokes
   * @param {boolean} [page.findsMore] whether the host finds the regions that the view lacks
   */
  constructor(root, { store, palettes, strokes, findsMore = true }) {
    const part = (/** @type {string} */ name) => /** @type {any} */ (root.querySelector(name));
    this.root = root;
    this.store = store;
    this.palettes = palettes;
    this.strokes = strokes;
    this.findsMore = findsMore;
    this.stage = /** @type {HTMLElement} */ (part(".stage"));
    this.help = /** @type {HTMLElement} */ (part(".help"));
    this.ground = /** @type {HTMLCanvasElement} */ (part(".ground"));
    this.marks = /** @type {HTMLCanvasElement} */ (part(".marks"));
    this.fills = document.createElement("canvas");
    this.repaint = () => this.schedule();
    this.reports = new Reports(this);
    this.surface = new Surface(this, /** @type {HTMLCanvasElement} */ (part(".sheet")));
    this.tools = new SurfaceTools(this);
    this.speech = new Speech(part(".spoken"));
    this.cursor = new Cursor(this, part(".readout"));
    this.initialise();
    store.links.add(this);
    this.cleanups = [attachInteractions(this), this.watchFrames(), this.watchSize(), () => store.links.delete(this)];
  }

  initialise() {
    /** @type {Frame} */
    this.frame = null;
    this.wanted = ""; // the hash of the frame that the host shows
    this.overlays = NO_OVERLAYS;
    /** @type {ViewOptions} */
    this.options = undefined;
    /** @type {Palette} */
    this.palette = undefined;
    this.type = { family: "sans-serif", scale: 1 };
    /** @type {Plot} */
    this.plot = undefined;
    this.ratio = 1; // device pixels per CSS pixel
    this.stageSize = { width: 0, height: 0 };
    /** @type {View} */
    this.view = null;
    /** @type {PlaneWindow} */
    this.home = undefined;
    /** @type {PlaneWindow} */
    this.fitTo = null; // until an interaction moves it, the view fits this window at any size of the stage
    /** @type {string} */
    this.asked = undefined; // the view that the host last asked for
    this.looked = false;
    /** @type {Pointing | null} */
    this.pointing = null; // shared with the drawn network
    this.moving = false; // during a gesture
    this.holding = false; // while the pin or a point is dragged
    /** @type {Point | null | undefined} */
    this.movedPin = undefined; // until the host has received the report
    /** @type {{ index: number, point: Point }} */
    this.movedPoint = null;
    this.stale = { raster: true, fill: true, lines: true };
    /** @type {Scratch} */
    this.scratch = {};
    /** @type {Uint32Array} */
    this.ids = undefined; // the region of each pixel
    /** @type {ImageData} */
    this.image = undefined;
    this.size = { width: 0, height: 0, ratio: 1 }; // of the ground, in device pixels
    /** @type {View} */
    this.groundView = undefined;
    /** @type {VisibleEdges} */
    this.edges = undefined;
    this.alone = false; // one region fills the view
    /** @type {boolean | null} */
    this.foldsLegend = null; // as the reader wants it; null before any choice
    /** @type {Box | null} */
    this.legendBox = null;
    /** @type {Box | null} */
    this.badgeBox = null;
    this.paints = 0;
    this.groundMs = 0; // how long the last painting took
    this.fillMs = 0;
    /** @type {number} */
    this.arrived = undefined;
    /** @type {number} */
    this.scheduled = null;
    /** @type {ReturnType<typeof setTimeout>} */
    this.resting = undefined;
    /** @type {ReturnType<typeof setTimeout>} */
    this.stepping = null; // while arrow keys move the pin, before the report
  }

  // At first the legend is folded where it would cover a good part of the picture, as on a phone.
  isLegendFolded() {
    return this.foldsLegend ?? this.plot.width < ROOM_FOR_LEGEND * this.type.scale;
  }

  foldLegend() {
    this.foldsLegend = !this.isLegendFolded();
    this.schedule();
  }

  /**
   * @param {Place} place
   */
  isOnLegend(place) {
    return isIn(this.legendBox, place);
  }

  /**
   * Whether a place is under the badge, where nobody would see a point.
   * @param {Place} place
   */
  isOnBadge(place) {
    return isIn(this.badgeBox, place);
  }

  close() {
    for (const cleanup of this.cleanups) cleanup();
    this.pointTo(null);
    this.reports.close();
    this.surface.close();
    clearTimeout(this.resting);
    this.stopStepping();
    cancelAnimationFrame(this.scheduled);
  }

  // ---- messages of the host ---------------------------------------------------------------------------------------

  /**
   * @param {Message} message
   * @param {Send} send
   */
  update(message, send) {
    this.arrived = performance.now();
    this.reports.connect(send, message.ack);
    this.root.style.height = message.height;
    const before = this.options;
    this.options = message.options;
    this.wanted = message.frame;
    this.speech.scales = this.options.scales;
    this.overlays = message.overlays;
    if (!this.isMovingPin()) this.movedPin = undefined;
    this.movedPoint = null;
    this.reports.takeTurn(message.turn);
    for (const part of this.help.querySelectorAll("[data-part]")) {
      /** @type {HTMLElement} */ (part).hidden = this.options.page_keys;
    }
    this.applyTheme();
    this.stale.fill ||= before?.fill !== this.options.fill || before.norm !== this.options.norm;
    this.stale.fill ||= !before?.hidden_layers.length !== !this.options.hidden_layers.length;
    this.stale.lines ||= JSON.stringify(before) !== JSON.stringify(this.options);
    this.pointTo(this.options.network);
    this.takeHome();
    takeAskedView(this);
    this.takeFrame();
    this.surface.takeAsked();
    if (!this.isMovingPin()) this.speech.sayAnswer(this.overlays.pin, this.options.said);
    this.schedule();
  }

  applyTheme() {
    const { theme, palette, family } = themeOf(this.root, this.palettes, this.options.colour_blind, this.options.bands);
    const scale = Math.round(this.options.type_scale * 1000) / 1000;
    this.root.style.setProperty("--type-scale", String(scale));
    this.root.dataset.theme = theme;
    if (JSON.stringify(palette) !== JSON.stringify(this.palette)) {
      this.palette = palette;
      this.stale.fill = this.stale.lines = true;
    }
    this.type = { family, scale };
  }

  // A new home window changes the view; any other change keeps the view. A home that follows the pin is applied when
  // the drag ends: before, it would move the picture under the cursor.
  takeHome() {
    const { home } = this.options;
    if (!home || String(home) === String(this.home) || this.holding) return;
    if (this.home) this.view = this.fitTo = null;
    this.home = home;
    this.stale.raster = true;
    this.reports.tellViewSoon();
  }

  /**
   * Share what is pointed at with the drawn network of this name.
   * @param {string | null | undefined} name
   */
  pointTo(name) {
    this.pointing = pointingAt(this.store, name, this.pointing, this.repaint);
  }

  watchFrames() {
    const { arrivals } = this.store, take = () => this.takeFrame();
    arrivals.addEventListener("frame", take);
    return () => arrivals.removeEventListener("frame", take);
  }

  takeFrame() {
    const entry = this.store.frames.get(this.wanted);
    if (!entry || entry.frame === this.frame) return;
    this.frame = entry.frame;
    this.home ??= this.frame.window;
    this.cursor.forget();
    this.stale.raster = true;
    this.reports.tellViewSoon();
    this.schedule();
  }

  // ---- the view: the part of the plane in sight --------------------------------------------------------------------

  watchSize() {
    const observer = new ResizeObserver(() => {
      this.stale.raster = true;
      this.reports.tellViewSoon();
      this.schedule();
    });
    observer.observe(this.root);
    return () => observer.disconnect();
  }

  layout() {
    this.stageSize = { width: this.root.clientWidth, height: this.root.clientHeight };
    this.plot = plotOn(this.stageSize.width, this.stageSize.height, this.type.scale);
    this.ratio = window.devicePixelRatio || 1;
    if (!this.view) this.fitTo = this.looked ? this.home : (this.options.view ?? this.home);
    if (this.fitTo) this.view = fitted(this.plot, this.fitTo);
    this.looked = true;
  }

  // Where a point of the plane is on the stage; null beside a surface.
  placeOf(/** @type {Point} */ point) {
    return this.surface.isShown ? this.surface.model.points.placeOf(point) : { x: this.toX(point[0]), y: this.toY(point[1]) };
  }

  // The point of the plane under a place of the stage; null beside a surface.
  pointAt(/** @type {Place} */ place) {
    if (!this.surface.isShown) return this.toPoint(place);
    const picked = this.surface.model.points.pickAt(place), [cs, ct] = this.frame.centre;
    return picked && /** @type {Point} */ ([picked.point[0] + cs, picked.point[1] + ct]);
  }

  toX(/** @type {number} */ s) { return toX(this.plot, this.view, s); }
  toY(/** @type {number} */ t) { return toY(this.plot, this.view, t); }
  toPoint(/** @type {Place} */ place) { return toPoint(this.plot, this.view, place); }
  visibleWindow() { return visibleWindow(this.plot, this.view); }
  isCovered() { return covers(this.frame.window, this.visibleWindow(), this.view); }

  // Whether the view shows home: it then follows changes of the stage and of home.
  isWhole() {
    return Boolean(this.fitTo) && String(this.fitTo) === String(this.home);
  }

  /**
   * @param {Place | null} place null for the centre
   * @param {number} factor
   */
  zoomAt(place, factor) {
    const { plot, view, home, frame } = this;
    if (this.surface.isOn) this.surface.zoomAt(place ?? middleOf(plot), factor);
    else if (view) this.look(zoomed(plot, view, place ?? middleOf(plot), factor, home, frame?.window ?? null));
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  panBy(dx, dy) {
    if (this.surface.isOn) this.surface.turnBy(-0.4 * dx, 0.3 * dy);
    else if (this.view) this.look(panned(this.view, dx, dy));
  }

  reset() {
    if (this.surface.isOn) this.surface.reset();
    else if (this.view) this.look(fitted(this.plot, this.home), { fitTo: this.home });
  }

  /**
   * @param {View} view
   * @param {{ fitTo?: PlaneWindow, shared?: boolean }} more `shared`: the request of a linked view
   */
  look(view, { fitTo = null, shared = false } = {}) {
    this.view = view;
    this.fitTo = fitTo;
    this.stale.raster = true;
    this.turning();
    this.reports.moved = true;
    this.reports.tellViewSoon();
    if (!shared) shareView(this);
    this.schedule();
  }

  // A gesture goes on: what is slow waits for its end.
  turning() {
    this.moving = true;
    this.hover(null);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => { this.moving = false; this.schedule(); }, REST);
  }

  // Whether a change of the surface, here or in a linked view, is not known to the host yet.
  isTurning() {
    return isTurning(this);
  }

  // ---- the cursor -------------------------------------------------------------------------------------------------

  /**
   * @param {Place | null} place
   * @param {boolean} followed the cursor is in a linked view
   */
  hover(place, followed = false) {
    this.cursor.move(place, followed);
  }

  inPlot(/** @type {Place} */ place) {
    return Boolean(this.plot) && isInside(this.plot, place);
  }

  regionAt(/** @type {Place} */ place) {
    return this.cursor.regionAt(place);
  }

  pin() {
    return this.movedPin !== undefined ? this.movedPin : this.overlays.pin;
  }

  // Whether the pin has a place of which the host does not know yet.
  isMovingPin() {
    return this.stepping !== null || this.reports.isPending("pin");
  }

  stopStepping() {
    clearTimeout(this.stepping);
    this.stepping = null;
  }

  // Where Enter pins: under the cursor, or else at the centre.
  target() {
    return this.cursor.place ?? middleOf(this.plot);
  }

  toggleHelp() { toggleHelp(this); }
  savePng() { saveView(this); }

  schedule() {
    this.scheduled ??= requestAnimationFrame(() => {
      this.scheduled = null;
      paint(this);
    });
  }
}
