// Views with the same link show the same part of the plane, without a message to the host.

/** @import { Point, SurfaceOptions } from "../core/types.js" */
/** @import { LiveView } from "./live_view.js" */
/** @import { Store } from "./store.js" */

const TOLD = 100; // reported views that the host may still echo; a limit on the list's length

/**
 * The other views with the same link that have been painted.
 * @param {LiveView} live
 * @returns {LiveView[]}
 */
function linked(live) {
  const { link } = live.options;
  return [...live.store.links].filter((other) => other !== live && link && other.options?.link === link && other.view);
}

/**
 * @param {LiveView} live
 */
export function shareView(live) {
  for (const other of linked(live)) other.look({ ...live.view }, { fitTo: live.fitTo, shared: true });
}

/**
 * @param {LiveView} live
 * @param {SurfaceOptions | null} state
 */
export function shareSurface(live, state) {
  for (const other of linked(live)) {
    if (state && other.surface.isOn) other.turning();
    if (state) other.surface.wasTurned ||= live.surface.wasTurned;
    other.surface.show(state, true);
  }
}

/**
 * @param {LiveView} live
 */
export function isTurning(live) {
  return [live, ...linked(live)].some(({ surface, reports }) => surface.unreported || reports.isPending("surface"));
}

/**
 * @param {LiveView} live
 * @param {Point | null} point
 */
export function shareHover(live, point) {
  if (!live.options.link_hover) return;
  for (const other of linked(live)) other.hover(point && other.placeOf(point), true);
}

/**
 * Apply the host's view, unless it echoes one that an interaction reported; null means home.
 * @param {LiveView} live
 */
export function takeAskedView(live) {
  const { links, told } = live.store, { link, view } = live.options, asked = String(view ?? ""), before = live.asked;
  live.asked = asked;
  if (before === undefined || before === asked || told.includes(asked)) return;
  const together = [...links].filter((other) => other === live || (link && other.options?.link === link));
  if (together.some((other) => other.moving || other.reports?.isPending("view"))) return; // interactions win
  live.fitTo = view ?? live.home;
  live.stale.raster = true;
  live.reports.tellViewSoon();
}

/**
 * @param {Store} store
 * @param {string} view
 */
export function noteTold({ told }, view) {
  told.push(view);
  if (told.length > TOLD) told.shift();
}
