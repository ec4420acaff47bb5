// Numbers as people read them: three significant digits, a real minus, thousands separated.

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

function threeDigits(value) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    const [digits, exponent] = value.toExponential(2).split("e");
    const raised = [...exponent.replace("+", "")].map((sign) => SUPERSCRIPTS[sign]).join("");
    return `${digits}·10${raised}`.replace("-", "−");
  }
  return (size >= 1000 ? grouped(Math.round(value)) : value.toPrecision(3)).replace("-", "−");
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

function ticks(from, to, wanted) {
  const step = roundStep((to - from) / wanted);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let n = Math.ceil(from / step); n * step <= to; n++) {
    found.push({ value: n * step, text: (n === 0 ? "0" : (n * step).toFixed(digits)).replace("-", "−") });
  }
  return found;
}
