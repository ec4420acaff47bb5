// The drawn network: what it shows, what is pointed at, and what is changed by hand.

import { applyChange, biasChange, weightChange } from "../core/changes.js";
import { CURSOR, FINGER, layoutOf, leastWidth, nearestEdge, nearestUnit } from "../core/layout.js";
import { bendsOf, numberOf, placeOf, readNetwork, stateOf, valuesAt } from "../core/network.js";
import { tileSize, tilesOf } from "../core/tiles.js";
import { themeOf } from "../../../figures/live_view/view/theme.js";
import { pointingAt } from "../../../figures/live_view/view/pointing.js";
import { Editor } from "./editor.js";
import { placeButtons } from "./buttons.js";
import { paintNetwork } from "./paint.js";
import { Reports } from "./reports.js";
import { unitFormula, unitName, weightName } from "./words.js";
import { pointText, threeDigits } from "../../../figures/live_view/core/numbers.js";

/** @import { Palette, PlaneWindow, Point } from "../../../figures/live_view/core/types.js" */
/** @import { Pointing } from "../../../figures/live_view/view/pointing.js" */
/** @import { Store } from "../../../figures/live_view/view/store.js" */
/** @import { Drawing, Network } from "../core/network.js" */
/** @import { Edge, Layout } from "../core/layout.js" */
/** @import { Report } from "./reports.js" */

/**
 * A message of pages/network_view/component.py.
 * @typedef {object} Message
 * @property {Drawing & { numbers: string }} drawing
 * @property {PlaneWindow} window of the units' pictures
 * @property {string} name of what the picture beside it shares
 * @property {number | null} lit the unit that stays lit, counted from 0 through all layers
 * @property {boolean} editable
 * @property {number} changes how many were made by hand
 * @property {string[]} class_names
 * @property {number} bands of a number, which the outputs are; 0: they are classes
 * @property {string} height a CSS length
 * @property {number} type_scale
 * @property {number} ack
 */

/** @typedef {{ layer: number, unit: number }} Unit */

const REACH = 4; // pixels from a weight's line within which it counts as under the cursor

export class NetworkView {
  /**
   * @param {HTMLElement} root the element of network.html
   * @param {{ store: Store, palettes: Record<string, Palette> }} page
   */
  constructor(root, { store, palettes }) {
    this.root = root;
    this.store = store;
    this.palettes = palettes;
    this.part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (root.querySelector(`[data-part="${name}"]`));
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"));
    this.stage = /** @type {HTMLElement} */ (root.querySelector(".stage"));
    this.reports = new Reports();
    this.initialise();
    this.editor = new Editor(this);
    const observer = new ResizeObserver(() => this.rearrange());
    observer.observe(this.stage);
    this.stop = new AbortController();
    this.attach(this.stop.signal);
    this.cleanups = [() => observer.disconnect(), () => this.stop.abort(), () => this.pointTo("")];
  }

  initialise() {
    /** @type {Message} */
    this.message = undefined;
    /** @type {Network} */
    this.network = undefined;
    /** @type {Palette} */
    this.palette = undefined;
    this.type = { family: "sans-serif", scale: 1 };
    /** @type {Layout} */
    this.layout = undefined;
    /** @type {Pointing} */
    this.pointing = undefined;
    /** @type {HTMLCanvasElement[][]} */
    this.tiles = []; // per layer and unit
    /** @type {string} */
    this.tilesKey = "";
    /** @type {Unit | null} */
    this.pointed = null; // the unit or output under the cursor here
    /** @type {Edge | null} */
    this.edge = null; // the weight under the cursor
    this.bend = 0; // the pre-activation along the line that is dragged in the picture
    /** @type {number} */
    this.scheduled = null;
    this.repaint = () => this.schedule();
  }

  close() {
    for (const cleanup of this.cleanups) cleanup();
    cancelAnimationFrame(this.scheduled);
  }

  /**
   * @param {Message} message
   * @param {(reports: Report[]) => void} send
   */
  update(message, send) {
    this.message = message;
    this.reports.connect(send, message.ack);
    this.root.style.height = message.height;
    this.pointTo(message.name);
    this.applyTheme();
    const bytes = Uint8Array.from(atob(message.drawing.numbers), (letter) => letter.charCodeAt(0));
    const before = this.network?.widths.join();
    this.network = readNetwork(message.drawing, new Float64Array(bytes.buffer));
    for (const change of this.reports.unanswered()) applyChange(this.network, change);
    if (before !== this.network.widths.join()) {
      this.pointed = this.edge = null;
      this.editor.close();
    }
    this.editor.follow();
    this.letMove();
    this.part("back").hidden = message.changes === 0;
    this.rearrange();
  }

