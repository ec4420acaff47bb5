// Saves the picture as a PNG with its provenance.

import { contextOf } from "../canvas/context.js";
import { withText } from "../core/png_text.js";

/** @import { LiveView } from "./live_view.js" */

/**
 * A canvas of the ground of a view with its marks.
 * @param {LiveView} live
 */
export function saveView(live) {
  const { marks, ground, surface, options, plot, ratio, palette } = live, place = /** @type {const} */ ([Math.round(plot.x * ratio), Math.round(plot.y * ratio)]);
  if (surface.isShown) surface.draw(); // a browser keeps what WebGL has painted only until it shows it
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: marks.width, height: marks.height });
  const context = contextOf(canvas);
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(ground, ...place);
  if (surface.isShown) context.drawImage(surface.model.canvas, ...place);
  context.drawImage(marks, 0, 0);
  saveCanvas(canvas, "reluscope.png", options.about);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} name of the file
 * @param {Record<string, string>} about
 */
export function saveCanvas(canvas, name, about) {
  canvas.toBlob(async (blob) => {
    const bytes = new Uint8Array(await blob.arrayBuffer()), link = document.createElement("a");
    const text = { ...about, made: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC` };
    link.href = URL.createObjectURL(new Blob(withText(bytes, text), { type: "image/png" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}
