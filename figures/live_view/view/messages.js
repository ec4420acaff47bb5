// Types of the messages between a view and its host. pages/region_view/events.py reads the reports in Python.

/** @import { Overlays, ViewOptions } from "../core/types.js" */

/**
 * A message of the host.
 * @typedef {object} Message
 * @property {string} frame the hash of a frame that the store has or will have
 * @property {Overlays} overlays
 * @property {ViewOptions} options
 * @property {string} height a CSS length
 * @property {Turn | null} turn
 * @property {number} ack the highest serial number of a report that the host has read
 */

/**
 * Asks the view to report when it has painted this message, after a wait in milliseconds.
 * @typedef {{ number: number, wait: number }} Turn
 */

/** @typedef {"pin" | "view" | "seen" | "norm" | "turn" | "surface" | "add" | "move" | "remove"} Kind */
/** @typedef {{ serial: number, kind: Kind, value: unknown }} Report */

/**
 * Sends all reports that the host has not acknowledged.
 * @typedef {(reports: Report[]) => void} Send
 */

export {};
