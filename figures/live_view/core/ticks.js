// Ticks of an axis: round values, and their labels. figures/style/ticks.py computes the same; a table of examples tests
// both.

import { superscript } from "./numbers.js";

const MOST_DIGITS = 5; // of a label after or before the point; more do not fit beside an axis

/**
 * The largest of 1, 2 and 5 times a power of ten that is not above `most`.
 * @param {number} most
 */
export function roundStep(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2].map((digit) => digit * power).find((step) => step <= most * (1 + 1e-12)) ?? power;
}

/**
 * Ticks between two numbers, with their labels. Where labels would differ only in late digits, `base` states the part
 * that all ticks share, and the power of ten of the labels; the
 * power alone where numbers are very small or large.
 * @param {number} from
 * @param {number} to
 * @param {number} wanted about how many
 * @returns {{ places: { value: number, text: string }[], base: string }}
 */
export function ticks(from, to, wanted) {
  const step = roundStep((to - from) / wanted), exponent = Math.floor(Math.log10(step) + 1e-9);
  const digits = Math.max(0, -exponent), shared = digits > 3 && Math.max(Math.abs(from), Math.abs(to)) > 100 * step;
  const late = shared || Math.abs(exponent) > MOST_DIGITS;
  const base = shared ? Math.round((from + to) / 2 / (10 * step)) * 10 * step : 0;
  const unit = late ? 10 ** exponent : 1, places = [];
  for (let n = Math.ceil((from - base) / step); base + n * step <= to; n++) {
    const text = n === 0 ? "0" : ((n * step) / unit).toFixed(late ? 0 : digits).replace("-", "−");
    places.push({ value: base + n * step, text });
  }
  const shift = shared ? `${base < 0 ? "+" : "−"} ${Math.abs(base).toFixed(Math.max(0, digits - 1))}, ` : "";
  return { places, base: late ? `${shift}in 10${superscript(exponent)}` : "" };
}
