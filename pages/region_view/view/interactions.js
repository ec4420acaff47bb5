// Mouse, touch and keyboard. Hands read nothing from the picture but what `live` (view.js) offers.

const STILL = 4; // pixels a press may wander and still be a click
const DOUBLE = 320; // milliseconds between the clicks of a double-click

function attachHands(live) {
  const { root, stage } = live;
  const touching = new Map();
  const stop = new AbortController();
  const on = (target, name, action, options = {}) =>
    target.addEventListener(name, action, { signal: stop.signal, ...options });
  let held = null; // { kind: "pan" | "pin" | "point", index, from, moved }
  let pinch = null;
  let lastClick = { time: -Infinity };

  const at = (event) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  on(stage, "pointerdown", (event) => {
    if (event.button !== 0) return;
    const place = at(event);
    stage.setPointerCapture(event.pointerId);
    root.dataset.by = "pointer"; // no focus ring for those who point
    root.focus({ preventScroll: true });
    touching.set(event.pointerId, place);
    if (touching.size === 2) {
      held = null;
      pinch = pinchOf(touching);
    } else if (touching.size === 1) held = { ...live.grab(place), from: place, last: place, moved: false };
  });

  on(stage, "pointermove", (event) => {
    const place = at(event);
    if (touching.has(event.pointerId)) touching.set(event.pointerId, place);
    if (touching.size === 2 && pinch) {
      const now = pinchOf(touching);
      live.panBy(now.x - pinch.x, now.y - pinch.y);
      live.zoomAt(now, now.spread / Math.max(1, pinch.spread));
      pinch = now;
    } else if (held) {
      held.moved ||= Math.hypot(place.x - held.from.x, place.y - held.from.y) > STILL;
      if (!held.moved) return;
      if (held.kind === "pan") live.panBy(place.x - held.last.x, place.y - held.last.y);
      else live.drag(held, place, false);
      held.last = place;
    } else live.hover(place);
  });

  const release = (event) => {
    touching.delete(event.pointerId);
    pinch = null;
    const was = held;
    held = null;
    live.holding = false;
    if (!was || event.type === "pointercancel") return;
    const place = at(event);
    if (was.moved) {
      if (was.kind !== "pan") live.drag(was, place, true);
      return;
    }
    const now = event.timeStamp; // when it happened, however late it is heard
    const near = Math.hypot(place.x - lastClick.x, place.y - lastClick.y) < 8;
    if (now - lastClick.time < DOUBLE && near) {
      lastClick = { time: -Infinity };
      live.doubleClick(place);
    } else {
      lastClick = { time: now, ...place };
      live.click(place);
    }
    if (event.pointerType === "touch") live.hover(place);
  };
  on(stage, "pointerup", release);
  on(stage, "pointercancel", release);
  on(stage, "pointerleave", () => live.hover(null));

  on(stage, "wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1);
    live.zoomAt(at(event), Math.exp(-Math.max(-240, Math.min(240, pixels)) * (event.ctrlKey ? 0.01 : 0.0022)));
  }, { passive: false });

  // Escape closes the help wherever the focus is; a document hears of it after the view itself.
  on(root.ownerDocument, "keydown", (event) => {
    if (event.key !== "Escape" || live.help.hidden) return;
    event.stopPropagation();
    live.toggleHelp();
  }, { capture: true });

  on(root, "focus", () => live.schedule()); // the mark comes and goes with the focus
  on(root, "blur", () => live.schedule());

  on(root, "keydown", (event) => {
    delete root.dataset.by;
    live.schedule();
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("button, .help")) return;
    const action = keyAction(live, event.key, event.shiftKey);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  });
  return () => stop.abort();
}

function keyAction(live, key, shift) {
  if (live.options?.page_keys && (key.startsWith("Arrow") || key === "?")) return undefined;
  return {
    0: () => live.reset(),
    1: () => live.tell(["norm", "1"]),
    2: () => live.tell(["norm", "2"]),
    3: () => live.tell(["norm", "inf"]),
    "+": () => live.zoomAt(null, 1.4),
    "=": () => live.zoomAt(null, 1.4),
    "-": () => live.zoomAt(null, 1 / 1.4),
    ArrowLeft: () => live.step(-1, 0, shift),
    ArrowRight: () => live.step(1, 0, shift),
    ArrowUp: () => live.step(0, 1, shift),
    ArrowDown: () => live.step(0, -1, shift),
    Enter: () => live.click(null),
    Delete: () => live.removePoint(),
    Backspace: () => live.removePoint(),
    Escape: () => live.escape(),
    "?": () => live.toggleHelp(),
  }[key];
}

function pinchOf(touching) {
  const [a, b] = [...touching.values()];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, spread: Math.hypot(a.x - b.x, a.y - b.y) };
}
