// Fills: the colour of each pixel, from its region.

import { along, channels, mix, word } from "./colours.js";

/** @import { Fill, NormName, Palette, View } from "./types.js" */
/** @import { Frame } from "./frame.js" */

/**
 * The input of a fill: the frame, the region of each pixel, and the view options.
 * @typedef {object} FillStyle
 * @property {Fill} fill
 * @property {NormName} norm of the gradient
 * @property {Palette} palette
 * @property {boolean} edges whether edges show, those that are not drawn as a shade
 */

export const MARGIN_STEPS = 512; // shades per class in the table; more than a screen's 256 levels of a colour
const SCALE_STEPS = 256; // colours of a scale: a screen's levels of a colour
/** @type {WeakMap<Palette, Uint32Array>} by palette, for the number of classes of the last call */
const classShades = new WeakMap();

/**
 * Class and margin are evaluated at each pixel, so a region that the decision boundary cuts shows both classes. The
 * other fills are one colour per region.
 * @param {Frame} frame
 * @param {View} view its middle is relative to the frame's centre
 * @param {number} width
 * @param {number} height
 * @param {Uint32Array} ids one region per pixel, of `rasterise`
 * @param {Uint32Array} out gets one RGBA word per pixel
 * @param {FillStyle} style
 */
export function colourPixels(frame, view, width, height, ids, out, style) {
  if (style.fill === "class" || style.fill === "margin") paintMargins(frame, view, width, height, ids, out, style);
  else paintRegions(frame, ids, out, style);
  if (frame.ink && style.edges) shadePixels(frame.ink, frame.regions, ids, out, style.palette);
}

/**
 * Over a raster only some edges are drawn as lines; the others darken its cells, by their share of each cell.
 * @param {Uint8Array} ink
 * @param {number} regions
 * @param {Uint32Array} ids
 * @param {Uint32Array} out
 * @param {Palette} palette
 */
function shadePixels(ink, regions, ids, out, palette) {
  const bytes = new Uint8Array(out.buffer, out.byteOffset, 4 * out.length), colour = channels(palette.edges[0]);
  for (let p = 0; p < out.length; p++) {
    if (ids[p] === regions) continue;
    const share = ink[ids[p]] / 255;
    for (let c = 0; c < 3; c++) bytes[4 * p + c] += share * (colour[c] - bytes[4 * p + c]);
  }
}

/**
 * @param {Frame} frame
 * @param {Uint32Array} ids
 * @param {Uint32Array} out
 * @param {FillStyle} style
 */
function paintRegions(frame, ids, out, { fill, norm, palette }) {
  const colours = new Uint32Array(frame.regions + 1); // the last one stays transparent: pixels outside the window
  if (fill === "region") {
    const shades = palette.regions.map(word);
    for (let i = 0; i < frame.regions; i++) colours[i] = shades[frame.shades[i]];
  } else {
    const values = fill === "active" ? frame.active : frame.gradients[norm];
    const [low, high] = frame.ranges[fill === "active" ? "active" : `gradient-${norm}`];
    const steps = scaleWords(palette.scale, SCALE_STEPS), factor = (SCALE_STEPS - 1) / (high - low);
    for (let i = 0; i < frame.regions; i++) {
      colours[i] = steps[Math.min(SCALE_STEPS - 1, Math.max(0, Math.round((values[i] - low) * factor)))];
    }
  }
  for (let p = 0; p < out.length; p++) out[p] = colours[ids[p]];
}

/**
 * Row by row, in runs of pixels of one region, where every logit is affine in x.
 * @param {Frame} frame
 * @param {View} view
 * @param {number} width
 * @param {number} height
 * @param {Uint32Array} ids
 * @param {Uint32Array} out
 * @param {FillStyle} style
 */
function paintMargins(frame, view, width, height, ids, out, { fill, palette }) {
  const { pieces, outputs, per_region: m, regions } = frame, last = MARGIN_STEPS - 1, byClass = fill === "class";
  const steps = byClass ? classWords(frame, palette) : scaleWords(palette.scale, MARGIN_STEPS);
  const factor = MARGIN_STEPS / frame.ranges.margin[1];
  for (let y = 0; y < height; y++) {
    const t = view.t - (y + 0.5 - height / 2) / view.k, row = y * width;
    for (let x = 0; x < width; ) {
      const i = ids[row + x], from = x;
      while (x < width && ids[row + x] === i) x++;
      if (i === regions) {
        out.fill(0, row + from, row + x);
        continue;
      }
      const first = i * m;
      for (let p = from; p < x; p++) {
        const s = view.s + (p + 0.5 - width / 2) / view.k;
        let high = -Infinity, next = -Infinity, best = first;
        for (let j = first; j < first + m; j++) {
          const value = pieces[3 * j] * s + pieces[3 * j + 1] * t + pieces[3 * j + 2];
          if (value > high) { next = high; high = value; best = j; } else if (value > next) next = value;
        }
        const step = Math.min(last, (high - next) * factor) | 0;
        out[row + p] = steps[byClass ? outputs[best] * MARGIN_STEPS + step : step];
      }
    }
  }
}

/**
 * A table of colours per class and step of the margin. The square root resolves small margins, near the boundary.
 * @param {Frame} frame
 * @param {Palette} palette
 */
export function classWords(frame, palette) {
  const known = classShades.get(palette);
  if (known?.length === frame.class_count * MARGIN_STEPS) return known;
  const words = new Uint32Array(frame.class_count * MARGIN_STEPS);
  for (let c = 0; c < frame.class_count; c++) {
    const full = palette.class_fills[c % palette.class_fills.length];
    for (let l = 0; l < MARGIN_STEPS; l++) {
      const strength = palette.palest + (1 - palette.palest) * Math.sqrt(l / (MARGIN_STEPS - 1));
      words[c * MARGIN_STEPS + l] = word(mix(palette.pale, full, strength));
    }
  }
  classShades.set(palette, words);
  return words;
}

/**
 * @param {string[]} scale
 * @param {number} steps
 */
export function scaleWords(scale, steps) {
  return Uint32Array.from({ length: steps }, (_, i) => word(along(scale, i / (steps - 1))));
}
