// Numbers as people read them: three significant digits, a real minus, thousands separated. figures/words.py writes the
// same; a table of examples tests both.

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

// Three significant digits of the shortest decimal that names the value; rounded "down" they are never above it, as a
// lower bound must be shown, and rounded "up" never below.
function threeDigits(value, rounding = "nearest") {
  if (Number.isNaN(value)) return "undefined";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const minus = value < 0 ? "−" : "";
  const ofSize = rounding === "nearest" || value > 0 ? rounding : rounding === "up" ? "down" : "up";
  const { figures, power } = roundedDigits(Math.abs(value), ofSize);
  if (power < -3 || power >= 5) return `${minus}${figures[0]}.${figures.slice(1)}·10${raised(power)}`;
  if (power < 0) return `${minus}0.${"0".repeat(-power - 1)}${figures}`;
  const whole = figures.padEnd(power + 1, "0").slice(0, power + 1), part = figures.slice(power + 1);
  return minus + grouped(Number(whole)) + (part && `.${part}`);
}

// The first three digits of a positive number, and the power of ten of the first of them.
function roundedDigits(size, rounding) {
  const [mantissa, exponent] = size.toExponential().split("e"), digits = mantissa.replace(".", "");
  const kept = digits.slice(0, 3).padEnd(3, "0"), rest = digits.slice(3);
  const half = rest.length > 0 && (rest[0] > "5" || (rest[0] === "5" && (/[1-9]/.test(rest.slice(1)) || kept[2] % 2 === 1)));
  const more = rounding === "up" ? /[1-9]/.test(rest) : rounding === "nearest" && half;
  const figures = String(Number(kept) + (more ? 1 : 0));
  return figures.length > 3 ? { figures: "100", power: Number(exponent) + 1 } : { figures, power: Number(exponent) };
}

function raised(number) {
  return [...String(number)].map((sign) => SUPERSCRIPTS[sign]).join("");
}

function grouped(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

// "1 region", "12 345 regions"; `things` where the plural is no mere s.
function counted(count, thing, things = `${thing}s`) {
  return `${grouped(count)} ${count === 1 ? thing : things}`;
}

// a·x + b·y + c with signs where a reader expects them.
function affineText([a, b, c], [x, y]) {
  const term = (value, name) => `${value < 0 ? "−" : "+"} ${threeDigits(Math.abs(value))}${name && `\u2009${name}`}`;
  return [term(a, x), term(b, y), term(c, "")].join(" ").replace(/^\+ /, "").replace(/^− /, "−");
}

// 1, 2 or 5 times a power of ten, not above `most`.
function roundStep(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].find((digit) => digit * power <= most * (1 + 1e-12)) * power;
}

// Round places on an axis. Where they differ only in late digits, `base` says what all share and in which power of ten
// the texts are.
function ticks(from, to, wanted) {
  const step = roundStep((to - from) / wanted), exponent = Math.floor(Math.log10(step) + 1e-9);
  const digits = Math.max(0, -exponent), late = digits > 3 && Math.max(Math.abs(from), Math.abs(to)) > 100 * step;
  const base = late ? Math.round((from + to) / 2 / (10 * step)) * 10 * step : 0;
  const unit = late ? 10 ** exponent : 1, places = [];
  for (let n = Math.ceil((from - base) / step); base + n * step <= to; n++) {
    const text = n === 0 ? "0" : ((n * step) / unit).toFixed(late ? 0 : digits).replace("-", "−");
    places.push({ value: base + n * step, text });
  }
  const shift = `${base < 0 ? "+" : "−"} ${Math.abs(base).toFixed(Math.max(0, digits - 1))}`;
  return { places, base: late ? `${shift}, in 10${raised(exponent)}` : "" };
}
