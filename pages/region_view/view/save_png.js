// A canvas saved as a PNG that says where the picture comes from: names and values as the file's own text, which
// programs show as the picture's properties.

function saveCanvas(canvas, name, about) {
  canvas.toBlob(async (blob) => {
    const bytes = new Uint8Array(await blob.arrayBuffer()), link = document.createElement("a");
    const text = { ...about, made: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC` };
    link.href = URL.createObjectURL(new Blob(withText(bytes, text), { type: "image/png" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

// The parts of a PNG with a chunk of text for each name, after its signature (8 bytes) and its header (25 bytes).
function withText(bytes, text) {
  const chunks = Object.entries(text).map(([name, value]) => textChunk(name, value));
  return [bytes.subarray(0, 33), ...chunks, bytes.subarray(33)];
}

// "iTXt": a name, no compression, no language, and the text in UTF-8; neither may hold a zero byte.
function textChunk(name, value) {
  const said = (text) => text.replaceAll("\0", " ");
  const body = new TextEncoder().encode(`iTXt${said(name)}\0\0\0\0\0${said(value)}`);
  const chunk = new Uint8Array(body.length + 8), view = new DataView(chunk.buffer);
  view.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  view.setUint32(body.length + 4, checksum(body));
  return chunk;
}

// CRC-32, as PNG has it.
function checksum(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return ~sum >>> 0;
}
