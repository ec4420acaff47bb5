// The hover's answer: what the network does in the region under the cursor.

function fillReadout(box, frame, options, palette, region, s, t) {
  const [cs, ct] = frame.centre;
  const here = evaluateRegion(frame, region, s - cs, t - ct);
  const faces = frame.grid ? 0 : frame.starts[region + 1] - frame.starts[region];
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  const label = className(options, here.label);
  drawBadgeShape(part("shape"), here.label, palette);
  part("class").textContent = label;
  part("margin").textContent = here.other === null ? "" : `margin ${threeDigits(here.margin)}`;
  const names = [here.label, here.other].map((index) => `f${subscript(index ?? 0)}`);
  part("map").textContent =
    here.other === null ? "" : `${names[0]} − ${names[1]} = ${affineText(here.map, options.axes)}`;
  drawPattern(part("pattern"), frame, region, palette);
  part("shape-of").textContent = frame.grid ? "" : `area ${threeDigits(regionArea(frame, region))} · ${counted(faces, "face")}`;
  part("seen").hidden = !frame.basis;
  if (frame.basis) fillSeen(part("image"), part("scores"), frame, options, palette, region, s, t);
  part("place").textContent = `(${threeDigits(s)}, ${threeDigits(t)})`;
  return label;
}

// Beside the cursor, on the side with room.
function placeReadout(box, { x, y }, plot) {
  const { width, height } = box.getBoundingClientRect(), gap = 18;
  const left = x + gap + width <= plot.x + plot.width ? x + gap : Math.max(4, x - gap - width);
  const top = Math.min(Math.max(plot.y + 4, y - height / 2), plot.y + plot.height - height - 4);
  box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

function subscript(number) {
  return [...String(number)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");
}

function drawBadgeShape(canvas, label, palette) {
  const context = sharpContext(canvas, 18, 18);
  traceShape(context, label, 9, 9, 6);
  context.fillStyle = palette.class_points[label % palette.class_points.length];
  context.fill();
}

// One row of marks per layer, a unit that is on filled; and the count in words for those who do not see it.
function drawPattern(host, frame, region, palette) {
  host.replaceChildren();
  const pattern = regionPattern(frame, region);
  const addRow = (text, canvas) => {
    const row = document.createElement("div"), name = document.createElement("span");
    name.textContent = text;
    row.append(name, ...(canvas ? [canvas] : []));
    host.append(row);
  };
  if (!pattern) {
    const units = frame.widths.reduce((sum, width) => sum + width, 0);
    addRow(`${grouped(frame.active[region])} of ${counted(units, "unit")} on`);
    return;
  }
  pattern.slice(0, 8).forEach((bits, layer) => {
    const canvas = document.createElement("canvas");
    drawBits(canvas, bits, palette);
    addRow(`layer ${layer + 1}: ${bits.reduce((sum, bit) => sum + bit, 0)}/${bits.length} on`, canvas);
  });
  if (pattern.length > 8) addRow(`and ${counted(pattern.length - 8, "more layer")}`);
}

function drawBits(canvas, bits, palette) {
  const width = 150, perRow = bits.length <= 75 ? bits.length : bits.length <= 300 ? 50 : 75;
  const rows = Math.min(8, Math.ceil(bits.length / perRow)), step = Math.min(9, width / perRow), height = rows > 2 ? 3.5 : 6;
  const context = sharpContext(canvas, width, rows * (height + 1));
  bits.slice(0, rows * perRow).forEach((bit, i) => {
    const [x, y] = [(i % perRow) * step, Math.floor(i / perRow) * (height + 1)];
    context.fillStyle = bit ? palette.ink : palette.faint;
    context.globalAlpha = bit ? 1 : 0.28;
    context.fillRect(x, y, Math.max(0.8, step - 0.7), height);
  });
}

function sharpContext(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
