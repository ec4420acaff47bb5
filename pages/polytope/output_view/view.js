// The live view of the output plane: the sets at one ε from Python, the film over all ε, and interactions.

import { contextOf } from "../../../figures/live_view/canvas/context.js";
import { brightness } from "../../../figures/live_view/core/colours.js";
import { threeDigits } from "../../../figures/live_view/core/numbers.js";
import { saveCanvas } from "../../../figures/live_view/view/save_png.js";
import { drawAxes } from "./axes.js";
import { eased, homeOf, isAtHome, pairs } from "./core.js";
import { films } from "./films.js";
import { attachInteractions } from "./interactions.js";
import { legendHtml } from "./legend.js";
import { drawNames } from "./names.js";
import { drawDots } from "./pen.js";
import { Pointing } from "./pointing.js";
import { Radius } from "./radius.js";
import { drawScene } from "./scene.js";

/** @import { Place, Plot } from "../../../figures/live_view/core/types.js" */
/** @import { LiveView } from "../../../figures/live_view/view/live_view.js" */
/** @import { OutputColours, OutputLook, OutputMessage, Scene } from "./core.js" */
/** @import { OutputPen } from "./pen.js" */
/** @import { Asked } from "./radius.js" */

const PAD = { left: 52, bottom: 34, top: 8, right: 8 };
const EASE = 180; // milliseconds in which the view moves to its target, chosen by eye
const MOST_DOTS = 400; // limits the vertices that are marked
const SIGNS = { proved: ["✓", "proved: the larger output stays larger"], attacked: ["✕", "the other output can become larger"], d_B: ["?", "not known"] };

export class OutputView {
  /**
   * @param {HTMLElement} root the element of output.html
   * @param {Set<any>} links all views of the page: the input plane is the one with the same link
   */
  constructor(root, links) {
    this.root = root;
    this.links = links;
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"));
    this.legend = /** @type {HTMLElement} */ (root.querySelector(".legend"));
    this.rail = /** @type {HTMLInputElement} */ (root.querySelector("input"));
    this.said = /** @type {HTMLElement} */ (root.querySelector(".film output"));
    this.play = /** @type {HTMLButtonElement} */ (root.querySelector("[data-tool=play]"));
    this.radius = new Radius(this);
    this.pointing = new Pointing(this, /** @type {HTMLElement} */ (root.querySelector(".tip")));
    this.initialise();
    const point = (/** @type {Place} */ place) => this.pointing.read(place);
    /** Receives the hovered place of the input plane as a point of the plane. */
    this.linkedView = {
      options: { link: "", link_hover: true }, view: true, look() {}, hover: point, placeOf: (/** @type {[number, number]} */ [s, t]) => ({ x: s, y: t }),
    };
    links.add(this.linkedView);
    const observer = new ResizeObserver(() => this.schedule());
    observer.observe(this.canvas);
    this.cleanups = [attachInteractions(this), () => observer.disconnect(), () => links.delete(this.linkedView)];
  }

  initialise() {
    /** @type {OutputMessage} */
    this.data = undefined;
    /** @type {(asked: Asked) => void} */
    this.send = undefined;
    /** @type {OutputColours} */
    this.colours = undefined;
    /** @type {OutputPen} */
    this.pen = undefined; // of the last drawing
    /** @type {OutputLook} */
    this.looked = null; // the window in view
    /** @type {OutputLook} */
    this.chosen = null; // the window that interactions have chosen
    this.settled = true;
    /** @type {number} */
    this.painted = undefined; // when
    /** @type {string} */
    this.place = undefined; // names the question
    this.railIsHeld = false;
    /** @type {string} */
    this.legendShown = undefined;
    /** @type {number} */
    this.scheduled = null;
  }

  close() {
    for (const cleanup of this.cleanups) cleanup();
    this.radius.close();
    cancelAnimationFrame(this.scheduled);
  }

  /**
   * The input plane.
   * @returns {LiveView[]}
   */
  linked() {
    const { link } = this.linkedView.options;
    return [...this.links].filter((other) => other !== this.linkedView && other.options?.link === link && other.view);
  }

  // ---- messages from Python -------------------------------------------------------------------------------------------

