// The film: a slider over its moments, and Play. Space plays, the arrow keys step.

import { element } from "./elements.js";

const SECONDS = 12; // of the whole film
const QUICKEST = 60, SLOWEST = 700; // milliseconds between two moments

/**
 * @param {string[]} captions one for each moment
 * @param {(moment: number) => Promise<void>} show resolves when the moment is on screen
 */
export function makeReel(captions, show) {
  const last = captions.length - 1;
  const play = element("button", { type: "button" });
  const slider = element("input", { type: "range", min: "0", max: String(last), step: "1", "aria-label": "Moment of the film" });
  const caption = element("output");
  const pause = Math.min(SLOWEST, Math.max(QUICKEST, (1000 * SECONDS) / captions.length));
  let playing = false;

  const to = async (/** @type {number} */ moment) => {
    slider.value = String(moment);
    caption.textContent = captions[moment];
    slider.setAttribute("aria-valuetext", captions[moment]);
    await show(moment);
  };
  const set = (/** @type {boolean} */ now) => {
    playing = now;
    play.textContent = now ? "❚❚" : "▶";
    play.setAttribute("aria-label", now ? "Pause" : "Play");
    play.title = now ? "Pause (Space)" : "Play (Space)";
  };
  const run = async () => {
    set(true);
    if (Number(slider.value) === last) await to(0);
    while (playing && Number(slider.value) < last) {
      await Promise.all([to(Number(slider.value) + 1), new Promise((done) => { setTimeout(done, pause); })]);
    }
    set(false);
  };
  const step = (/** @type {number} */ by) => {
    set(false);
    to(Math.min(last, Math.max(0, Number(slider.value) + by)));
  };
  play.onclick = () => (playing ? set(false) : run());
  slider.oninput = () => { set(false); to(Number(slider.value)); };
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || target.closest("button, input, select, summary")) return;
    /** @type {Record<string, () => void>} */
    const actions = { " ": () => (playing ? set(false) : run()), ArrowRight: () => step(1), ArrowLeft: () => step(-1) };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  });
  set(false);
  return { root: element("div", { class: "reel", role: "group", "aria-label": "Film" }, play, slider, caption), to, last };
}
