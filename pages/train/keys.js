// Keys press the page's buttons, except in text fields and in sliders, which arrow keys move.

/** @type {Record<string, string>} */
const BUTTONS = { " ": "play", ArrowRight: "step", ArrowLeft: "back", r: "rewind", R: "rewind", "?": "keys" };
const TYPED = "input, textarea, select, [contenteditable=true], [role=slider], [role=combobox], [role=listbox], [role=radio]";
const PRESSED = "button, summary, a"; // Space presses them while they have the focus

/**
 * @param {KeyboardEvent} event
 */
function press(event) {
  const name = BUTTONS[event.key], target = /** @type {Element} */ (event.composedPath()[0]);
  if (!name || event.ctrlKey || event.metaKey || event.altKey || !target.closest) return;
  if (target.closest(TYPED) && !target.closest(".timeline")) return;
  if (event.key === " " && target.closest(PRESSED) && !target.closest(".st-key-train-transport")) return;
  /** @type {NodeListOf<HTMLButtonElement>} */
  const matches = document.querySelectorAll(`.st-key-train-${name} button`); // Streamlit has another one for touch
  const buttons = [...matches];
  const button = buttons.find((shown) => shown.offsetParent !== null) ?? buttons[0];
  if (!button) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // otherwise R would run Streamlit's script again
  if (!button.disabled) button.click();
}

let listening = 0;

export default function () {
  if (listening++ === 0) window.addEventListener("keydown", press, true);
  return () => {
    if (--listening === 0) window.removeEventListener("keydown", press, true);
  };
}
