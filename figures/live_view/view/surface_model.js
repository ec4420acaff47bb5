// What is made of a frame to paint it as a surface: facets, sheets, lines, and the points on it.

import { SheetPainter } from "../canvas/sheet_painter.js";
import { SheetWebGL } from "../canvas/sheet_webgl.js";
import { facetsOf } from "../core/facets.js";
import { heightKind, heightRange, sheetsOf, steadyRange } from "../core/heights.js";
import { Orbit } from "../core/orbit.js";
import { colourTable, facetSheet, gridHeights, gridSheet, heightAt, sampledGrid, tonesOf } from "../core/sheet.js";
import { boundaryLines, sheetLines } from "../core/sheet_lines.js";
import { SurfacePoints } from "./surface_points.js";

/** @import { PlaneWindow } from "../core/types.js" */
/** @import { Facets } from "../core/facets.js" */
/** @import { Turn } from "../core/orbit.js" */
/** @import { Grid, Sheet } from "../core/sheet.js" */
/** @import { LiveView } from "./live_view.js" */

const MANY = 3; // corners of the sheet for each point of the grid, above which the grid is much quicker
const SLOW = 30; // milliseconds of a painting above which a coarse grid stands for many facets while they turn
const MOST_TRIANGLES = { webgl: 700000, painter: 24000 }; // of all sheets; above it, a grid
const GRID = { webgl: 384, painter: 100 }; // points along the longer side of a grid in place of facets
const COARSE = { webgl: 72, painter: 60 }; // and while they turn
const NARROW = 440; // CSS pixels of a plot below which the tools take its width
const MEASURED = 3; // paintings of the same facets whose time is taken

export class SurfaceModel {
  /**
   * @param {LiveView} live
   * @param {HTMLCanvasElement} canvas
   */
  constructor(live, canvas) {
    this.live = live;
    this.canvas = canvas;
    /** @type {SheetWebGL | SheetPainter | null} */
    this.painter = null;
    /** @type {[number, number] | null} */
    this.range = null; // of the scale of heights
    this.rangeOf = "";
    this.badge = 0; // CSS pixels of height that the badge takes
    this.isCoarse = false;
    this.draws = 0; // of the same facets, as far as they are measured
    this.drawMs = 0; // of a painting with all facets
    this.buildMs = 0;
    this.points = new SurfacePoints(live, this);
    this.forget();
  }

  // Drop all that is made of a frame.
  forget() {
    this.made = { geometry: "", heights: "", tones: "", lines: "", coarse: "" };
    /** @type {Facets | null} */
    this.facets = null;
    /** @type {Grid} */
    this.grid = null; // coarse: for what is hidden, and for turns of a slow picture
    /** @type {Grid | null} */
    this.fineGrid = null; // in place of facets
    /** @type {Sheet[]} */
    this.sheets = [];
    this.gridHeights = new Float64Array(0);
    this.oneIn = 1;
    /** @type {Orbit} */
    this.orbit = null;
  }

  close() {
    this.painter?.close();
    this.painter = null;
  }

  get backend() {
    return this.painter instanceof SheetWebGL ? "webgl" : "painter";
  }

  get kind() {
    const { frame, options, surface } = this.live;
    return heightKind(frame, options, surface.height);
  }

  /**
   * The part of the plane that the surface stands on: home, or the part that the flat picture shows; as far as the frame
   * has it. Relative to the frame's centre.
   * @returns {PlaneWindow}
   */
  window() {
    const { live } = this, { frame } = live, [cs, ct] = frame.centre, [a0, a1, b0, b1] = frame.window;
    const [s0, s1, t0, t1] = live.isWhole() ? live.home : live.visibleWindow();
    /** @type {PlaneWindow} */
    const common = [Math.max(s0, a0) - cs, Math.min(s1, a1) - cs, Math.max(t0, b0) - ct, Math.min(t1, b1) - ct];
    return common[0] < common[1] && common[2] < common[3] ? common : [a0 - cs, a1 - cs, b0 - ct, b1 - ct];
  }

