import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, deflateSync } from "node:zlib";

import { checksum, withText } from "../../../../figures/live_view/core/png_text.js";

// CRC-32 by the definition of PNG's specification, bit by bit.
function crc(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}

function chunk(name, body) {
  const data = Buffer.concat([Buffer.from(name), body]), length = Buffer.alloc(4), sum = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc(data));
  return Buffer.concat([length, data, sum]);
}

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const PNG = Buffer.concat([
  SIGNATURE, chunk("IHDR", Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])),
  chunk("IDAT", deflateSync(Buffer.from([0, 7]))), chunk("IEND", Buffer.alloc(0)),
]);

// Names and bodies of the chunks of a PNG whose checksums are right.
function chunksOf(png) {
  const chunks = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at), data = png.subarray(at + 4, at + 8 + length);
    assert.equal(png.readUInt32BE(at + 8 + length), crc(data));
    chunks.push([data.subarray(0, 4).toString(), data.subarray(4)]);
    at += 12 + length;
  }
  return chunks;
}

test("the checksum is CRC-32", { skip: crc32 ? false : "this node has no CRC-32 of its own" }, () => {
  for (const text of ["", "a", "IHDR and more"]) assert.equal(checksum(Buffer.from(text)), crc32(Buffer.from(text)));
});

test("text stands behind the header, whole, in UTF-8, and the rest is as it was", () => {
  const chunks = chunksOf(Buffer.concat(withText(new Uint8Array(PNG), { norm: "‖δ‖₂", "a\0b": "zero\0byte" })));
  assert.deepEqual(chunks.map(([name]) => name), ["IHDR", "iTXt", "iTXt", "IDAT", "IEND"]);
  assert.equal(chunks[1][1].toString(), "norm\0\0\0\0\0‖δ‖₂");
  assert.equal(chunks[2][1].toString(), "a b\0\0\0\0\0zero byte");
});
