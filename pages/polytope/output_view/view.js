// The output plane as it lives: what Python computed at one ε, the film over all, and what interactions do.

import { brightness } from "../../region_view/core/colours.js";
import { scoresAt } from "../../region_view/core/frame.js";
import { nearestPoint, overlap } from "../../region_view/core/hits.js";
import { threeDigits } from "../../region_view/core/numbers.js";
import { saveCanvas } from "../../region_view/view/save_png.js";
import { drawAxes } from "./axes.js";
import { asHtml, homeOf, pairs, sceneAt } from "./core.js";
import { attachInteractions } from "./interactions.js";
import { legendHtml } from "./legend.js";
import { drawNames } from "./names.js";
import { drawDots } from "./pen.js";
import { drawScene } from "./scene.js";

const PAD = { left: 52, bottom: 34, top: 8, right: 8 };
const EASE = 180; // milliseconds in which the view moves where it belongs
const SCENE_MS = 70; // of the film
const REST = 160; // milliseconds without a move before Python hears of a new ε; of a single step it hears at once
const NEAR = 12; // pixels from a vertex
const SIGNS = { proved: ["✓", "the order is proved"], attacked: ["✕", "the order is lost"], d_B: ["?", "not known"] };

export class OutputView {
  constructor(root) {
    const part = (name) => root.querySelector(name);
    Object.assign(this, { root, canvas: part("canvas"), tip: part(".tip"), legend: part(".legend") });
    [this.rail, this.said, this.play] = [part("input"), part(".film output"), part("[data-tool=play]")];
    this.hovered = null;
    this.stop = new AbortController();
    attachInteractions(this);
    this.observer = new ResizeObserver(() => this.schedule());
    this.observer.observe(this.canvas);
    this.linked = { options: { link: null, link_hover: true }, view: true, toX: (s) => s, toY: (t) => t, look() {}, hover: (place) => this.read(place) };
    this.links()?.add(this.linked);
  }

  close() {
    this.stop.abort();
    this.observer.disconnect();
    this.links()?.delete(this.linked);
    clearInterval(this.playing);
    clearTimeout(this.resting);
    cancelAnimationFrame(this.scheduled);
  }

  links() { return globalThis.reluscope?.links; }

  // ---- what Python says -------------------------------------------------------------------------------------------

