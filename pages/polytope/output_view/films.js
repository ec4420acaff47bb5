// The films of a browser page by name. They come in separate messages.

/** @import { Scene } from "./core.js" */

/**
 * Returns the same object on every call. `arrivals` gets an event with a film's name when the film has come.
 * @returns {{ byName: Map<string, Scene[]>, arrivals: EventTarget }}
 */
export function films() {
  const page = /** @type {any} */ (globalThis);
  page.reluscopeFilms ??= { byName: new Map(), arrivals: new EventTarget() };
  return page.reluscopeFilms;
}
