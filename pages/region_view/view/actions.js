// What hands do to the picture: pin, points, the region under the cursor.

const PIN_STEP = 4; // pixels an arrow key moves the pin; with Shift ten times as many
const EDGE = 24; // pixels from the plot's rim within which a pin moved by keys takes the view along

const ACTIONS = {
  inPlot({ x, y }) {
    const { plot } = this;
    return plot && x >= plot.x && y >= plot.y && x <= plot.x + plot.width && y <= plot.y + plot.height;
  },

  pin() {
    return this.movedPin !== undefined ? this.movedPin : this.overlays.pin;
  },

  // Where Enter pins: under the cursor, else in the middle.
  target() {
    const { plot, cursor } = this;
    return cursor ?? { x: plot.x + plot.width / 2, y: plot.y + plot.height / 2 };
  },

  click(place) {
    if (!this.frame || (place && !this.inPlot(place))) return;
    this.pinBefore = this.pin() ?? null;
    this.movedPin = this.toPoint(place ?? this.target());
    this.tell(["pin", this.movedPin]);
    this.say(this.movedPin);
    this.hover(null); // what the click asked for should not be covered
  },

  doubleClick(place) {
    if (!this.options.edit_points) return this.zoomAt(place, 2);
    this.movedPin = this.pinBefore ?? null; // the first click of the two was not meant as a pin
    this.tell(["pin", this.movedPin], ["add", this.toPoint(place)]);
    this.schedule();
  },

  grab(place) {
    const pin = this.pin(), near = (s, t, reach) => Math.hypot(this.toX(s) - place.x, this.toY(t) - place.y) < reach;
    if (pin && near(...pin, 13)) return { kind: "pin" };
    const index = this.pointAt(place);
    return index === null ? { kind: "pan" } : { kind: "point", index };
  },

  pointAt(place) {
    if (!this.options?.edit_points || !this.options.show_points || !this.view) return null;
    let best = null, reach = 10;
    this.overlays.points.forEach(([s, t], i) => {
      const distance = Math.hypot(this.toX(s) - place.x, this.toY(t) - place.y);
      if (distance < reach) [best, reach] = [i, distance];
    });
    return best;
  },

  // The readout goes along: its numbers are those of where the pin or the point is now.
  drag({ kind, index }, place, done) {
    const point = this.toPoint(place);
    this.holding = !done;
    if (kind === "pin") {
      this.movedPin = point;
      if (done || !this.pending.some((event) => event.kind === "pin")) this.tell(["pin", point]);
      if (done) this.say(point);
    } else {
      this.movedPoint = { index, point };
      if (done) this.tell(["move", [index, ...point]]);
    }
    this.hover(done ? null : place);
  },

  // Arrow keys: the pin, if there is one; else the picture under the mark.
  step(across, up, large) {
    const pin = this.pin(), pixels = PIN_STEP * (large ? 10 : 1);
    if (!pin || !this.view) return this.panBy(-60 * across, 60 * up);
    const k = this.view.k, point = [pin[0] + (across * pixels) / k, pin[1] + (up * pixels) / k];
    const { plot } = this, x = this.toX(point[0]), y = this.toY(point[1]);
    const out = (at, low, high) => Math.max(0, at - (high - EDGE)) - Math.max(0, low + EDGE - at);
    const dx = out(x, plot.x, plot.x + plot.width), dy = out(y, plot.y, plot.y + plot.height);
    if (dx || dy) this.panBy(-dx, -dy);
    this.movedPin = point;
    this.hover(null);
    clearTimeout(this.stepping);
    this.stepping = setTimeout(() => { // when the key rests, or the pin would lag behind a key held down
      this.tell(["pin", this.movedPin]);
      this.say(this.movedPin);
    }, REPORT);
    this.schedule();
  },

  removePoint() {
    if (this.options.edit_points && this.picked !== null && this.picked !== undefined) this.tell(["remove", this.picked]);
  },

  escape() {
    if (!this.help.hidden) return this.toggleHelp();
    if (!this.pin()) return;
    clearTimeout(this.stepping);
    this.movedPin = null;
    this.tell(["pin", null]);
    this.say(null);
    this.schedule();
  },

  // For those who do not see the picture: first where the pin is, then, with the answer, what is known of it.
  say(pin) {
    this.announced = pin ? this.options.said : ""; // an answer that stays the same is said again
    this.spoken.textContent = pin ? `Pinned at (${pin.map((value) => threeDigits(value)).join(", ")}).` : "The pin is gone.";
    this.awaiting = Boolean(pin);
  },

  sayAnswer() {
    const { said } = this.options;
    if (!said || this.pending.some(({ kind }) => kind === "pin")) return;
    if (!this.awaiting && said === this.announced) return;
    this.awaiting = false;
    this.announced = said;
    const place = this.overlays.pin ? `Pin at (${this.overlays.pin.map((value) => threeDigits(value)).join(", ")}). ` : "";
    this.spoken.textContent = place + said;
  },

  hover(place, followed = false) {
    if (!followed && this.view && this.options) this.shareHover?.(place && this.inPlot(place) ? this.toPoint(place) : null);
    this.followed = followed;
    this.cursor = place && this.inPlot(place) ? place : null;
    const region = this.cursor && !this.moving ? this.regionAt(this.cursor) : null;
    this.picked = this.cursor ? this.pointAt(this.cursor) : null;
    this.region = region;
    this.showReadout();
    this.stage.style.cursor = this.picked !== null ? "grab" : "crosshair";
    this.schedule();
  },

  // A new picture under a cursor that rests: its numbers replace those of the picture before.
  hoverAgain() {
    if (!this.cursor || this.region !== null || this.moving) return;
    this.region = this.regionAt(this.cursor);
    this.showReadout();
  },

  // The raster is the index: the region painted on the pixel under the cursor.
  regionAt({ x, y }) {
    if (!this.ids || this.stale.raster) return null;
    const column = Math.floor((x - this.plot.x) * this.ratio), row = Math.floor((y - this.plot.y) * this.ratio);
    if (column < 0 || row < 0 || column >= this.size.width || row >= this.size.height) return null;
    const region = this.ids[row * this.size.width + column];
    return region < this.frame.regions ? region : null;
  },

  showReadout() {
    this.readout.hidden = this.region === null;
    if (this.region === null) return;
    const [s, t] = this.toPoint(this.cursor);
    fillReadout(this.readout, this.frame, this.options, this.palette, this.region, s, t);
    placeReadout(this.readout, this.cursor, this.plot);
  },

  toggleHelp() {
    const { help } = this;
    help.hidden = !help.hidden;
    this.hover(null);
    if (!help.hidden) help.focus({ preventScroll: true });
    else if (help.contains(this.root.getRootNode().activeElement)) this.root.focus({ preventScroll: true });
  },
};
