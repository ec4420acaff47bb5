// Painting: the ground (fills and lines, in device pixels) when it is stale, the marks over it every time.

function paint(live) {
  if (!live.frame || !live.options || !live.root.clientWidth) return;
  live.layout();
  const slow = live.moving && live.groundView && live.groundMs > SLOW_PAINT;
  if (slow) shiftGround(live);
  else if (live.stale.raster || live.stale.fill || live.stale.lines) paintGround(live);
  live.hoverAgain();
  paintMarks(live);
  report(live);
  live.answer();
}

// While a gesture lasts, a picture that is slow to paint moves as it is.
function shiftGround({ ground, groundView, view, plot }) {
  const zoom = view.k / groundView.k;
  const x = plot.width / 2 + (groundView.s - view.s) * view.k - (zoom * plot.width) / 2;
  const y = plot.height / 2 - (groundView.t - view.t) * view.k - (zoom * plot.height) / 2;
  ground.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
}

function paintGround(live) {
  const began = performance.now(), { plot, ratio, ground, frame, stale, palette, options } = live;
  const size = { width: Math.round(plot.width * ratio), height: Math.round(plot.height * ratio), ratio };
  const clip = ground.parentElement.style;
  [clip.left, clip.top, clip.width, clip.height] = [plot.x, plot.y, plot.width, plot.height].map((v) => `${v}px`);
  if (ground.width !== size.width || ground.height !== size.height || !live.ids) {
    for (const canvas of [ground, live.fills]) Object.assign(canvas, { width: size.width, height: size.height });
    live.ids = new Uint32Array(size.width * size.height);
    live.image = new ImageData(size.width, size.height);
    stale.raster = true;
  }
  live.size = size;
  const { view } = live;
  const near = { s: view.s - frame.centre[0], t: view.t - frame.centre[1], k: view.k * ratio };
  if (stale.raster) {
    rasterise(frame, near, size.width, size.height, live.ids, live.scratch);
    live.alone = live.ids[0] < frame.regions && live.ids.every((region) => region === live.ids[0]);
  }
  if (stale.raster || stale.fill) {
    const words = new Uint32Array(live.image.data.buffer);
    colourPixels(frame, near, size.width, size.height, live.ids, words, options.fill, options.norm, palette);
    live.fills.getContext("2d").putImageData(live.image, 0, 0);
  }
  const filled = performance.now();
  const context = ground.getContext("2d");
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, size.width, size.height);
  if (!live.covers(live.visibleWindow())) hatch(context, size, palette);
  context.drawImage(live.fills, 0, 0);
  live.edges = drawEdges(context, frame, near, size, palette, options);
  ground.style.transform = "";
  live.groundView = { ...view };
  live.groundMs = performance.now() - began;
  live.fillMs = filled - began;
  live.stale = { raster: false, fill: false, lines: false };
  live.paints++;
}

// What has not been enumerated is neither a region nor empty: lines across it.
function hatch(context, { width, height, ratio }, palette) {
  const step = 9 * ratio;
  context.beginPath();
  for (let x = -height; x < width; x += step) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.strokeStyle = palette.faint;
  context.globalAlpha = 0.35;
  context.lineWidth = ratio;
  context.stroke();
  context.globalAlpha = 1;
}

