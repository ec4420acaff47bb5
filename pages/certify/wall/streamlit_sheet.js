// The invisible component that brings a sheet of images. It is separate, so that a message with new states is small.

import { sheets } from "./sheets.js";

/** @import { Component } from "../../shared/component.js" */

/**
 * @param {Component<Uint8Array>} component
 */
export default function ({ data, parentElement }) {
  const { byName, arrivals } = sheets(), at = data.indexOf(10);
  const name = new TextDecoder().decode(data.slice(0, at));
  if (byName.has(name)) return undefined;
  const address = URL.createObjectURL(new Blob([data.slice(at + 1)], { type: "image/png" }));
  byName.set(name, address);
  arrivals.dispatchEvent(new Event(name));
  return () => setTimeout(() => {  // another carrier of the same sheet may have come in between
    if (parentElement.isConnected || byName.get(name) !== address) return;
    byName.delete(name);
    URL.revokeObjectURL(address);
  });
}
