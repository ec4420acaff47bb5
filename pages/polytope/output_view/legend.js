// The legend of the output plane: each set and its area relative to the hull's, in the order of drawing.

import { asHtml } from "./core.js";

/** @import { OutputColours, OutputMessage, Scene } from "./core.js" */

/**
 * @param {Scene} scene
 * @param {OutputMessage} data
 * @param {OutputColours} colours
 */
export function legendHtml(scene, data, colours) {
  const rows = data.order.filter((name) => scene.sets[name]).map((name) => {
    const { title, line, fill, dash } = colours.sets[name];
    const swatch = `<svg class="swatch" viewBox="0 0 38 12" aria-hidden="true"><rect x="1" y="1" width="36" height="10" fill="${fill ?? "none"}" stroke="${line}" stroke-dasharray="${dash.join(" ")}"/></svg>`;
    const ratio = name === "hull" || scene.ratios[name] === "undefined" ? "" : `<small>${scene.ratios[name]}\u2009× hull</small>`;
    const where = name === "true" && !data.whole ? " on the plane" : "";
    return `<span data-set="${name}">${swatch}${title}${where} ${ratio}</span>`;
  });
  const [i, j] = data.names.map(asHtml);
  rows.push(`<span title="${i} = ${j}"><i class="line" style="border-color:${colours.line}"></i><em>${i}</em> = <em>${j}</em></span>`);
  if (scene.attacks.length) rows.push(`<span><b style="color:${colours.attacked}">✕</b> attacks in the whole ball</span>`);
  return rows.reverse().join("");
}
