// The sheets of images of a browser page by name: addresses of pictures. They come in separate messages.

/** @typedef {{ byName: Map<string, string>, arrivals: EventTarget }} Sheets */

/**
 * Returns the same object on every call. `arrivals` gets an event with a sheet's name when the sheet has come.
 * @returns {Sheets}
 */
export function sheets() {
  const page = /** @type {Window & { reluscopeSheets?: Sheets }} */ (window);
  page.reluscopeSheets ??= { byName: new Map(), arrivals: new EventTarget() };
  return page.reluscopeSheets;
}
