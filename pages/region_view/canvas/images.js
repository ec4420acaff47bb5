// Points of the plane as the images they are: origin + s u + t v, from the basis that came with the frame.

const THUMBNAIL = 46, SEEN = 112; // CSS pixels a side
const LONG = 10; // class names up to this length are shown whole beside their scores

// A canvas of the image's own size, values clipped to [0, 1]. One channel is grey, three are colours, others lie side
// by side.
function imageAt({ basis, image_shape: [channels, height, width] }, s, t) {
  const pixels = height * width, length = channels * pixels, tiles = channels === 3 ? 1 : channels;
  const image = new ImageData(tiles * width, height);
  for (let tile = 0; tile < tiles; tile++) {
    for (let i = 0; i < pixels; i++) {
      const to = 4 * (Math.floor(i / width) * tiles * width + tile * width + (i % width));
      for (let c = 0; c < 3; c++) {
        const at = (channels === 3 ? c : tile) * pixels + i;
        image.data[to + c] = 255 * (basis[at] + s * basis[length + at] + t * basis[2 * length + at]);
      }
      image.data[to + 3] = 255;
    }
  }
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: tiles * width, height });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// As large as a square of this side holds, in the middle of it.
function drawFitted(context, image, left, top, side) {
  const scale = side / Math.max(image.width, image.height), [width, height] = [image.width * scale, image.height * scale];
  context.drawImage(image, left + (side - width) / 2, top + (side - height) / 2, width, height);
}

// Each beside its point, away from the others, framed in its class's colour.
function drawThumbnails(pen, frame, points, labels) {
  const { context, palette, type } = pen, size = THUMBNAIL * type.scale;
  const places = points.map(([s, t]) => [pen.toX(s), pen.toY(t)]);
  const middle = [0, 1].map((axis) => places.reduce((sum, place) => sum + place[axis], 0) / Math.max(1, places.length));
  points.forEach(([s, t], i) => {
    const [x, y] = places[i], away = [x - middle[0], y - middle[1]], far = Math.hypot(...away);
    const [ex, ey] = far > 1 ? away.map((value) => value / far) : [0, -1];
    const reach = 0.95 * size, [left, top] = [x + ex * reach - size / 2, y + ey * reach - size / 2];
    const colour = palette.class_points[labels[i] % palette.class_points.length];
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + ex * 0.6 * size, y + ey * 0.6 * size);
    strokeCased(pen, colour, 2);
    context.fillStyle = palette.casing;
    context.fillRect(left - 4, top - 4, size + 8, size + 8);
    context.fillStyle = colour;
    context.fillRect(left - 3, top - 3, size + 6, size + 6);
    context.imageSmoothingEnabled = false;
    drawFitted(context, imageAt(frame, s, t), left, top, size);
    context.beginPath();
    context.arc(x, y, 4.5 * type.scale, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.strokeStyle = palette.casing;
    context.lineWidth = 2;
    context.fill();
    context.stroke();
  });
}

// Where the cursor is in a view beside this one.
function drawFollowed(pen, { x, y }) {
  const { context, palette } = pen;
  context.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(x + 3 * dx, y + 3 * dy);
    context.lineTo(x + 10 * dx, y + 10 * dy);
  }
  strokeCased(pen, palette.ink, 1.6);
}

// In the readout: the image under the cursor, and the score of every class that the piece there knows.
function fillSeen(canvas, host, frame, options, palette, region, s, t) {
  const context = sharpContext(canvas, SEEN, SEEN);
  context.imageSmoothingEnabled = false;
  drawFitted(context, imageAt(frame, s, t), 0, 0, SEEN);
  const scores = scoresAt(frame, region, s - frame.centre[0], t - frame.centre[1]);
  const values = scores.map(({ value }) => value), low = Math.min(...values), high = Math.max(...values);
  host.replaceChildren();
  for (const { label, value } of scores) {
    const [name, bar, number] = ["b", "i", "span"].map((tag) => document.createElement(tag));
    const known = options.class_names[label];
    name.textContent = known === undefined ? label : known.length > LONG ? `${known.slice(0, LONG - 1)}…` : known;
    name.style.fontWeight = number.style.fontWeight = value === high ? 700 : 400;
    bar.style.width = `${6 + (94 * (value - low)) / (high - low || 1)}%`;
    bar.style.background = palette.class_fills[label % palette.class_fills.length];
    number.textContent = threeDigits(value);
    host.append(name, bar, number);
  }
}

// Of region i's affine map at (s, t) relative to the frame's centre, in the order of the classes.
function scoresAt({ pieces, outputs, per_region: m }, i, s, t) {
  return Array.from({ length: m }, (_, j) => {
    const at = 3 * (i * m + j);
    return { label: outputs[i * m + j], value: pieces[at] * s + pieces[at + 1] * t + pieces[at + 2] };
  });
}
