// Text chunks of a PNG: names and values that programs show as the picture's properties.

/**
 * The parts of a PNG with a chunk of text for each name, after its signature (8 bytes) and its header (25 bytes).
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {Record<string, string>} text
 */
export function withText(bytes, text) {
  const chunks = Object.entries(text).map(([name, value]) => textChunk(name, value));
  return [bytes.subarray(0, 33), ...chunks, bytes.subarray(33)];
}

/**
 * "iTXt": a name, no compression, no language, and the text in UTF-8; neither may hold a zero byte.
 * @param {string} name
 * @param {string} value
 */
function textChunk(name, value) {
  const withoutZero = (/** @type {string} */ text) => text.replaceAll("\0", " ");
  const body = new TextEncoder().encode(`iTXt${withoutZero(name)}\0\0\0\0\0${withoutZero(value)}`);
  const chunk = new Uint8Array(body.length + 8), view = new DataView(chunk.buffer);
  view.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  view.setUint32(body.length + 4, checksum(body));
  return chunk;
}

/**
 * CRC-32, as PNG defines it.
 * @param {Uint8Array} bytes
 */
export function checksum(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return ~sum >>> 0;
}
