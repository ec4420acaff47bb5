// A slider over all steps: trained steps are filled, every moment is a mark, the knob is at the moment on screen.
// While the user drags the knob, it sends "drag" events to Python, at most one per ASK milliseconds, and at the end "go".

import { thousands } from "../../../figures/live_view/core/numbers.js";

/** @import { Component } from "../../shared/component.js" */
/** @typedef {{ steps: number[], shown: number, total: number }} Message of component.py */
/** @typedef {(event: "go" | "drag", step: number) => void} Ask */

const ASK = 90; // milliseconds between messages while the user drags the knob; limits the work of the server
/** @type {WeakMap<HTMLElement, Rail>} */
const rails = new WeakMap();

class Rail {
  /**
   * @param {HTMLElement} root
   */
  constructor(root) {
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (root.querySelector(name));
    this.root = root;
    this.canvas = /** @type {HTMLCanvasElement} */ (part("canvas"));
    this.done = part(".done");
    this.knob = part(".knob");
    this.text = part("output");
    this.end = part(".end");
    /** @type {Message} */
    this.data = undefined;
    /** @type {Ask} */
    this.ask = undefined;
    /** @type {number} */
    this.held = undefined; // the step at which the user holds the knob
    /** @type {ReturnType<typeof setTimeout>} */
    this.asking = undefined;
    root.addEventListener("pointerdown", (event) => {
      root.setPointerCapture(event.pointerId);
      this.hold(event);
    });
    root.addEventListener("pointermove", (event) => this.held !== undefined && this.hold(event));
    const release = () => {
      clearTimeout(this.asking);
      if (this.held !== undefined) this.ask("go", this.held);
      this.held = this.asking = undefined;
    };
    root.addEventListener("pointerup", release);
    root.addEventListener("pointercancel", release);
    root.addEventListener("keydown", ({ key }) => {
      if (key === "Home" || key === "End") this.ask("go", key === "Home" ? 0 : this.data.steps.at(-1));
    });
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(root);
  }

  /**
   * @param {Message} data
   * @param {Ask} ask
   */
  update(data, ask) {
    this.data = data;
    this.ask = ask;
    this.draw();
  }

  /**
   * @param {PointerEvent} event
   */
  hold(event) {
    const { left, width } = this.root.getBoundingClientRect(), last = this.data.steps.at(-1);
    this.held = Math.min(last, Math.max(0, Math.round(((event.clientX - left) / width) * this.data.total)));
    this.asking ??= setTimeout(() => {
      this.asking = undefined;
      if (this.held !== undefined) this.ask("drag", this.held);
    }, ASK);
    this.draw();
  }

  draw() {
    if (!this.data) return;
    const { steps, total } = this.data, shown = this.held ?? this.data.shown, width = this.root.clientWidth;
    const share = (/** @type {number} */ step) => Math.min(1, step / total);
    this.done.style.width = `${100 * share(steps.at(-1))}%`;
    this.knob.style.left = `${100 * share(shown)}%`;
    this.text.textContent = `step ${thousands(shown)}`;
    const x = share(shown) * width, half = 40;
    this.text.style.setProperty("--shift", x < half ? "-9px" : x > width - half ? "calc(-100% + 9px)" : "-50%");
    this.end.textContent = `of ${thousands(total)}`;
    this.end.style.visibility = x > width - 140 ? "hidden" : "visible";
    Object.entries({ valuenow: shown, valuemax: total, valuetext: `step ${shown} of ${total}` })
      .forEach(([name, value]) => this.root.setAttribute(`aria-${name}`, String(value)));
    this.root.dataset.moments = String(steps.length);
    this.mark(steps.map((step) => share(step) * width), width);
  }

  /**
   * @param {number[]} places
   * @param {number} width
   */
  mark(places, width) {
    const ratio = window.devicePixelRatio || 1, { canvas } = this;
    Object.assign(canvas, { width: Math.round(width * ratio), height: 8 * ratio });
    const context = canvas.getContext("2d");
    context.fillStyle = getComputedStyle(this.root).color;
    context.globalAlpha = 0.35;
    for (const x of places) context.fillRect(Math.round(x * ratio) - ratio / 2, 3 * ratio, ratio, 4 * ratio);
  }
}

/**
 * @param {Component<Message>} component
 */
export default function ({ data, parentElement, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".timeline"));
  if (rails.get(parentElement)?.root !== root) rails.set(parentElement, new Rail(root));
  rails.get(parentElement).update(data, setTriggerValue);
}
