// Numbers as people read them: three significant digits, a real minus, thousands separated.

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

function threeDigits(value) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    const [digits, exponent] = value.toExponential(2).split("e");
    return `${digits}·10${raised(Number(exponent))}`.replace("-", "−");
  }
  return (size >= 1000 ? grouped(Math.round(value)) : value.toPrecision(3)).replace("-", "−");
}

function raised(number) {
  return [...String(number)].map((sign) => SUPERSCRIPTS[sign]).join("");
}

function grouped(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
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
