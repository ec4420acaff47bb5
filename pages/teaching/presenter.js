// For presenter mode: a pointer that the back row sees, the keys of a presenter's remote, and the whole screen.

const REST = 3000; // milliseconds without a movement after which the pointer's ring fades
/** @type {Record<string, string>} */
const STEPS = { PageDown: "next", PageUp: "back" };
const TYPED = "input, textarea, select, [contenteditable=true]";
const RING = `position: fixed; left: -27px; top: -27px; width: 54px; height: 54px; border-radius: 50%; z-index: 1000000;
  pointer-events: none; border: 4px solid #D55E00; background: rgb(213 94 0 / 16%); box-shadow: 0 0 0 2px rgb(255 255 255 / 75%);
  opacity: 0; transition: opacity 0.25s;`;

/**
 * PageDown and PageUp press the buttons of the tour; remotes send these keys.
 * @param {KeyboardEvent} event
 */
function press(event) {
  const name = STEPS[event.key];
  const target = /** @type {Element} */ (event.composedPath()[0]);
  if (!name || event.ctrlKey || event.metaKey || event.altKey || target.closest?.(TYPED)) return;
  const button = /** @type {HTMLButtonElement} */ (document.querySelector(`.st-key-tour-${name} button`));
  if (!button) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!button.disabled) button.click();
}

function begin() {
  const end = new AbortController(), { signal } = end;
  const ring = document.createElement("div");
  ring.className = "presenter-ring";
  ring.style.cssText = RING;
  document.body.append(ring);
  /** @type {ReturnType<typeof setTimeout>} */
  let fade;
  window.addEventListener("pointermove", ({ clientX, clientY }) => {
    ring.style.transform = `translate(${clientX}px, ${clientY}px)`;
    ring.style.opacity = "1";
    clearTimeout(fade);
    fade = setTimeout(() => { ring.style.opacity = "0"; }, REST);
  }, { signal, capture: true, passive: true });
  window.addEventListener("keydown", press, { signal, capture: true });
  // Browsers grant the whole screen right after a click alone: who opens a link with presenter mode presses F11.
  if (navigator.userActivation?.isActive) document.documentElement.requestFullscreen?.().catch(() => {});
  signal.addEventListener("abort", () => {
    clearTimeout(fade);
    ring.remove();
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  });
  return end;
}

/** @type {AbortController | null} */
let presenting = null;
let drawn = 0;

export default function () {
  drawn += 1;
  presenting ??= begin();
  return () => {
    drawn -= 1;
    setTimeout(() => { // Streamlit takes it away for a moment when another page is drawn
      if (drawn || !presenting) return;
      presenting.abort();
      presenting = null;
    }, 1500);
  };
}