  // Make what is outdated: facets, sheets, their colours, lines. Each depends on those before it.
  build() {
    const began = performance.now(), { frame, options, palette } = this.live, { made } = this;
    const window = this.window(), kind = this.kind.kind, geometry = `${frame.hash} ${window} ${this.backend} ${kind === "scores"}`;
    if (made.geometry !== geometry) {
      const sheets = kind === "scores" ? frame.class_count : 1, triangles = (frame.ring.length - 2 * frame.regions) * sheets;
      this.facets = frame.grid || triangles > MOST_TRIANGLES[this.backend] ? null : facetsOf(frame, window);
      if (this.facets && (this.facets.sides.length - 2 * this.facets.count) * sheets > MOST_TRIANGLES[this.backend]) this.facets = null;
      this.grid = sampledGrid(frame, window, COARSE[this.backend]);
      this.fineGrid = this.facets ? null : sampledGrid(frame, window, Math.min(GRID[this.backend], ...(frame.grid ?? [])));
      Object.assign(made, { geometry, heights: "" });
    }
    if (made.heights !== kind) {
      this.sheets = sheetsOf(frame, kind).map((each) => (this.facets ? facetSheet(frame, this.facets, each) : gridSheet(frame, this.fineGrid, each)));
      this.gridHeights = this.heightsOnTop(kind);
      const range = heightRange(this.sheets.map(({ heights }) => heights), kind), rangeOf = `${kind} ${options.home} ${window.map((side) => side.toPrecision(5))}`;
      this.range = steadyRange(this.rangeOf === rangeOf ? this.range : null, range);
      this.rangeOf = rangeOf;
      Object.assign(made, { heights: kind, tones: "", lines: "", coarse: "" });
    }
    const byClass = kind === "scores", tones = JSON.stringify([options.fill, options.norm, palette.class_fills, palette.scale, palette.pale]);
    if (made.tones !== tones) {
      const words = colourTable(frame, options, palette, byClass);
      this.painter.setColours(words, words.length / (byClass || options.fill === "class" ? frame.class_count : 1));
      this.painter.setSheets(this.sheets, this.tones(this.sheets, this.facets), "fine");
      Object.assign(made, { tones, coarse: "" });
      this.draws = 0;
    }
    const isNew = this.buildLines(kind);
    if (isNew) this.buildMs = performance.now() - began;
  }

  /**
   * @param {string} kind
   */
  buildLines(kind) {
    const { frame, options, palette, strokes, pointing } = this.live, { made, facets, sheets } = this;
    const lit = [options.lit_unit, pointing?.unit].filter((unit) => unit !== null && unit !== undefined);
    const key = JSON.stringify([options.hidden_layers, options.show_boundary, lit, palette.edges, palette.d_D]);
    if (made.lines === key) return false;
    made.lines = key;
    if (facets) {
      const lines = sheetLines(frame, facets, sheets.map(({ heights }) => heights), options, lit, palette, strokes);
      this.oneIn = lines.oneIn;
      this.painter.setLines(lines);
    } else {
      const over = sheetsOf(frame, kind).map((each) => (/** @type {number} */ s, /** @type {number} */ t) => (kind === "margin" || kind === "difference" ? 0 : heightAt(frame, this.points.regionUnder([s, t]) ?? 0, each, s, t)));
      const none = { ...frame, boundary: new Float32Array(0), boundary_starts: new Uint32Array(1) };
      this.painter.setLines(boundaryLines(options.show_boundary ? frame : none, this.fineGrid.window, over, palette, strokes));
    }
    return true;
  }

  /**
   * @param {Sheet[]} sheets
   * @param {Facets | null} facets
   */
  tones(sheets, facets) {
    const { frame, options } = this.live, byClass = this.kind.kind === "scores";
    return sheets.map((sheet, label) => tonesOf(sheet, frame, options, byClass ? label : null, facets));
  }

