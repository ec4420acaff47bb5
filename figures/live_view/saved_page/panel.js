// The panel of a picture: what is proved about the pin, and its region, in words and numbers.

import { regionArea } from "../core/frame.js";
import { className } from "../core/legend.js";
import { affineText, counted, inUnits, mapInUnits, pointText, subscript, threeDigits } from "../core/numbers.js";
import { element } from "./elements.js";

/** @import { NormName, Palette, Point, Scale, ViewOptions } from "../core/types.js" */
/** @import { Certificate, Distance } from "../core/certificate.js" */
/** @import { Frame } from "../core/frame.js" */
/** @import { Measured } from "./types.js" */

/** @type {Record<NormName, string>} */
const SIZES = { 1: "‖δ‖₁", 2: "‖δ‖₂", inf: "‖δ‖∞" };
const HINT = "Click in the picture to pin a point: its region, its distances and what they prove stand here. Hover reads a region; wheel or pinch zooms; drag pans; the question mark in the picture lists the keys.";

/**
 * @typedef {object} Pinned
 * @property {Frame} frame
 * @property {ViewOptions} options
 * @property {Palette} palette
 * @property {Point} pin
 * @property {Certificate | null} certificate null if the frame does not hold the pin's region
 * @property {string} proved what the app proved about this pin in all input dimensions, if it did
 * @property {Measured} measured
 */

/**
 * @param {HTMLElement} host
 */
export function showNothing(host) {
  host.replaceChildren(element("p", { class: "quiet-words" }, HINT));
}

/**
 * @param {HTMLElement} host
 * @param {Pinned} pinned
 */
export function showPinned(host, { frame, options, palette, pin, certificate, proved, measured }) {
  const place = pointText(inUnits(pin, options.scales));
  const known = proved ? [element("div", { class: "claim" }, element("b", {}, proved), "In all input dimensions, as the app proved it when the page was saved.")] : [];
  if (!certificate) {
    const why = frame.grid
      ? "This picture has so many regions that the page holds a raster of them, without polygons: it cannot tell distances."
      : "The pin lies outside the picture's window, whose regions are all that this page holds.";
    host.replaceChildren(...known, element("p", { class: "quiet-words" }, `Pinned at ${place}. ${why}`));
    return;
  }
  const alone = measured === "plane";
  host.replaceChildren(
    ...known,
    alone ? planeWords(certificate, options) : claim(certificate, options),
    element("div", { class: "numbers" }, ...(alone ? planeNumbers(certificate, options) : distances(certificate))),
    ...(frame.per_region > 1 ? [scores(certificate, options, palette)] : []),
    formulas(frame, certificate, options),
    element("p", { class: "quiet-words" }, regionWords(frame, certificate, place)),
  );
}

/**
 * The verdict in one sentence, for screen readers.
 * @param {Certificate | null} certificate
 * @param {ViewOptions} options
 * @param {Measured} measured
 */
export function spoken(certificate, options, measured) {
  if (!certificate || measured === "plane") return "";
  const { title, reason } = verdict(certificate, options);
  return `${title} ${reason}`;
}

/**
 * @param {Certificate} certificate
 * @param {ViewOptions} options
 */
function claim(certificate, options) {
  const { title, reason } = verdict(certificate, options);
  const box = element("div", { class: "claim", role: "status" }, element("b", {}, title), ...withSubscripts(reason));
  if (certificate.optimal) box.dataset.optimal = "";
  return box;
}

/**
 * Theorem 3.1 in two sentences, as `verdict` of figures/words.py; distances are rounded down.
 * @param {Certificate} certificate
 * @param {ViewOptions} options
 * @returns {{ title: string, reason: string }}
 */
export function verdict({ dB, dD, cut, radius, optimal, label, other }, options) {
  const size = SIZES[options.norm], [shown, near, far] = [radius, dB.lower, dD?.lower ?? 0].map((value) => threeDigits(value, "down"));
  if (!dD) return { title: "Nothing is certified here.", reason: "This page holds the two largest scores of each region alone, so it does not know d_D." };
  const rival = other === null ? "another class" : className(options, other);
  if (radius === Infinity) return { title: "No perturbation of any size changes the class.", reason: "No unit switches anywhere in this picture's network, and no other class catches up." };
  if (dD.lower === 0) return { title: `The point lies on the decision boundary between ${className(options, label)} and ${rival}.`, reason: "As far as the page's numbers decide, both scores are equal here, so nothing can be certified." };
  if (radius === 0) return { title: "Nothing is certified at this very point.", reason: "The point lies on the boundary of its linear region (d_B = 0): a single region proves nothing here." };
  const title = `No perturbation with ${size} < ${shown} changes the class.`;
  if (optimal) {
    return {
      title: `The smallest perturbation that changes the class has ${size} ≈ ${far}.`,
      reason: `Optimal: the line where the class changes to ${rival} (d_D) is reached inside this linear region, which ends no earlier than d_B = ${near}.`,
    };
  }
  if (dD.lower === Infinity) return { title, reason: `Lower bound: in this region no other class catches up (d_D = ∞), but another region begins at d_B = ${near}, and there another affine map decides.` };
  if (cut) return { title, reason: `Lower bound: the region goes on beyond this picture. This page knows no more of it than that d_B is at least ${near}.` };
  return { title, reason: `Lower bound: another linear region begins at d_B = ${near}, nearer than the decision hyperplane at d_D = ${far}; beyond, another affine map decides.` };
}

