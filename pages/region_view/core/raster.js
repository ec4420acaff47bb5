// Fills as a raster: which region each pixel's centre lies in, then a colour for each pixel.
// The regions tile the window and every edge is computed alike from both its sides, so a pixel has exactly one region:
// no seams, no gaps, and the buffer is also the index that answers the hover.

// view: s, t of the middle (relative to the frame's centre) and k, pixels per unit.
// ids gets one region per pixel, frame.regions outside the window.
function rasterise(frame, view, width, height, ids, scratch) {
  if (frame.grid) {
    rasteriseGrid(frame, view, width, height, ids);
    return;
  }
  const { regions, vertices, starts, ring, boxes } = frame;
  const { s, t, k } = view, halfWidth = width / 2, halfHeight = height / 2;
  const count = vertices.length;
  if (!scratch.xy || scratch.xy.length < count) scratch.xy = new Float64Array(count);
  if (!scratch.left || scratch.left.length < height) {
    scratch.left = new Float64Array(height);
    scratch.right = new Float64Array(height);
  }
  const { xy, left, right } = scratch;
  for (let v = 0; v < count; v += 2) {
    xy[v] = (vertices[v] - s) * k + halfWidth - 0.5; // pixel centres on integers
    xy[v + 1] = halfHeight - (vertices[v + 1] - t) * k - 0.5;
  }
  ids.fill(regions);
  for (let i = 0; i < regions; i++) {
    const x0 = (boxes[4 * i] - s) * k + halfWidth - 0.5, x1 = (boxes[4 * i + 1] - s) * k + halfWidth - 0.5;
    const y0 = halfHeight - (boxes[4 * i + 3] - t) * k - 0.5, y1 = halfHeight - (boxes[4 * i + 2] - t) * k - 0.5;
    if (x1 < 0 || y1 < 0 || x0 > width - 1 || y0 > height - 1) continue;
    const top = Math.max(0, Math.ceil(y0)), bottom = Math.min(height, Math.ceil(y1));
    if (top >= bottom || Math.ceil(x0) >= Math.ceil(x1)) continue; // between pixel centres
    const first = starts[i], last = starts[i + 1];
    let b = 2 * ring[last - 1];
    for (let h = first; h < last; h++) {
      const a = b;
      b = 2 * ring[h];
      const falls = xy[b + 1] > xy[a + 1]; // counter-clockwise: down the left side, up the right
      const high = falls ? a : b, low = falls ? b : a;
      const from = Math.max(top, Math.ceil(xy[high + 1])), to = Math.min(bottom, Math.ceil(xy[low + 1]));
      if (from >= to) continue;
      const slope = (xy[low] - xy[high]) / (xy[low + 1] - xy[high + 1]);
      const side = falls ? left : right;
      for (let y = from; y < to; y++) side[y] = xy[high] + (y - xy[high + 1]) * slope;
    }
    for (let y = top; y < bottom; y++) {
      const from = Math.max(0, Math.ceil(left[y])), to = Math.min(width, Math.ceil(right[y]));
      const row = y * width;
      for (let p = row + from; p < row + to; p++) ids[p] = i;
    }
  }
}

// Fills that come as a raster: its cells lie row by row from the window's lower left corner.
function rasteriseGrid({ grid: [columns, rows], window: [s0, s1, t0, t1], centre: [cs, ct], regions }, view, width, height, ids) {
  const columnOf = new Int32Array(width);
  for (let x = 0; x < width; x++) {
    const s = cs + view.s + (x + 0.5 - width / 2) / view.k;
    columnOf[x] = s < s0 || s >= s1 ? -1 : Math.floor(((s - s0) / (s1 - s0)) * columns);
  }
  ids.fill(regions);
  for (let y = 0; y < height; y++) {
    const t = ct + view.t - (y + 0.5 - height / 2) / view.k;
    if (t < t0 || t >= t1) continue;
    const row = Math.floor(((t - t0) / (t1 - t0)) * rows), first = row * columns;
    for (let x = 0; x < width; x++) if (columnOf[x] >= 0) ids[y * width + x] = first + columnOf[x];
  }
}

const MARGIN_STEPS = 512;
const classShades = new WeakMap(); // of each palette, for as many classes as were last asked for
const SCALE_STEPS = 256;

