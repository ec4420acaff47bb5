// The films of a browser page by name, which come in messages of their own.

/** @import { Scene } from "./core.js" */

/**
 * The same on every call. `arrivals` gets an event of a film's name when it has come.
 * @returns {{ byName: Map<string, Scene[]>, arrivals: EventTarget }}
 */
export function films() {
  const page = /** @type {any} */ (globalThis);
  page.reluscopeFilms ??= { byName: new Map(), arrivals: new EventTarget() };
  return page.reluscopeFilms;
}