  update(data, send) {
    this.send = send;
    this.data = data;
    this.links()?.add(this.linked); // the input plane may have come later
    this.linked.options.link = data.link;
    this.root.style.height = data.height;
    this.root.style.setProperty("--type-scale", data.type_scale);
    if (this.asked && data.heard >= this.asked.serial) this.asked = null;
    if (!this.asked && !this.playing) this.eps = null; // what Python computed is what is shown
    this.film = globalThis.reluscopeFilms?.byView.get(data.film) ?? null;
    const ground = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim();
    this.colours = { ...data.colours[brightness(ground) < 128 ? "dark" : "light"] };
    if (/^#[0-9a-f]{6}$/i.test(ground)) this.colours.ground = ground;
    if (data.place !== this.place) this.hands = this.window = null; // another question, another picture
    this.place = data.place;
    this.hovered = null;
    this.schedule();
  }

  // The scene to draw: the exact one, or the film's at the ε that hands ask for.
  scene() {
    const exact = this.data.scene;
    if (this.eps === null || this.eps === undefined || !this.film) return exact;
    return sceneAt(this.film, this.eps);
  }

  // ---- where one looks --------------------------------------------------------------------------------------------

  home(scene) {
    return homeOf(scene.view, (this.film?.at(-1) ?? scene).view, this.data.turned);
  }

  layout(scene) {
    const width = this.canvas.clientWidth, height = this.canvas.clientHeight, ratio = window.devicePixelRatio || 1;
    const scale = this.data.type_scale, left = 14 + (PAD.left - 14) * scale, bottom = PAD.bottom * scale - 6;
    const plot = { x: left, y: PAD.top, width: Math.max(40, width - left - PAD.right), height: Math.max(40, height - bottom - PAD.top) };
    const home = this.hands ?? this.home(scene), now = performance.now();
    this.window ??= { ...home };
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const share = still || this.hands || this.playing ? 1 : 1 - Math.exp(-(now - (this.painted ?? now - 16)) / (EASE / 3));
    this.painted = now;
    for (const side of ["x", "y", "w", "h"]) this.window[side] += (home[side] - this.window[side]) * share;
    const away = (side, size) => Math.abs(home[side] - this.window[side]) / home[size];
    this.settled = Math.max(away("x", "w"), away("y", "h"), away("w", "w"), away("h", "h")) < 2e-3;
    const { x, y } = this.window;
    let [kx, ky] = [plot.width / this.window.w, plot.height / this.window.h];
    if (!this.data.turned) kx = ky = Math.min(kx, ky);
    const [w, h] = [plot.width / 2 / kx, plot.height / 2 / ky];
    Object.assign(this, { plot, kx, ky, ratio });
    const style = getComputedStyle(this.root);
    return {
      context: this.canvas.getContext("2d"), colours: this.colours, plot, window: [x - w, x + w, y - h, y + h],
      font: { size: 13 * scale, family: style.fontFamily || "sans-serif" },
      toX: (a) => plot.x + plot.width / 2 + (a - x) * kx, toY: (b) => plot.y + plot.height / 2 - (b - y) * ky,
    };
  }

  zoomAt({ x, y }, factor) {
    const { plot, window: view, kx, ky } = this;
    const a = view.x + (x - plot.x - plot.width / 2) / kx, b = view.y - (y - plot.y - plot.height / 2) / ky;
    this.hands = { x: a + (view.x - a) / factor, y: b + (view.y - b) / factor, w: view.w / factor, h: view.h / factor };
    this.schedule();
  }

  panBy(dx, dy) {
    this.hands = { ...this.window, x: this.window.x - dx / this.kx, y: this.window.y + dy / this.ky };
    this.schedule();
  }

  reset() {
    this.hands = null;
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
    const scene = this.scene(), pen = this.layout(scene), { context } = pen, { canvas, ratio } = this;
    const [width, height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio].map(Math.round);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = this.colours.ground;
    context.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    drawScene(pen, scene, this.data);
    const exact = scene === this.data.scene, vertices = exact ? pairs(scene.vertices, 4) : [];
    if (vertices.length < 400) drawDots(pen, vertices, 2, this.colours.sets.true.line);
    drawDots(pen, pairs(scene.attacks, 2), 4, this.colours.attacked, true);
    drawDots(pen, [scene.middle], 5, this.colours.ink);
    if (this.hovered) drawDots(pen, [this.hovered.output], 6, this.hovered.followed ? this.colours.line : this.colours.ink);
    drawAxes(pen, this.data);
    const named = drawNames(pen, scene, this.data);
    this.pen = pen;
    this.showLegend(scene);
    this.showRail(scene);
    Object.assign(canvas.dataset, {
      eps: scene.eps, sets: Object.keys(scene.sets).join(","), role: scene.role, named: named.join(","), vertices: vertices.length, film: this.film?.length ?? 0,
      view: ["x", "y", "w", "h"].map((side) => this.window[side].toPrecision(6)).join(","),
      painted: Number(canvas.dataset.painted ?? 0) + 1,
    });
    if (!this.settled) this.schedule();
  }

  showLegend(scene) {
    const html = legendHtml(scene, this.data, this.colours);
    if (html !== this.legendShown) this.legend.innerHTML = this.legendShown = html;
  }

  showRail(scene) {
    const reach = this.data.reach, eps = this.eps ?? scene.eps;
    if (document.activeElement !== this.rail || !this.held) this.rail.value = Math.round((1000 * eps) / reach);
    const size = `ε = ${eps === 0 ? "0" : threeDigits(Number(eps.toPrecision(3)))}`, [sign, meaning] = SIGNS[scene.role];
    this.said.innerHTML = `${size} <b style="color:${this.colours[scene.role]}" title="${meaning}">${sign}</b>`;
    this.ball = size;
    this.rail.setAttribute("aria-valuetext", `${size}, ${meaning}`);
    this.play.disabled = !this.film;
    this.root.classList.toggle("playing", Boolean(this.playing));
    if (this.film && scene !== this.data.scene) this.moveBall(scene);
  }

  // The ball of the input plane grows along; Python's own comes with its next answer.
  moveBall(scene) {
    for (const other of this.others()) {
      if (!other.overlays) continue;
      other.overlays = { ...other.overlays, balls: [{ role: scene.role, outline: pairs(scene.ball, 2), label: this.ball }] };
      other.schedule();
    }
  }

  // ---- ε ----------------------------------------------------------------------------------------------------------

  ask(eps, rest = this.asked ? REST : 0) {
    this.eps = eps;
    this.hover(null);
    clearTimeout(this.resting);
    if (rest) this.resting = setTimeout(() => this.tellPython(eps), rest);
    else this.tellPython(eps);
    this.schedule();
  }

  askAtRest(eps) {
    this.ask(eps, REST);
  }

  tellPython(eps) {
    this.asked = { serial: Math.max(Date.now(), (this.serial ?? 0) + 1), eps: Number(eps.toPrecision(6)) };
    this.serial = this.asked.serial;
    this.send(this.asked);
  }

  togglePlay() {
    if (!this.film) return;
    if (this.playing) return this.pause();
    const now = this.eps ?? this.data.scene.eps, last = this.film.at(-1).eps;
    let at = now >= last * 0.999 ? 0 : this.film.findIndex(({ eps }) => eps > now);
    this.playing = setInterval(() => {
      this.eps = this.film[at].eps;
      this.hovered = null;
      if (++at >= this.film.length) this.pause();
      this.schedule();
    }, SCENE_MS);
    this.schedule();
  }

  pause() {
    clearInterval(this.playing);
    this.playing = null;
    if (this.eps !== null) this.ask(this.eps, 0);
    this.schedule();
  }

  // ---- interactions ----------------------------------------------------------------------------------------------

  others() {
    return [...(this.links() ?? [])].filter((other) => other !== this.linked && other.options?.link === this.linked.options.link && other.view);
  }

  // A vertex under the cursor: the input that reaches it, also in the input plane.
  hover(place) {
    const scene = this.scene(), name = place && this.pen?.names?.find((one) => one.shortened && overlap(one, { ...place, width: 1, height: 1 }));
    if (name) return this.tell(`<b>${asHtml(name.whole)}</b>`, place);
    const pointed = place && this.pen && scene.vertices;
    const nearest = pointed ? nearestPoint(pairs(scene.vertices, 4), place, NEAR, this.pen) : null, first = 4 * nearest;
    const vertex = nearest === null ? null : { output: scene.vertices.slice(first, first + 2), input: scene.vertices.slice(first + 2, first + 4) };
    const had = this.hovered && !this.hovered.followed;
    this.hovered = vertex;
    if (vertex || had) for (const other of this.others()) other.hover(vertex && { x: other.toX(vertex.input[0]), y: other.toY(vertex.input[1]) }, true);
    this.tell(vertex && `vertex of the true set<br>reached by <b>${this.data.inputs.map((name, k) => `${name} = ${threeDigits(vertex.input[k])}`).join(", ")}</b>`);
    this.schedule();
  }

  // The input plane is being read at (s, t): where its outputs lie.
  read(place) {
    const outputs = place && this.outputsAt(place.x, place.y), output = outputs && (this.data.turned ? [outputs[0] - outputs[1], outputs[0] + outputs[1]] : outputs);
    this.hovered = output ? { output, followed: true } : null;
    this.tell(output && `the input under the cursor<br>is taken to <b>${this.data.names.map((name, k) => `${asHtml(name)}: ${threeDigits(outputs[k])}`).join(", ")}</b>`);
    this.schedule();
  }

  outputsAt(s, t) {
    const other = this.others().find(({ frame }) => frame), at = other && { x: other.toX(s), y: other.toY(t) };
    const region = other?.inPlot(at) ? other.regionAt(at) : null;
    if (region === null) return null;
    const { frame } = other, scores = scoresAt(frame, region, s - frame.centre[0], t - frame.centre[1]);
    const outputs = this.data.outputs.map((label) => scores.find((score) => score.label === label)?.value ?? null);
    return outputs.includes(null) ? null : outputs;
  }

  tell(html, at = null) {
    this.tip.hidden = !html;
    if (!html || !this.pen) return;
    this.tip.innerHTML = html;
    const [x, y] = at ? [at.x, at.y] : [this.pen.toX(this.hovered.output[0]), this.pen.toY(this.hovered.output[1])], { offsetWidth: w, offsetHeight: h } = this.tip;
    const left = x + 16 + w < this.canvas.clientWidth ? x + 16 : x - 16 - w;
    const top = Math.max(4, Math.min(y - h - 10, this.canvas.clientHeight - h - 4));
    this.tip.style.transform = `translate(${Math.round(Math.max(4, Math.min(left, this.canvas.clientWidth - w - 4)))}px, ${Math.round(top)}px)`;
  }

  savePng() {
    saveCanvas(this.canvas, "polytope.png", this.data.about);
  }
}
