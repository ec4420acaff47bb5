// Paints a surface without WebGL: triangles and lines from the farthest to the nearest, each over those before.

import { contextOf } from "./context.js";

/** @import { Orbit } from "../core/orbit.js" */
/** @import { Sheet } from "../core/sheet.js" */
/** @import { SheetLines } from "../core/sheet_lines.js" */
/** @import { Detail, Scene } from "./sheet_webgl.js" */

const NEARER = 0.004; // by how much a line is nearer than the triangles beside it, in depths of `Orbit`

export class SheetPainter {
  /**
   * @param {HTMLCanvasElement} canvas
   */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = contextOf(canvas);
    /** @type {Record<Detail, { sheets: Sheet[], tones: Float32Array[] }>} */
    this.held = { fine: { sheets: [], tones: [] }, coarse: { sheets: [], tones: [] } };
    /** @type {Uint32Array} */
    this.words = new Uint32Array(0);
    this.columns = 1;
    /** @type {SheetLines} */
    this.lines = { ends: new Float32Array(0), colours: new Uint32Array(0), widths: new Float32Array(0), oneIn: 1 };
  }

  isLost() {
    return false;
  }

  /**
   * @param {Sheet[]} sheets
   * @param {Float32Array[]} tones
   * @param {Detail} detail
   */
  setSheets(sheets, tones, detail) {
    this.held[detail] = { sheets, tones };
  }

  /**
   * @param {Uint32Array} words
   * @param {number} columns
   */
  setColours(words, columns) {
    this.words = words;
    this.columns = columns;
  }

  /**
   * @param {SheetLines} lines
   */
  setLines(lines) {
    this.lines = lines;
  }

  /**
   * @param {Scene} scene
   */
  draw({ orbit, ratio, region, zero, detail }) {
    const { context, canvas, lines } = this, { plot } = orbit, { sheets, tones } = this.held[detail];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio, 0, 0, ratio, -plot.x * ratio, -plot.y * ratio);
    context.lineJoin = context.lineCap = "round";
    /** @type {[number, () => void][]} */
    const parts = [];
    sheets.forEach((sheet, i) => this.addTriangles(parts, sheet, tones[i], orbit, region, sheets.length > 1));
    for (let l = 0; detail === "fine" && l < lines.widths.length; l++) {
      const a = orbit.place(lines.ends[6 * l], lines.ends[6 * l + 1], lines.ends[6 * l + 2]);
      const b = orbit.place(lines.ends[6 * l + 3], lines.ends[6 * l + 4], lines.ends[6 * l + 5]), colour = lines.colours[l];
      parts.push([(a.depth + b.depth) / 2 - NEARER, () => {
        context.strokeStyle = rgba(colour, 1, (colour >>> 24) / 255);
        context.lineWidth = lines.widths[l];
        context.beginPath();
        context.moveTo(a.x, a.y);
        context.lineTo(b.x, b.y);
        context.stroke();
      }]);
    }
    parts.sort(([one], [other]) => other - one);
    for (const [, paint] of parts) paint();
    if (zero) this.drawZero(orbit, zero);
  }

  /**
   * @param {[number, () => void][]} parts
   * @param {Sheet} sheet
   * @param {Float32Array} tones
   * @param {Orbit} orbit
   * @param {number | null} region
   * @param {boolean} several whether there are more sheets
   */
  addTriangles(parts, { places, slopes, triangles, regions, above }, tones, orbit, region, several) {
    const { context, words, columns } = this, light = orbit.light(), size = Math.hypot(...light), rise = orbit.rise * orbit.unit;
    const count = regions.length, at = Array.from({ length: count }, (_, k) => orbit.place(places[3 * k], places[3 * k + 1], places[3 * k + 2]));
    for (let i = 0; i < triangles.length; i += 3) {
      const [a, b, c] = triangles.subarray(i, i + 3), [p, q, r] = [at[a], at[b], at[c]];
      const [x, y] = [-slopes[2 * a] * rise, -slopes[2 * a + 1] * rise];
      const facing = (x * light[0] + y * light[1] + light[2]) / Math.hypot(x, y, 1) / size / (light[2] / size);
      const shade = Math.min(1.12, Math.max(0.6, 0.56 + 0.44 * facing)) * (regions[a] === region ? 0.84 : 1);
      const column = Math.min(columns - 1, Math.max(0, Math.floor(((tones[2 * a] + tones[2 * b] + tones[2 * c]) / 3) * columns)));
      const colour = words[Math.round(tones[2 * a + 1]) * columns + column], opacity = several && above[a] ? 0.76 : 1;
      parts.push([(p.depth + q.depth + r.depth) / 3, () => {
        context.beginPath();
        context.moveTo(p.x, p.y);
        context.lineTo(q.x, q.y);
        context.lineTo(r.x, r.y);
        context.closePath();
        context.fillStyle = context.strokeStyle = rgba(colour, shade, opacity);
        context.fill();
        context.lineWidth = 0.6; // closes the seams between triangles
        if (opacity === 1) context.stroke();
      }]);
    }
  }

  /**
   * @param {Orbit} orbit
   * @param {string} colour
   */
  drawZero(orbit, colour) {
    const { context } = this, [s0, s1, t0, t1] = orbit.box.window;
    context.beginPath();
    for (const [s, t] of [[s0, t0], [s1, t0], [s1, t1], [s0, t1]]) {
      const { x, y } = orbit.place(s, t, 0);
      context.lineTo(x, y);
    }
    context.closePath();
    context.globalAlpha = 0.14;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
  }

  /**
   * @param {() => void} painted
   */
  whenPainted(painted) {
    painted();
  }

  close() {}
}

/**
 * @param {number} word
 * @param {number} shade
 * @param {number} opacity
 */
function rgba(word, shade, opacity) {
  const [r, g, b] = [0, 8, 16].map((shift) => Math.min(255, Math.round(((word >> shift) & 255) * shade)));
  return `rgb(${r} ${g} ${b} / ${opacity})`;
}
