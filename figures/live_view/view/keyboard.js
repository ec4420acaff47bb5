// Whether the picture has the keyboard focus, and the list of keys.

/** @import { LiveView } from "./live_view.js" */

/**
 * The element with the focus, in the view's own tree.
 * @param {LiveView} live
 */
function focused({ root }) {
  return /** @type {Document | ShadowRoot} */ (root.getRootNode()).activeElement;
}

/**
 * @param {LiveView} live
 */
export function hasKeyboard(live) {
  return live.root.dataset.by !== "pointer" && focused(live) === live.root;
}

/**
 * @param {LiveView} live
 */
export function toggleHelp(live) {
  const { help, root } = live;
  const inside = help.contains(focused(live)); // asked first: what is hidden loses the focus
  help.hidden = !help.hidden;
  live.hover(null);
  if (!help.hidden) help.focus({ preventScroll: true });
  else if (inside) root.focus({ preventScroll: true });
}
