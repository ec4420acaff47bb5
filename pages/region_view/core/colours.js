// Colours are #rrggbb in the palette Python sends, and RGBA words in a raster.

function channels(colour) {
  return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
}

function word(colour) {
  const [r, g, b] = channels(colour);
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

function mix(start, end, share) {
  const [a, b] = [channels(start), channels(end)];
  return "#" + a.map((v, i) => Math.round(v + (b[i] - v) * share).toString(16).padStart(2, "0")).join("");
}

function along(scale, share) {
  const position = share * (scale.length - 1), before = Math.min(Math.floor(position), scale.length - 2);
  return mix(scale[before], scale[before + 1], position - before);
}

function brightness(colour) {
  const [r, g, b] = /^#[0-9a-f]{6}/i.test(colour) ? channels(colour) : (colour.match(/\d+/g) ?? [255, 255, 255]).map(Number);
  return 0.3 * r + 0.59 * g + 0.11 * b;
}
