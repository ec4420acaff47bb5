// Bytes that a saved page holds as text: compressed, then in base64.

/**
 * @param {string} text
 * @returns {Promise<Uint8Array>}
 */
export async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
