// State that the views of one browser page share: frames by hash, and the linked views.

/** @import { Frame } from "../core/frame.js" */
/** @import { Pointing } from "./pointing.js" */

/**
 * @typedef {object} Store
 * @property {Map<string, { frame: Frame, holders: number }>} frames by hash, with the number of views that hold each
 * @property {Set<any>} links the views
 * @property {string[]} told the views that interactions have reported
 * @property {Map<string, Pointing>} pointing what is pointed at in each drawn network and its pictures, by the network's name
 * @property {EventTarget} arrivals dispatches "frame" when a frame has arrived
 */

/**
 * @returns {Store}
 */
export function createStore() {
  return { frames: new Map(), links: new Set(), told: [], pointing: new Map(), arrivals: new EventTarget() };
}

/**
 * @param {Store} store
 * @param {string} hash
 * @param {() => Frame} read called if no view holds the frame yet
 */
export function keepFrame({ frames, arrivals }, hash, read) {
  const entry = frames.get(hash) ?? { frame: read(), holders: 0 };
  entry.holders++;
  frames.set(hash, entry);
  arrivals.dispatchEvent(new Event("frame"));
}

/**
 * @param {Store} store
 * @param {string} hash
 */
export function releaseFrame({ frames }, hash) {
  const entry = frames.get(hash);
  if (entry && --entry.holders <= 0) frames.delete(hash);
}