function paintMarks(live) {
  const { marks, stageSize, ratio, frame, options } = live;
  const [width, height] = [Math.round(stageSize.width * ratio), Math.round(stageSize.height * ratio)];
  if (marks.width !== width || marks.height !== height) Object.assign(marks, { width, height });
  const context = marks.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, stageSize.width, stageSize.height);
  const { palette, plot, view, type } = live;
  const pen = { context, palette, plot, view, type, toX: (s) => live.toX(s), toY: (t) => live.toY(t) };
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y, plot.width, plot.height);
  context.clip();
  if (live.region !== null && live.region !== undefined && !frame.grid) drawHovered(pen, frame, live.region);
  const points = live.overlays.points.slice();
  if (live.movedPoint) points[live.movedPoint.index] = live.movedPoint.point;
  const balls = live.overlays.data_balls, ball = balls ? balls.eps * view.k : 0;
  if (balls) drawDataBalls(pen, points, balls);
  if (options.show_points && options.thumbnails && frame.basis) drawThumbnails(pen, frame, points, live.overlays.labels);
  else if (options.show_points) drawPoints(pen, points, live.overlays.labels, live.picked, ball > 1 ? ball : undefined);
  if (live.followed && live.cursor) drawFollowed(pen, live.cursor);
  drawCertificate(pen, live.overlays);
  const pin = live.pin();
  if (pin) drawPin(pen, pin);
  if (live.byKeys()) drawTarget(pen, live.target());
  context.restore();
  drawAxes(pen, options.axes);
  const taken = drawBadge(pen, [options.badge, ...notes(live)]);
  if (options.guides) {
    drawLegend(pen, frame, live.overlays, options);
    drawScaleBar(pen, taken);
  }
}

// What one should know of the view beside what the badge says: what is missing in it, and where it ends.
function notes(live) {
  const { edges, frame, view, alone } = live, said = [];
  if (!live.covers(live.visibleWindow())) {
    const more = "hatched: more regions than one picture holds; zoom in to have them all";
    said.push(frame.truncated ? more : "hatched: these regions are being found");
  }
  if (edges?.oneIn > 1) {
    said.push(`edges of one unit in ${edges.oneIn} drawn${frame.ink ? ", the others as shade" : ""}; zoom in for all`);
  }
  if (live.atLimit()) said.push(`enlarged ${threeDigits(view.k / live.fitted(live.home).k)} times, no further; 0 shows all`);
  if (alone && !frame.grid) said.push("one region fills the view: the network is one affine map here; 0 shows all");
  return said;
}

// What tests and people with other senses can read off the picture.
function report(live) {
  const { marks, frame, overlays, options } = live;
  if (live.arrived !== undefined) {
    live.updateMs = performance.now() - live.arrived;
    live.arrived = undefined;
    const settled = !live.pending.some(({ kind }) => kind === "pin");
    if (live.pinSent && settled) {
      marks.dataset.pinMs = (performance.now() - live.pinSent).toFixed(1);
      live.pinSent = null;
    }
  }
  Object.assign(marks.dataset, {
    frame: frame.hash,
    paints: live.paints,
    paintMs: live.groundMs?.toFixed(1),
    fillMs: live.fillMs?.toFixed(1),
    regions: options.count ?? (frame.grid ? "" : frame.regions),
    covered: live.covers(live.visibleWindow()),
    notes: notes(live).join(" · "),
    raster: frame.grid ? frame.grid.join("×") : "",
    edges: live.edges?.drawn,
    fill: options.fill,
    pin: overlays.pin ? overlays.pin.map((value) => value.toPrecision(6)).join(",") : "",
    balls: overlays.balls.length,
    verdicts: overlays.data_balls?.verdicts.join("") ?? "",
    points: overlays.points.length,
    view: live.visibleWindow().map((value) => value.toPrecision(8)).join(","),
    region: live.region ?? "",
  });
  const count = options.count ?? (frame.grid ? null : frame.regions);
  const regions = count === null ? "" : counted(count, "region");
  const what = ["Linear regions", options.badge || regions, ...notes(live)].filter(Boolean).join(": ");
  if (live.root.getAttribute("aria-label") !== what) live.root.setAttribute("aria-label", what);
}

function savePng(live) {
  const { marks, ground, plot, ratio, palette } = live, canvas = document.createElement("canvas");
  Object.assign(canvas, { width: marks.width, height: marks.height });
  const context = canvas.getContext("2d");
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(ground, Math.round(plot.x * ratio), Math.round(plot.y * ratio));
  context.drawImage(marks, 0, 0);
  saveCanvas(canvas, "reluscope.png", live.options.about);
}
