// A button that requests a file from Python and saves it when it arrives. The file travels in the page's own messages:
// there is no address that the server could have dropped before the browser requests it.

/** @import { Component } from "../component.js" */

/**
 * The message from component.py.
 * @typedef {object} Message
 * @property {string} label
 * @property {string} help
 * @property {string} kind
 * @property {boolean} disabled
 * @property {string} name
 * @property {string} mime
 * @property {number | null} serial number of the click that requested the file
 * @property {string | null} trouble the reason if there is no file
 * @property {Uint8Array<ArrayBuffer>} content
 */

/**
 * Serial numbers of clicks on this page whose files are not saved yet: a redrawn button saves them too.
 * @returns {Set<number>}
 */
function asked() {
  const page = /** @type {any} */ (globalThis);
  page.reluscopeFiles ??= new Set();
  return page.reluscopeFiles;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Message}
 */
function readMessage(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return { ...JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))), content: bytes.slice(4 + length) };
}

/**
 * @param {Message} message
 */
function save({ name, mime, content }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: mime }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/**
 * @param {Component<Uint8Array<ArrayBuffer>>} component
 */
export default function ({ data, parentElement, setStateValue }) {
  const button = parentElement.querySelector("button");
  const trouble = /** @type {HTMLElement} */ (parentElement.querySelector(".trouble"));
  const message = readMessage(data);
  parentElement.querySelector(".label").textContent = message.label;
  button.title = message.help;
  button.disabled = message.disabled;
  button.dataset.kind = message.kind;
  button.onclick = () => {
    const serial = Date.now();
    asked().add(serial);
    button.setAttribute("aria-busy", "true");
    trouble.hidden = true;
    setStateValue("wanted", serial);
  };
  if (message.serial === null) return;
  button.removeAttribute("aria-busy");
  if (asked().delete(message.serial)) {
    if (message.trouble === null) save(message);
    trouble.textContent = message.trouble ?? "";
    trouble.hidden = message.trouble === null;
  }
  setStateValue("got", message.serial);
}
