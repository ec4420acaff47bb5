// Numbers in columns: the same number of digits behind the point, so that they align.

import { threeDigits } from "../../../figures/live_view/core/numbers.js";

const LARGE = 1000; // from which on a column would be too wide

/**
 * @param {number} value
 * @param {number} digits behind the point
 */
export function aligned(value, digits = 2) {
  if (!(Math.abs(value) < LARGE)) return threeDigits(value);
  const text = Math.abs(value).toFixed(digits);
  return `${value < 0 && Number(text) > 0 ? "−" : ""}${text}`;
}

/**
 * Six significant digits.
 * @param {number} value
 */
export function precise(value) {
  return (Object.is(value, -0) ? 0 : value).toPrecision(6).replace("-", "−");
}

/**
 * Two decimals, so that the sum comes out on a calculator; three digits where two decimals would be fewer.
 * @param {number} value
 */
const decimals = (value) => (value >= 1 ? value.toFixed(2) : threeDigits(value));

/**
 * a₁ x₁ + a₂ x₂ + b with numbers.
 * @param {number[]} factors
 * @param {number[]} values
 * @param {number} constant
 */
export function written(factors, values, constant) {
  const terms = factors.map((factor, i) => ({ size: `${decimals(Math.abs(factor))}·${bracketed(values[i])}`, minus: factor < 0 }));
  terms.push({ size: decimals(Math.abs(constant)), minus: constant < 0 });
  return terms.map(({ size, minus }, i) => (i === 0 ? (minus ? "−" : "") : minus ? " − " : " + ") + size).join("");
}

/**
 * @param {number} value
 */
function bracketed(value) {
  const text = threeDigits(value);
  return value < 0 ? `(${text})` : text;
}
