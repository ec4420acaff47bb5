// Types of what a saved page holds. figures/live_view/web_page.py writes it.

/** @import { Overlays, ViewOptions } from "../core/types.js" */

/**
 * What distances on the picture's plane say: "inputs" if the plane is the whole input space, "plane" if it is a part.
 * @typedef {"inputs" | "plane"} Measured
 */

/**
 * One moment of a picture: its frame, the overlays that differ from the first moment's, and a few words about it.
 * @typedef {{ frame: string, changes: Partial<Overlays>, note: string }} Moment
 */

/** @typedef {{ title: string, options: ViewOptions, overlays: Overlays, moments: Moment[] }} Picture */

/**
 * @typedef {object} Saved
 * @property {Measured} measured
 * @property {string} lead a sentence under the title
 * @property {number[]} widths units per hidden layer, of the first picture
 * @property {Picture[]} pictures side by side
 * @property {string[]} captions one for each moment
 * @property {Record<string, string>} about where the pictures come from
 */

export {};
