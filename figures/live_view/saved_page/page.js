// Entry of a saved page: live views without a server. The page is their host: it keeps pin, options and moment, and
// computes a pin's certificate from the frame.

import { certificateOverlays, certify, regionAt } from "../core/certificate.js";
import { readFrame } from "../core/frame.js";
import { counted, threeDigits } from "../core/numbers.js";
import { LiveView } from "../view/live_view.js";
import { createStore, keepFrame, releaseFrame } from "../view/store.js";
import { makeBar } from "./bar.js";
import { element } from "./elements.js";
import { unpacked } from "./packed.js";
import { showNothing, showPinned, spoken } from "./panel.js";
import { makeReel } from "./reel.js";

/** @import { NormName, Overlays, Point, SurfaceOptions, ViewOptions } from "../core/types.js" */
/** @import { Certificate, Distance } from "../core/certificate.js" */
/** @import { Report } from "../view/messages.js" */
/** @import { Picture } from "./types.js" */

const LINK = "saved"; // of all pictures of the page: they zoom together
const store = createStore();
const ROOMY = 700; // CSS pixels of a window in which the legend leaves room for the picture
const film = SAVED.captions.length > 1;

/** What all pictures share, beside their own class names, axes and numbers. */
const state = {
  moment: 0,
  /** @type {Point | null} */
  pin: SAVED.pictures[0].overlays.pin,
  options: { ...SAVED.pictures[0].options, guides: innerWidth >= ROOMY },
};

class Shown {
  /**
   * @param {Picture} picture
   */
  constructor(picture) {
    this.picture = picture;
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById("picture"));
    const part = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    this.figure = /** @type {HTMLElement} */ (part.firstElementChild);
    this.panel = /** @type {HTMLElement} */ (this.figure.querySelector(".panel"));
    this.note = /** @type {HTMLElement} */ (this.figure.querySelector("figcaption span"));
    this.figure.querySelector("figcaption b").textContent = picture.title;
    document.querySelector("main").append(this.figure);
    const root = /** @type {HTMLElement} */ (this.figure.querySelector(".view"));
    this.live = new LiveView(root, { store, palettes: PALETTES, strokes: STROKES, findsMore: false });
    this.frame = ""; // the hash of the frame on screen
    this.ack = 0;
  }

  // The frame of a moment is unpacked when it is first shown, and given up when another is.
  async load() {
    const { frame: hash } = this.picture.moments[state.moment];
    if (hash === this.frame) return;
    if (!store.frames.has(hash)) {
      const frame = readFrame(await unpacked(FRAMES[hash]));
      if (this.picture.moments[state.moment].frame !== hash) return; // another moment was asked for meanwhile
      keepFrame(store, hash, () => frame);
    } else keepFrame(store, hash, () => null);
    if (this.frame) releaseFrame(store, this.frame);
    this.frame = hash;
  }

  show() {
    const { picture, live } = this, { moments, overlays } = picture, moment = moments[state.moment];
    const held = store.frames.get(this.frame)?.frame;
    if (!held) return;
    /** @type {ViewOptions} */
    const options = { ...picture.options, ...shared(), guides: state.options.guides && this === pictures[0], link: LINK, link_hover: true, page_keys: film };
    const region = state.pin && regionAt(held, state.pin);
    const certificate = state.pin && region !== null ? certify(held, state.pin, region, options.norm) : null;
    const proved = this.isAsSaved(options.norm) ? picture.options.said : "";
    options.said = spoken(certificate, options, SAVED.measured) || proved;
    if (film) Object.assign(options, { count: held.regions, badge: `${held.truncated ? "first" : "exact ·"} ${counted(held.regions, "region")}` });
    this.note.textContent = moment.note;
    live.update(
      {
        frame: this.frame, options, height: "100%", turn: null, ack: this.ack,
        overlays: { ...overlays, ...moment.changes, ...this.pinOverlays(certificate, options.norm) },
      },
      (reports) => queueMicrotask(() => this.answer(reports)),
    );
    if (!state.pin) showNothing(this.panel);
    else showPinned(this.panel, { frame: held, options, palette: live.palette, pin: state.pin, certificate, proved, measured: SAVED.measured });
  }

  /**
   * Whether the pin on a slice is where it was saved: what Python proved about it in all input dimensions then holds.
   * @param {NormName} norm
   */
  isAsSaved(norm) {
    const { overlays, options, moments } = this.picture, { pin, moment } = state;
    return SAVED.measured === "plane" && Boolean(pin) && String(pin) === String(overlays.pin) && norm === options.norm && moment === moments.length - 1;
  }

  /**
   * @param {Certificate | null} certificate
   * @param {NormName} norm
   * @returns {Partial<Overlays>}
   */
  pinOverlays(certificate, norm) {
    /** @type {Partial<Overlays>} */
    const none = { pin: state.pin, region: null, class_region: null, balls: [], hyperplanes: [], witness: null };
    if (!state.pin) return none;
    if (this.isAsSaved(norm)) return {};
    if (!certificate) return none;
    const made = certificateOverlays(store.frames.get(this.frame).frame, state.pin, certificate, norm, ballLabel);
    return SAVED.measured === "inputs" ? made : { ...none, region: made.region, class_region: made.class_region };
  }

  /**
   * @param {Report[]} reports
   */
  answer(reports) {
    const fresh = reports.filter(({ serial }) => serial > this.ack);
    this.ack = Math.max(this.ack, ...fresh.map(({ serial }) => serial));
    for (const { kind, value } of fresh) {
      if (kind === "pin") state.pin = /** @type {Point | null} */ (value);
      if (kind === "surface") state.options = { ...state.options, surface: /** @type {SurfaceOptions | null} */ (value) };
      if (kind === "norm") state.options = { ...state.options, norm: /** @type {NormName} */ (value) };
    }
    showAll();
    // For a page around this one: the reports, in the form that pages/region_view/events.py reads.
    this.live.root.dispatchEvent(new CustomEvent("region-view", { detail: fresh, bubbles: true, composed: true }));
  }
}