  applyTheme() {
    const { palette, family } = themeOf(this.root, this.palettes, false, this.message.bands);
    this.palette = palette;
    this.type = { family, scale: this.message.type_scale };
    this.root.style.setProperty("--type-scale", String(this.message.type_scale));
  }

  /**
   * @param {string} name
   */
  pointTo(name) {
    this.pointing = pointingAt(this.store, name, this.pointing, this.repaint);
  }

  // The size of the stage, or the number of units, has changed.
  rearrange() {
    if (!this.network || !this.stage.clientWidth) return;
    const hand = matchMedia("(pointer: coarse)").matches ? FINGER : CURSOR, { scale } = this.type;
    this.part("wide").style.minWidth = `${leastWidth(this.network.widths.length, hand, scale)}px`;
    const { clientWidth: width, clientHeight: height } = this.stage;
    const room = { left: hand.left * scale, right: width - hand.right * scale, top: 4, bottom: height - 4 };
    this.layout = layoutOf(this.network.widths, room, hand.largest);
    placeButtons(this);
    this.tellMore();
    this.schedule();
  }

  // Whether columns lie beyond the right edge.
  tellMore() {
    const { scrollLeft, clientWidth, scrollWidth } = this.part("scroller");
    this.part("scroller").toggleAttribute("data-more", scrollLeft + clientWidth < scrollWidth - 2);
  }

  // ---- what is pointed at -----------------------------------------------------------------------------------------

  /**
   * @param {AbortSignal} signal
   */
  attach(signal) {
    const boxes = this.part("boxes"), at = (/** @type {MouseEvent} */ event) => {
      const box = boxes.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    boxes.addEventListener("pointermove", (event) => this.pointAtWeight(event.target === boxes ? at(event) : null), { signal });
    boxes.addEventListener("pointerleave", () => this.pointAtWeight(null), { signal });
    boxes.addEventListener("click", (event) => {
      if (event.target !== boxes) return;
      const finger = /** @type {PointerEvent} */ (event).pointerType === "touch" && this.layout;
      const unit = finger && nearestUnit(this.layout, at(event), FINGER.reach);
      if (unit) {
        this.keepLit(unit);
        return;
      }
      this.pointAtWeight(at(event));
      if (this.edge && this.message.editable) this.editor.open({ kind: "weight", ...this.edge });
      else this.editor.close();
    }, { signal });
    this.part("scroller").addEventListener("scroll", () => this.tellMore(), { signal, passive: true });
    for (const button of this.root.querySelectorAll("[data-undo]")) {
      button.addEventListener("click", () => this.reports.tell("undo", /** @type {HTMLElement} */ (button).dataset.undo), { signal });
    }
    for (const button of this.root.querySelectorAll(".depth [data-change]")) {
      button.addEventListener("click", () => this.change(/** @type {HTMLElement} */ (button).dataset.change), { signal });
    }
  }

  /**
   * @param {{ x: number, y: number } | null} place
   */
  pointAtWeight(place) {
    this.edge = place && this.layout ? nearestEdge(this.layout, place, REACH) : null;
    this.part("boxes").toggleAttribute("data-weight", this.edge !== null && this.message.editable);
    this.schedule();
  }

  /**
   * @param {Unit | null} unit
   */
  pointAtUnit(unit) {
    this.pointed = unit;
    this.pointing?.set({ unit: unit && numberOf(this.network, unit.layer, unit.unit) });
    this.schedule();
  }

  /**
   * A click keeps a unit lit, or no longer.
   * @param {Unit} unit
   */
  keepLit({ layer, unit }) {
    const number = numberOf(this.network, layer, unit), lit = this.message.lit === number ? null : number;
    if (this.message.editable) this.editor.open({ kind: "bias", layer, to: unit, from: 0 });
    if (number === null) return;
    this.message = { ...this.message, lit };
    this.letMove();
    this.reports.tell("unit", lit);
    this.rearrange();
  }

  /**
   * The point whose values show: under the cursor of the picture, or else the pin.
   * @returns {Point | null}
   */
  point() {
    return this.pointing?.point ?? this.pointing?.pin ?? null;
  }

  // ---- changes by hand --------------------------------------------------------------------------------------------

  /**
   * A change of the numbers of units.
   * @param {string} change
   */
  change(change) {
    this.reports.tell("change", change);
  }

  /**
   * @param {{ kind: "weight" | "bias" } & Edge} place
   * @param {number} value
   */
  setValue({ kind, layer, to, from }, value) {
    const change = kind === "weight" ? weightChange(layer + 1, to + 1, from + 1, value) : biasChange(layer + 1, to + 1, value);
    applyChange(this.network, change);
    this.tilesKey = "";
    this.reports.tellValue(change);
    this.schedule();
  }

  // The line of the unit that stays lit can be dragged in the picture.
  letMove() {
    if (!this.pointing) return;
    const { lit, editable } = this.message, place = lit === null ? null : placeOf(this.network, lit);
    this.pointing.movable = editable && place ? lit : null;
    this.pointing.grabLine = place && ((point) => this.grabLine(place, point));
    this.pointing.moveLine = place && ((point) => this.moveLine(place, point));
  }

  /**
   * Remember which line of the unit runs by the point.
   * @param {Unit} unit
   * @param {Point} point
   */
  grabLine({ layer, unit }, point) {
    const z = valuesAt(this.network, point)[layer][unit], bends = bendsOf(this.network.layers[layer]);
    this.bend = bends.reduce((best, bend) => (Math.abs(z - bend) < Math.abs(z - best) ? bend : best));
  }

  /**
   * Give a unit the bias with which its line runs through a point. The layers before do not change, so the whole bent
   * line goes where the unit's pre-activation was what it was at the point.
   * @param {Unit} unit
   * @param {Point} point
   */
  moveLine({ layer, unit }, point) {
    const bias = this.network.layers[layer].bias[unit] - valuesAt(this.network, point)[layer][unit] + this.bend;
    this.setValue({ kind: "bias", layer, to: unit, from: 0 }, bias);
    this.editor.show({ kind: "bias", layer, to: unit, from: 0 }, bias);
  }

  // ---- painting ---------------------------------------------------------------------------------------------------

  schedule() {
    this.scheduled ??= requestAnimationFrame(() => {
      this.scheduled = null;
      this.paint();
    });
  }

  paint() {
    if (!this.layout || !this.network) return;
    this.drawTiles();
    const point = this.point(), values = point && valuesAt(this.network, point);
    paintNetwork(this, values);
    this.say(point, values);
    Object.assign(this.canvas.dataset, {
      key: this.message.drawing.key,
      widths: this.network.widths.join(),
      pointed: this.pointing?.unit ?? "",
      lit: this.message.lit ?? "",
      at: point ? point.join() : "",
      on: values ? values.slice(0, -1).map((z) => z.reduce((sum, v) => sum + Number(v > 0), 0)).join() : "",
      scores: values ? values.at(-1).join() : "",
    });
  }

  drawTiles() {
    const { palette, network, message } = this;
    const key = [message.drawing.key, message.window, palette.positive, this.reports.unanswered()].join(" ");
    if (key === this.tilesKey) return;
    this.tilesKey = key;
    const size = tileSize(network), { positive, negative, ground } = palette;
    const pictures = tilesOf(network, message.window, size, { positive, negative, ground, line: ground });
    this.tiles = pictures.map((layer) => layer.map((bytes) => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = size;
      canvas.getContext("2d").putImageData(new ImageData(bytes, size, size), 0, 0);
      return canvas;
    }));
  }

