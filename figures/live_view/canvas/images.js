// Points of the plane as images: origin + s u + t v, from the frame's basis.

import { imageDirections } from "../core/image_places.js";
import { contextOf } from "./context.js";
import { strokeCased } from "./pen.js";

/** @import { Place, Plot, Point } from "../core/types.js" */
/** @import { Frame } from "../core/frame.js" */
/** @import { Pen } from "./pen.js" */

const THUMBNAIL = 46; // CSS pixels a side

/**
 * A canvas of the image's own size, values clipped to [0, 1]; null for a frame without the plane's basis. One channel is
 * grey, three are colours, other channels lie side by side.
 * @param {Pick<Frame, "basis" | "image_shape">} frame
 * @param {number} s
 * @param {number} t
 */
export function imageAt({ basis, image_shape: shape }, s, t) {
  if (!basis || !shape) return null;
  const [channels, height, width] = shape, pixels = height * width, length = channels * pixels;
  const tiles = channels === 3 ? 1 : channels, image = new ImageData(tiles * width, height);
  for (let tile = 0; tile < tiles; tile++) {
    for (let i = 0; i < pixels; i++) {
      const to = 4 * (Math.floor(i / width) * tiles * width + tile * width + (i % width));
      for (let c = 0; c < 3; c++) {
        const at = (channels === 3 ? c : tile) * pixels + i;
        image.data[to + c] = 255 * (basis[at] + s * basis[length + at] + t * basis[2 * length + at]);
      }
      image.data[to + 3] = 255;
    }
  }
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: tiles * width, height });
  contextOf(canvas).putImageData(image, 0, 0);
  return canvas;
}

/**
 * Draw it centred in a square of this side, as large as fits.
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLCanvasElement | null} image
 * @param {number} left
 * @param {number} top
 * @param {number} side
 */
export function drawFitted(context, image, left, top, side) {
  if (!image) return;
  const scale = side / Math.max(image.width, image.height), [width, height] = [image.width * scale, image.height * scale];
  context.drawImage(image, left + (side - width) / 2, top + (side - height) / 2, width, height);
}

/**
 * Each image beside its point, framed in its class's colour.
 * @param {Pen} pen
 * @param {Frame} frame
 * @param {Point[]} points
 * @param {number[]} labels
 * @param {Plot[]} taken what will be drawn over the picture
 * @param {Place[]} places where the points are in the picture
 */
export function drawThumbnails(pen, frame, points, labels, taken, places) {
  const { context, palette, plot, type } = pen, size = THUMBNAIL * type.scale, reach = 0.95 * size;
  const directions = imageDirections(places, reach, size + 8, taken, plot);
  points.forEach(([s, t], i) => {
    const { x, y } = places[i], { x: ex, y: ey } = directions[i];
    const [left, top] = [x + ex * reach - size / 2, y + ey * reach - size / 2];
    const colour = palette.class_points[labels[i] % palette.class_points.length];
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + ex * 0.6 * size, y + ey * 0.6 * size);
    strokeCased(pen, colour, 2);
    context.fillStyle = palette.casing;
    context.fillRect(left - 4, top - 4, size + 8, size + 8);
    context.fillStyle = colour;
    context.fillRect(left - 3, top - 3, size + 6, size + 6);
    context.imageSmoothingEnabled = false;
    drawFitted(context, imageAt(frame, s, t), left, top, size);
    context.beginPath();
    context.arc(x, y, 4.5 * type.scale, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.strokeStyle = palette.casing;
    context.lineWidth = 2;
    context.fill();
    context.stroke();
  });
}