  // The sheets of a grid that stand for the facets while a slow picture turns.
  buildCoarse() {
    const { frame } = this.live, { made } = this, kind = this.kind.kind;
    if (made.coarse === made.tones) return;
    const sheets = sheetsOf(frame, kind).map((each) => gridSheet(frame, this.grid, each));
    this.painter.setSheets(sheets, this.tones(sheets, null), "coarse");
    made.coarse = made.tones;
  }

  /**
   * @param {string} kind
   */
  heightsOnTop(kind) {
    const { frame } = this.live, [first, ...others] = sheetsOf(frame, kind).map((each) => gridHeights(frame, this.grid, each));
    for (const other of others) for (let p = 0; p < first.length; p++) first[p] = Math.max(first[p], other[p]);
    return first;
  }

  /**
   * The badge has another height than before: the surface moves out of its way.
   * @param {{ height: number } | null} badge
   */
  leaveRoom(badge) {
    const height = badge ? badge.height + 6 : 0;
    if (this.badge === height) return;
    this.badge = height;
    if (this.live.surface.isShown) this.live.schedule();
  }

  // The part of the plot between the tools above, which stand beside a legend in a corner, and the badge below.
  room() {
    const { plot, type, options } = this.live, top = (plot.width < NARROW ? 82 : options.guides ? 8 : 42) * type.scale, left = 34 * type.scale, bottom = 26 * type.scale + Math.min(this.badge, 0.4 * plot.height);
    return { x: plot.x + left / 2, y: plot.y + top, width: plot.width - 1.6 * left, height: Math.max(80, plot.height - top - bottom) };
  }

  // The level that heights are counted from: 0 where it means something, else the floor.
  base() {
    const { kind } = this.kind;
    return kind === "margin" || kind === "difference" ? 0 : this.range[0];
  }

  // ---- painting ---------------------------------------------------------------------------------------------------

  // The painter, made at the first painting; another one where the browser has taken the last one's context away.
  prepare() {
    if (this.painter && !this.painter.isLost()) return;
    if (this.painter) { // a canvas keeps its kind of context: a lost one needs another canvas
      const fresh = /** @type {HTMLCanvasElement} */ (this.canvas.cloneNode());
      this.canvas.replaceWith(fresh);
      this.canvas = fresh;
    }
    this.painter = SheetWebGL.on(this.canvas) ?? new SheetPainter(this.canvas);
    this.forget();
  }

  /**
   * @param {{ turn: Turn, share: number }} surface how it is turned, and where it stands between flat and risen
   * @param {boolean} moving whether it is quicker to paint a grid in place of very many facets
   */
  draw({ turn, share }, moving) {
    const { live } = this, { frame, ratio, palette, view, cursor, size: { width, height } } = live;
    this.prepare();
    this.build();
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const [low, high] = this.range, zero = this.kind.kind === "difference" && share > 0 ? palette.ink : null;
    this.orbit = new Orbit(live.plot, this.room(), { window: this.window(), low, high }, turn, { share, k: view.k });
    this.isCoarse = moving && this.drawMs > SLOW && this.sheets[0].regions.length > MANY * this.grid.ids.length;
    if (this.isCoarse) this.buildCoarse();
    const began = performance.now(), region = frame.grid ? null : cursor.region;
    this.painter.draw({ orbit: this.orbit, ratio, region, zero, detail: this.isCoarse ? "coarse" : "fine" });
    if (this.isCoarse || this.draws >= MEASURED) return;
    const { made } = this, first = this.draws++ === 0; // it compiles, and uploads
    this.painter.whenPainted(() => {
      const ms = performance.now() - began;
      if (!first && made === this.made) this.drawMs = this.draws === 2 ? ms : Math.min(this.drawMs, ms);
    });
  }
}