/**
 * @param {Certificate} certificate
 * @param {ViewOptions} options
 */
function planeWords({ dB, cut }, options) {
  const size = options.norm === "2" ? distanceText(dB, cut) : null;
  const how = size
    ? `Within this plane, no unit switches nearer than ${size}.`
    : "Distances within this plane are known to this page in ℓ₂ alone.";
  return element("div", { class: "claim", role: "status" }, element("b", {}, how),
    ...withSubscripts("The plane is a small part of the input space. What holds in all input dimensions (d_B, d_D, certificates) takes the network itself, which this page does not hold."));
}

/**
 * @param {Distance} distance
 * @param {boolean} cut
 */
function distanceText({ lower }, cut) {
  return `${cut && Number.isFinite(lower) ? "≥ " : ""}${threeDigits(lower, "down")}`;
}

/**
 * @param {Certificate} certificate
 */
function distances({ dB, dD, cut, radius }) {
  return [
    number("d_B", distanceText(dB, cut), "how far until some unit switches"),
    number("d_D", dD ? threeDigits(dD.lower, "down") : "not known", "how far to another class, if this map held everywhere"),
    number("radius", threeDigits(radius, "down"), "no smaller perturbation changes the class"),
  ];
}

/**
 * The margin; and in ℓ₂, whose lengths the plane's coordinates keep, d_D within the plane. The words say d_B.
 * @param {Certificate} certificate
 * @param {ViewOptions} options
 */
function planeNumbers({ scores: all, label, dD }, options) {
  const values = all.map(({ value }) => value).sort((a, b) => b - a);
  const height = all.length > 1 ? number("margin", threeDigits(values[0] - values[1]), "the largest score less the second") : number(`f${subscript(label)}`, threeDigits(values[0]), "the output");
  if (options.norm !== "2") return [height];
  return [
    height,
    number("d_D on the plane", dD ? threeDigits(dD.lower, "down") : "not known", "how far within the plane to another class, if this map held everywhere"),
  ];
}

/**
 * A text with the names d_B and d_D as one writes them.
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
function withSubscripts(text) {
  /** @type {(string | HTMLElement)[]} */
  const parts = [];
  for (const part of text.split(/(d_[BD])/)) {
    if (/^d_[BD]$/.test(part)) parts.push(element("i", {}, "d"), element("sub", {}, part[2]));
    else parts.push(part);
  }
  return parts;
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} meaning
 */
function number(name, value, meaning) {
  return element("div", { title: meaning, "data-number": name }, element("span", {}, ...withSubscripts(name)), element("strong", {}, value));
}

/**
 * @param {Certificate} certificate
 * @param {ViewOptions} options
 * @param {Palette} palette
 */
function scores({ scores: all, label: best }, options, palette) {
  const values = all.map(({ value }) => value), low = Math.min(...values), span = Math.max(...values) - low || 1;
  return element("div", { class: "scores" }, ...all.flatMap(({ label, value }) => {
    const bar = element("i");
    bar.style.width = `${4 + (96 * (value - low)) / span}%`;
    bar.style.background = palette.class_fills[label % palette.class_fills.length];
    const className_ = label === best ? "first" : "";
    return [
      element("span", { class: className_ }, className(options, label)), bar,
      element("span", { class: className_ }, threeDigits(value)),
    ];
  }));
}

/**
 * The affine map of the region, a line for each score.
 * @param {Frame} frame
 * @param {Certificate} certificate
 * @param {ViewOptions} options
 */
function formulas({ pieces, outputs, per_region: m, centre: [cs, ct] }, { region }, { axes, scales }) {
  const names = /** @type {[string, string]} */ (axes.map((axis) => axis.replace(/ \[[^\]]*\]$/, "")));
  return element("div", { class: "formulas", tabIndex: 0, role: "group", "aria-label": "The affine map of the region" },
    ...Array.from({ length: m }, (_, j) => {
      const [a, b, c] = pieces.subarray(3 * (region * m + j), 3 * (region * m + j) + 3);
      const map = mapInUnits([a, b, c - a * cs - b * ct], /** @type {[Scale, Scale]} */ (scales));
      return element("div", {}, `f${subscript(outputs[region * m + j])} = ${affineText(map, names)}`);
    }));
}

/**
 * @param {Frame} frame
 * @param {Certificate} certificate
 * @param {string} place
 */
function regionWords(frame, { region }, place) {
  const faces = frame.starts[region + 1] - frame.starts[region], units = frame.widths.reduce((sum, width) => sum + width, 0);
  return `Pinned at ${place}. The region: area in view ${threeDigits(regionArea(frame, region))}, ${counted(faces, "side")}, ${frame.active[region]} of ${counted(units, "unit")} on.`;
}
