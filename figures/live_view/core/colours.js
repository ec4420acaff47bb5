// Colours are #rrggbb in the palette that Python sends, and RGBA words in a raster.

/** @import { Palette } from "./types.js" */

/**
 * @param {string} colour
 * @returns {[number, number, number]} from 0 to 255
 */
export function channels(colour) {
  const at = (/** @type {number} */ i) => parseInt(colour.slice(i, i + 2), 16);
  return [at(1), at(3), at(5)];
}

/**
 * @param {string} colour
 */
export function word(colour) {
  const [r, g, b] = channels(colour);
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/**
 * Linear interpolation in sRGB: `start` for share 0, `end` for share 1.
 * @param {string} start
 * @param {string} end
 * @param {number} share
 */
export function mix(start, end, share) {
  const [a, b] = [channels(start), channels(end)];
  return "#" + a.map((v, i) => Math.round(v + (b[i] - v) * share).toString(16).padStart(2, "0")).join("");
}

/**
 * The colour at `share` in [0, 1] of a scale of equally spaced colours.
 * @param {string[]} scale
 * @param {number} share
 */
export function along(scale, share) {
  const position = share * (scale.length - 1), before = Math.min(Math.floor(position), scale.length - 2);
  return mix(scale[before], scale[before + 1], position - before);
}

/**
 * The palette in which the classes are so many bands of a number, in order; itself where there is none.
 * @template {Pick<Palette, "class_fills" | "class_points" | "band_fills" | "band_points" | "palest" | "palest_band">} P
 * @param {P} palette
 * @param {number} bands
 * @returns {P}
 */
export function ofBands(palette, bands) {
  if (!bands) return palette;
  const colours = (/** @type {string[]} */ scale) =>
    Array.from({ length: bands }, (_, band) => along(scale, band / Math.max(bands - 1, 1)));
  return { ...palette, class_fills: colours(palette.band_fills), class_points: colours(palette.band_points), palest: palette.palest_band };
}

/**
 * The colour of a layer's edges, from one sequential scale over the layers 0..layers-1, the first strongest.
 * @param {Pick<Palette, "edges">} palette
 * @param {number} layer
 * @param {number} layers
 */
export function edgeColour(palette, layer, layers) {
  return mix(...palette.edges, layer / Math.max(layers - 1, 1));
}

/**
 * The brightness from 0 to 255 of #rrggbb, or of a colour in a browser's computed style.
 * @param {string} colour
 */
export function brightness(colour) {
  const [r, g, b] = /^#[0-9a-f]{6}/i.test(colour) ? channels(colour) : (colour.match(/\d+/g) ?? [255, 255, 255]).map(Number);
  return 0.3 * r + 0.59 * g + 0.11 * b;
}
