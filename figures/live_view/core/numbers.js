// Formats numbers: three significant digits, a minus sign, separated thousands. figures/words.py writes the same;
// tables of examples test both.

/** @import { Point, Scale } from "./types.js" */
/** @typedef {"nearest" | "down" | "up"} Rounding */

/** @type {Record<string, string>} */
const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/**
 * Three significant digits of the shortest decimal of the value. Rounded "down" they are never above it, for lower
 * bounds; rounded "up" never below it, for upper bounds.
 * @param {number} value
 * @param {Rounding} rounding
 */
export function threeDigits(value, rounding = "nearest") {
  if (Number.isNaN(value)) return "undefined";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const minus = value < 0 ? "−" : "";
  const ofSize = rounding === "nearest" || value > 0 ? rounding : rounding === "up" ? "down" : "up";
  const { figures, power } = roundedDigits(Math.abs(value), ofSize);
  if (power < -3 || power >= 5) return `${minus}${figures[0]}.${figures.slice(1)}·10${superscript(power)}`;
  if (power < 0) return `${minus}0.${"0".repeat(-power - 1)}${figures}`;
  const whole = figures.padEnd(power + 1, "0").slice(0, power + 1), part = figures.slice(power + 1);
  return minus + thousands(Number(whole)) + (part && `.${part}`);
}

/**
 * The first three digits of a positive number, and the power of ten of the first of them.
 * @param {number} size
 * @param {Rounding} rounding
 */
function roundedDigits(size, rounding) {
  const [mantissa, exponent] = size.toExponential().split("e"), digits = mantissa.replace(".", "");
  const kept = digits.slice(0, 3).padEnd(3, "0"), rest = digits.slice(3), odd = Number(kept) % 2 === 1;
  const half = rest.length > 0 && (rest[0] > "5" || (rest[0] === "5" && (/[1-9]/.test(rest.slice(1)) || odd)));
  const more = rounding === "up" ? /[1-9]/.test(rest) : rounding === "nearest" && half;
  const figures = String(Number(kept) + (more ? 1 : 0));
  return figures.length > 3 ? { figures: "100", power: Number(exponent) + 1 } : { figures, power: Number(exponent) };
}

/**
 * @param {number} number
 */
export function superscript(number) {
  return [...String(number)].map((sign) => SUPERSCRIPTS[sign]).join("");
}

/**
 * @param {number} number
 */
export function subscript(number) {
  return [...String(number)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
}

/**
 * 12345 -> "12 345", with a thin space.
 * @param {number} count
 */
export function thousands(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/**
 * "1 region", "12 345 regions"; `things` is the plural if it is irregular.
 * @param {number} count
 * @param {string} thing
 * @param {string} things
 */
export function counted(count, thing, things = `${thing}s`) {
  return `${thousands(count)} ${count === 1 ? thing : things}`;
}

/**
 * a·x + b·y + c as text, a minus instead of adding a negative number.
 * @param {[number, number, number]} piece a, b, c
 * @param {[string, string]} names x, y
 */
export function affineText([a, b, c], [x, y]) {
  const term = (/** @type {number} */ value, /** @type {string} */ name) =>
    `${value < 0 ? "−" : "+"} ${threeDigits(Math.abs(value))}${name && ` ${name}`}`;
  return [term(a, x), term(b, y), term(c, "")].join(" ").replace(/^\+ /, "").replace(/^− /, "−");
}

/**
 * A length of `roundStep` as the text of a scale bar.
 * @param {number} length
 */
export function roundLength(length) {
  return length >= 1e-3 && length < 1e4 ? String(Number(length.toPrecision(1))) : threeDigits(length);
}

/**
 * A point as "(s, t)".
 * @param {Point} point
 */
export function pointText(point) {
  return `(${point.map((value) => threeDigits(value)).join(", ")})`;
}

/**
 * A point in the units that the axes show.
 * @param {Point} point
 * @param {[Scale, Scale]} scales
 * @returns {Point}
 */
export function inUnits([s, t], [[s0, perS], [t0, perT]]) {
  return [s0 + s * perS, t0 + t * perT];
}

/**
 * The map a s + b t + c as one of the values that the axes show.
 * @param {[number, number, number]} piece a, b, c
 * @param {[Scale, Scale]} scales
 * @returns {[number, number, number]}
 */
export function mapInUnits([a, b, c], [[s0, perS], [t0, perT]]) {
  return [a / perS, b / perT, c - (a * s0) / perS - (b * t0) / perT];
}
