// Mouse, touch and keyboard in the output plane: point, pan, zoom, move the rail, press keys and buttons.

export function attachInteractions(view) {
  const on = (target, name, action, more = {}) => target.addEventListener(name, action, { signal: view.stop.signal, ...more });
  const at = (event) => ({ x: event.offsetX, y: event.offsetY });
  let held = null;
  on(view.canvas, "pointerdown", (event) => {
    view.canvas.setPointerCapture(event.pointerId);
    view.root.dataset.by = "pointer";
    held = at(event);
    if (event.pointerType === "touch") view.hover(held); // there is no pointing before
  });
  on(view.canvas, "pointermove", (event) => {
    const place = at(event);
    if (held) {
      view.panBy(place.x - held.x, place.y - held.y);
      held = place;
    } else view.hover(place);
  });
  for (const name of ["pointerup", "pointercancel"]) on(view.canvas, name, () => { held = null; });
  on(view.canvas, "pointerleave", () => view.hover(null));
  on(view.canvas, "dblclick", () => view.reset());
  on(view.canvas, "wheel", (event) => {
    event.preventDefault();
    view.zoomAt(at(event), Math.exp(-Math.max(-240, Math.min(240, event.deltaY)) * 0.0022));
  }, { passive: false });
  on(view.rail, "pointerdown", () => { view.held = true; });
  const railed = () => (view.rail.value / 1000) * view.data.reach;
  on(view.rail, "change", () => {
    if (view.held) view.ask(railed()); // let go: there is no more to come
    view.held = false;
  });
  on(view.rail, "input", () => {
    if (view.playing) view.pause();
    if (view.held) view.askAtRest(railed());
    else view.ask(railed());
  });
  on(view.root, "keydown", (event) => {
    delete view.root.dataset.by;
    if (event.target.closest("button") || event.ctrlKey || event.metaKey) return;
    const step = view.data.reach / 50, now = view.eps ?? view.scene().eps, rail = event.target === view.rail;
    const action = {
      " ": () => view.togglePlay(),
      0: () => view.reset(),
      ArrowRight: !rail && (() => view.ask(Math.min(view.data.reach, now + step))),
      ArrowLeft: !rail && (() => view.ask(Math.max(0, now - step))),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  });
  const tools = { reset: () => view.reset(), png: () => view.savePng(), play: () => view.togglePlay() };
  for (const button of view.root.querySelectorAll("[data-tool]")) on(button, "click", tools[button.dataset.tool]);
}
