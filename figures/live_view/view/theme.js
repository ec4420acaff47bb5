// The colours and the font of a view, taken from the page around it.

import { brightness, ofBands } from "../core/colours.js";

/** @import { Palette } from "../core/types.js" */

/**
 * The CSS property --st-background-color is the page's background, font-family its font.
 * @param {HTMLElement} root
 * @param {Record<string, Palette>} palettes
 * @param {boolean} colourBlind
 * @param {number} bands of a number, which the classes are; 0: they are classes
 * @returns {{ theme: "dark" | "light", palette: Palette, family: string }}
 */
export function themeOf(root, palettes, colourBlind, bands) {
  const style = getComputedStyle(root);
  const ground = style.getPropertyValue("--st-background-color").trim() || "#ffffff";
  const theme = brightness(ground) < 128 ? "dark" : "light";
  const chosen = ofBands(palettes[colourBlind ? `${theme}-colour-blind` : theme], bands);
  const palette = { ...chosen, ground: /^#[0-9a-f]{6}$/i.test(ground) ? ground : chosen.ground };
  return { theme, palette, family: style.fontFamily || "sans-serif" };
}
