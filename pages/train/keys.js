// Keys of the page press its buttons. What is typed, and sliders that move by arrows, keep theirs.

/** @type {Record<string, string>} */
const BUTTONS = { " ": "play", ArrowRight: "step", ArrowLeft: "back", r: "rewind", R: "rewind", "?": "keys" };
const TYPED = "input, textarea, select, [contenteditable=true], [role=slider], [role=combobox], [role=listbox], [role=radio]";
const PRESSED = "button, summary, a"; // Space is theirs while they have the focus

/**
 * @param {KeyboardEvent} event
 */
function press(event) {
  const name = BUTTONS[event.key], target = /** @type {Element} */ (event.composedPath()[0]);
  if (!name || event.ctrlKey || event.metaKey || event.altKey || !target.closest) return;
  if (target.closest(TYPED) && !target.closest(".timeline")) return;
  if (event.key === " " && target.closest(PRESSED) && !target.closest(".st-key-train-transport")) return;
  /** @type {NodeListOf<HTMLButtonElement>} */
  const found = document.querySelectorAll(`.st-key-train-${name} button`); // Streamlit has one for touch as well
  const buttons = [...found];
  const button = buttons.find((each) => each.offsetParent !== null) ?? buttons[0];
  if (!button) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // R alone would run Streamlit's script anew
  if (!button.disabled) button.click();
}

let listening = 0;

export default function () {
  if (listening++ === 0) window.addEventListener("keydown", press, true);
  return () => {
    if (--listening === 0) window.removeEventListener("keydown", press, true);
  };
}
