// The colours and the type of a view, from the page around it.

import { brightness } from "../core/colours.js";

/** @import { Palette } from "../core/types.js" */

/**
 * A page says its background by the CSS property --st-background-color, its font by font-family.
 * @param {HTMLElement} root
 * @param {Record<string, Palette>} palettes
 * @param {boolean} colourBlind
 * @returns {{ theme: "dark" | "light", palette: Palette, family: string }}
 */
export function themeOf(root, palettes, colourBlind) {
  const style = getComputedStyle(root);
  const ground = style.getPropertyValue("--st-background-color").trim() || "#ffffff";
  const theme = brightness(ground) < 128 ? "dark" : "light";
  const chosen = palettes[colourBlind ? `${theme}-colour-blind` : theme];
  const palette = { ...chosen, ground: /^#[0-9a-f]{6}$/i.test(ground) ? ground : chosen.ground };
  return { theme, palette, family: style.fontFamily || "sans-serif" };
}