/**
 * The options that the bar changes.
 * @returns {Partial<ViewOptions>}
 */
function shared() {
  const { fill, norm, hidden_layers, lit_unit, show_boundary, show_points, colour_blind, guides, surface } = state.options;
  return { fill, norm, hidden_layers, lit_unit, show_boundary, show_points, colour_blind, guides, surface };
}

/**
 * @param {"d_B" | "d_D"} name
 * @param {Distance} distance
 */
function ballLabel(name, { lower }) {
  return `${name} = ${threeDigits(lower, "down")}`;
}

const pictures = SAVED.pictures.map((picture) => new Shown(picture));
const bar = makeBar(
  document.querySelector(".bar"), state.options,
  {
    widths: SAVED.widths,
    points: SAVED.pictures.some(({ overlays }) => overlays.points.length > 0),
    boundary: true,
  },
  (change) => {
    state.options = { ...state.options, ...change };
    showAll();
  },
  showAll,
);

function showAll() {
  bar.show(state.options);
  for (const picture of pictures) picture.show();
}

/**
 * @param {number} moment
 */
async function showMoment(moment) {
  state.moment = moment;
  try {
    await Promise.all(pictures.map((picture) => picture.load()));
  } catch (error) {
    const trouble = /** @type {HTMLElement} */ (document.querySelector(".trouble"));
    trouble.textContent = `This browser cannot unpack the picture (${error}). A browser from 2023 or later can.`;
    trouble.hidden = false;
    return;
  }
  showAll();
}

function showAbout() {
  const rows = Object.entries(SAVED.about).flatMap(([key, value]) => [element("dt", {}, key), element("dd", {}, value)]);
  document.querySelector("footer").append(
    element("details", {}, element("summary", {}, "About this picture"), element("dl", {}, ...rows),
      element("p", { class: "quiet-words" }, "Saved by ReLUscope. The page holds all regions of its window, exactly as they were found; it needs no network. Lower bounds are rounded down. Coordinates and scores are float32: distances take their rounding into account.")),
  );
}

/** @type {HTMLElement} */ (document.querySelector("main")).dataset.count = String(pictures.length);
document.querySelector(".lead").textContent = SAVED.lead;
showAbout();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showAll);
if (film) {
  const reel = makeReel(SAVED.captions, showMoment);
  document.querySelector("main").after(reel.root);
  reel.to(reel.last);
} else showMoment(0);