  /**
   * @param {OutputMessage} data
   * @param {(asked: Asked) => void} send
   */
  update(data, send) {
    this.data = data;
    this.send = send;
    this.linkedView.options.link = data.link;
    this.root.style.height = data.height;
    this.root.style.setProperty("--type-scale", String(data.type_scale));
    this.radius.update(films().byName.get(data.film) ?? null, data.heard);
    const ground = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim();
    this.colours = { ...data.colours[brightness(ground) < 128 ? "dark" : "light"] };
    if (/^#[0-9a-f]{6}$/i.test(ground)) this.colours.ground = ground;
    if (data.place !== this.place) this.chosen = this.looked = null; // another question, another picture
    this.place = data.place;
    this.pointing.forget();
    this.schedule();
  }

  // ---- the window in view --------------------------------------------------------------------------------------------

  /**
   * Moves the view towards its target.
   * @param {Scene} scene
   */
  follow(scene) {
    const largest = (this.radius.film?.at(-1) ?? scene).view, now = performance.now();
    const home = this.chosen ?? homeOf(scene.view, largest, this.data.turned);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches, passed = now - (this.painted ?? now - 16);
    const share = still || this.chosen || this.radius.playing ? 1 : 1 - Math.exp(-passed / (EASE / 3));
    this.painted = now;
    this.looked = eased(this.looked ?? home, home, share);
    this.settled = isAtHome(this.looked, home);
  }

  /**
   * @returns {Plot}
   */
  plot() {
    const { clientWidth: width, clientHeight: height } = this.canvas, scale = this.data.type_scale;
    const left = 14 + (PAD.left - 14) * scale, bottom = PAD.bottom * scale - 6;
    return { x: left, y: PAD.top, width: Math.max(40, width - left - PAD.right), height: Math.max(40, height - bottom - PAD.top) };
  }

  // Pixels per unit, across and up: one scale, unless the axes are turned.
  scales() {
    const plot = this.plot(), kx = plot.width / this.looked.w, ky = plot.height / this.looked.h;
    return this.data.turned ? { kx, ky } : { kx: Math.min(kx, ky), ky: Math.min(kx, ky) };
  }

  /**
   * @param {Place} place
   * @param {number} factor
   */
  zoomAt({ x, y }, factor) {
    const { looked } = this, plot = this.plot(), { kx, ky } = this.scales();
    const a = looked.x + (x - plot.x - plot.width / 2) / kx, b = looked.y - (y - plot.y - plot.height / 2) / ky;
    this.chosen = { x: a + (looked.x - a) / factor, y: b + (looked.y - b) / factor, w: looked.w / factor, h: looked.h / factor };
    this.schedule();
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  panBy(dx, dy) {
    const { looked } = this, { kx, ky } = this.scales();
    this.chosen = { ...looked, x: looked.x - dx / kx, y: looked.y + dy / ky };
    this.schedule();
  }

  reset() {
    this.chosen = null;
    this.schedule();
  }

  // ---- painting ---------------------------------------------------------------------------------------------------

  schedule() {
    this.scheduled ??= requestAnimationFrame(() => {
      this.scheduled = null;
      if (this.data && this.canvas.clientWidth) this.paint();
    });
  }

  paint() {
    const scene = this.radius.scene(), { canvas, data } = this;
    this.follow(scene);
    this.pen = this.cleared();
    drawScene(this.pen, scene, data);
    const vertices = scene === data.scene ? pairs(scene.vertices, 4) : [];
    this.drawPoints(scene, vertices);
    drawAxes(this.pen, data);
    const named = drawNames(this.pen, scene, data);
    this.showLegend(scene);
    this.showRail(scene);
    Object.assign(canvas.dataset, {
      eps: scene.eps,
      sets: Object.keys(scene.sets).join(","),
      role: scene.role,
      named: named.join(","),
      vertices: vertices.length,
      film: this.radius.film?.length ?? 0,
      view: Object.values(this.looked).map((value) => value.toPrecision(6)).join(","),
      painted: Number(canvas.dataset.painted ?? 0) + 1,
    });
    if (!this.settled) this.schedule();
  }

  /**
   * A pen on an empty canvas.
   * @returns {OutputPen}
   */
  cleared() {
    const { canvas, colours, looked } = this, ratio = window.devicePixelRatio || 1, plot = this.plot(), { kx, ky } = this.scales();
    const [width, height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio].map(Math.round);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = contextOf(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    const { x, y } = looked, w = plot.width / 2 / kx, h = plot.height / 2 / ky;
    return {
      context, colours, plot, window: [x - w, x + w, y - h, y + h],
      font: { size: 13 * this.data.type_scale, family: getComputedStyle(this.root).fontFamily || "sans-serif" },
      toX: (a) => plot.x + plot.width / 2 + (a - x) * kx,
      toY: (b) => plot.y + plot.height / 2 - (b - y) * ky,
    };
  }

  /**
   * @param {Scene} scene
   * @param {[number, number][]} vertices
   */
  drawPoints(scene, vertices) {
    const { colours, pen } = this, { hovered } = this.pointing;
    if (vertices.length < MOST_DOTS) drawDots(pen, vertices, 2, colours.sets.true.line);
    drawDots(pen, pairs(scene.attacks, 2), 4, colours.attacked, true);
    drawDots(pen, [scene.middle], 5, colours.ink);
    if (hovered) drawDots(pen, [hovered.output], 6, hovered.isFollowed ? colours.line : colours.ink);
  }

  /**
   * @param {Scene} scene
   */
  showLegend(scene) {
    const html = legendHtml(scene, this.data, this.colours);
    if (html !== this.legendShown) this.legend.innerHTML = this.legendShown = html;
  }

  /**
   * @param {Scene} scene
   */
  showRail(scene) {
    const { rail, radius } = this, eps = radius.eps ?? scene.eps, [sign, meaning] = SIGNS[scene.role];
    if (document.activeElement !== rail || !this.railIsHeld) rail.value = String(Math.round((1000 * eps) / this.data.reach));
    const size = `ε = ${threeDigits(Number(eps.toPrecision(3)))}`;
    this.said.innerHTML = `${size} <b style="color:${this.colours[scene.role]}" title="${meaning}">${sign}</b>`;
    rail.setAttribute("aria-valuetext", `${size}, ${meaning}`);
    this.play.disabled = !radius.film;
    this.root.classList.toggle("playing", Boolean(radius.playing));
    if (radius.film && scene !== this.data.scene) this.moveBall(scene, size);
  }

  /**
   * Draws the ball of this scene in the input plane, until Python sends its own.
   * @param {Scene} scene
   * @param {string} label
   */
  moveBall(scene, label) {
    for (const other of this.linked()) {
      if (!other.overlays) continue;
      const ball = { role: scene.role, disc: /** @type {null} */ (null), outline: pairs(scene.ball, 2), label };
      other.overlays = { ...other.overlays, balls: [ball] };
      other.schedule();
    }
  }

  savePng() {
    saveCanvas(this.canvas, "polytope.png", this.data.about);
  }
}