  /**
   * @param {Point | null} point
   * @param {Float64Array[] | null} values at the point
   */
  say(point, values) {
    const said = this.part("said"), { network, palette } = this;
    said.hidden = this.editor.isOpen();
    const unit = this.pointed;
    if (unit) {
      const z = values?.[unit.layer][unit.unit], layer = network.layers[unit.layer];
      const state = z === undefined ? "" : layer.slopes ? ` = ${threeDigits(z)}, ${stateOf(layer, unit.unit, z)} at ${pointText(point)}` : ` = ${threeDigits(z)}`;
      const how = this.message.editable && unit.layer < network.layers.length - 1 ? ". Click: change it, and drag its line" : "";
      said.textContent = `${unitName(network, unit.layer, unit.unit)}: z = ${unitFormula(network, unit.layer, unit.unit)}${state}${how}`;
    } else if (this.edge) {
      const { layer, to, from } = this.edge, { inputs, weights } = network.layers[layer];
      said.textContent = `Weight ${weightName(network, this.edge)}: ${threeDigits(weights[to * inputs + from])}${this.message.editable ? ". Click to change it." : ""}`;
    } else {
      said.innerHTML = `<i style="background:${palette.positive}"></i>above 0 <i style="background:${palette.negative}"></i>below 0`;
      const bright = network.layers[0].slopes?.[0] < 0 ? "values" : "bright: units that are on";
      said.append(values ? ` · ${bright} at ${pointText(point)}` : " · point at a unit: its line lights in the picture");
    }
  }
}