// out: one RGBA word per pixel. Class and margin are evaluated at each pixel, so a region that the decision boundary
// cuts shows both classes; the other fills are one colour per region.
function colourPixels(frame, view, width, height, ids, out, fill, norm, palette) {
  fillPixels(frame, view, width, height, ids, out, fill, norm, palette);
  if (frame.ink) shadePixels(frame, ids, out, palette);
}

// Beside a raster only some edges are drawn as lines; all of them together darken its cells.
function shadePixels({ ink, regions }, ids, out, palette) {
  const bytes = new Uint8Array(out.buffer, out.byteOffset, 4 * out.length), colour = channels(palette.edges[0]);
  for (let p = 0; p < out.length; p++) {
    if (ids[p] === regions) continue;
    const share = ink[ids[p]] / 255;
    for (let c = 0; c < 3; c++) bytes[4 * p + c] += share * (colour[c] - bytes[4 * p + c]);
  }
}

function fillPixels(frame, view, width, height, ids, out, fill, norm, palette) {
  if (fill === "class" || fill === "margin") {
    paintMargins(frame, view, width, height, ids, out, fill, palette);
    return;
  }
  const colours = new Uint32Array(frame.regions + 1); // the last stays transparent: outside the window
  if (fill === "region") {
    const shades = palette.regions.map(word);
    for (let i = 0; i < frame.regions; i++) colours[i] = shades[frame.shades[i]];
  } else {
    const name = fill === "active" ? "active" : `gradient-${norm}`;
    const [low, high] = frame.ranges[name], steps = scaleWords(palette.scale), values = frame[name];
    const factor = (SCALE_STEPS - 1) / (high - low);
    for (let i = 0; i < frame.regions; i++) {
      colours[i] = steps[Math.min(SCALE_STEPS - 1, Math.max(0, Math.round((values[i] - low) * factor)))];
    }
  }
  for (let p = 0; p < out.length; p++) out[p] = colours[ids[p]];
}

// Row by row, in runs of pixels of one region, where every logit is a straight line in x.
function paintMargins(frame, view, width, height, ids, out, fill, palette) {
  const { pieces, outputs, per_region: m, regions } = frame, last = MARGIN_STEPS - 1;
  const byClass = fill === "class", steps = byClass ? classWords(frame, palette) : marginWords(palette.scale);
  const factor = MARGIN_STEPS / frame.ranges.margin[1];
  for (let y = 0; y < height; y++) {
    const t = view.t - (y + 0.5 - height / 2) / view.k, row = y * width;
    for (let x = 0; x < width; ) {
      const i = ids[row + x], from = x;
      while (x < width && ids[row + x] === i) x++;
      if (i === regions) {
        out.fill(0, row + from, row + x);
        continue;
      }
      const first = i * m;
      for (let p = from; p < x; p++) {
        const s = view.s + (p + 0.5 - width / 2) / view.k;
        let high = -Infinity, next = -Infinity, best = first;
        for (let j = first; j < first + m; j++) {
          const value = pieces[3 * j] * s + pieces[3 * j + 1] * t + pieces[3 * j + 2];
          if (value > high) { next = high; high = value; best = j; } else if (value > next) next = value;
        }
        const step = Math.min(last, (high - next) * factor) | 0;
        out[row + p] = steps[byClass ? outputs[best] * MARGIN_STEPS + step : step];
      }
    }
  }
}

// The square root shows where the margin is small, which is where it matters.
function classWords(frame, palette) {
  const known = classShades.get(palette);
  if (known?.length === frame.class_count * MARGIN_STEPS) return known;
  const words = new Uint32Array(frame.class_count * MARGIN_STEPS);
  for (let c = 0; c < frame.class_count; c++) {
    const full = palette.class_fills[c % palette.class_fills.length];
    for (let l = 0; l < MARGIN_STEPS; l++) {
      words[c * MARGIN_STEPS + l] = word(mix(palette.pale, full, 0.3 + 0.7 * Math.sqrt(l / (MARGIN_STEPS - 1))));
    }
  }
  classShades.set(palette, words);
  return words;
}

function marginWords(scale) {
  return Uint32Array.from({ length: MARGIN_STEPS }, (_, i) => word(along(scale, i / (MARGIN_STEPS - 1))));
}

function scaleWords(scale) {
  return Uint32Array.from({ length: SCALE_STEPS }, (_, i) => word(along(scale, i / (SCALE_STEPS - 1))));
}
