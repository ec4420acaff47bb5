// The invisible component that brings a film: one scene per radius. It is separate, so that the message for a new ε is small.

import { films } from "./films.js";

/** @import { Component } from "../../shared/component.js" */

/**
 * @param {Component<Uint8Array>} component
 */
export default function ({ data, parentElement }) {
  const { byName, arrivals } = films(), text = new TextDecoder().decode(data), at = text.indexOf("\n");
  const name = text.slice(0, at), film = JSON.parse(text.slice(at + 1));
  byName.set(name, film);
  arrivals.dispatchEvent(new Event(name));
  return () => setTimeout(() => {  // another carrier of the same film may have come in between
    if (!parentElement.isConnected && byName.get(name) === film) byName.delete(name);
  });
}
