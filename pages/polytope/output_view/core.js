// The output plane without a browser: the scene shown, the window in view, and texts that fit.

/** @typedef {[number, number, number, number]} Sides x0, x1, y0, y1 */
/** @typedef {{ x: number, y: number, w: number, h: number }} OutputLook the middle, width and height of the window in view */

/**
 * Of figures.certify.polytope.output_picture.
 * @typedef {object} Scene
 * @property {number} eps
 * @property {Record<string, number[][]>} sets rings by name, each [x, y, x, y, ...]
 * @property {Record<string, string>} ratios
 * @property {[number, number]} middle
 * @property {"d_B" | "proved" | "attacked"} role
 * @property {number[]} attacks
 * @property {Sides} view
 * @property {number[]} ball
 * @property {number[]} [vertices] of the exact scene alone
 */

/**
 * The message from Python: figures.certify.polytope.output_picture and pages.polytope.output_view.OutputPlane.
 * @typedef {object} OutputMessage
 * @property {Scene} scene
 * @property {string} film the name of a film, or ""
 * @property {Record<"light" | "dark", OutputColours>} colours
 * @property {string[]} order names of sets, loose to tight
 * @property {string} height a CSS length
 * @property {number} heard the highest serial number that Python has read
 * @property {string} place names the question
 * @property {[string, string]} names of the two outputs
 * @property {[number, number]} outputs
 * @property {[string, string]} axes
 * @property {[string, string]} inputs
 * @property {boolean} turned
 * @property {boolean} whole the true set is that of the whole ball
 * @property {number} reach the largest eps of the rail
 * @property {string} link
 * @property {Record<string, string>} about
 * @property {number} type_scale
 */

/** @typedef {{ title: string, line: string, fill: string | null, dash: number[] }} SetColours */

/**
 * Of figures.certify.polytope.picture_colours, in one theme.
 * @typedef {object} OutputColours
 * @property {Record<string, SetColours>} sets
 * @property {string} ink
 * @property {string} faint
 * @property {string} ground
 * @property {string} line
 * @property {string} casing
 * @property {string} attacked
 * @property {string} proved
 * @property {string} d_B
 * @property {{ set: number, line: number, line_casing: number }} widths
 */

const FOLLOWS = 0.7; // the weight of the current sets in the view; the rest is that of the largest. Chosen by eye

/**
 * The scene of a film at the radius that is nearest to eps.
 * @param {Scene[]} film
 * @param {number} eps
 * @returns {Scene}
 */
export function sceneAt(film, eps) {
  return film.reduce((best, one) => (Math.abs(one.eps - eps) < Math.abs(best.eps - eps) ? one : best));
}

/**
 * The target of the view for a scene: around its sets, and not much closer than around the largest ones.
 * @param {Sides} view that of the scene
 * @param {Sides} largest
 * @param {boolean} turned each axis has a separate scale
 * @returns {OutputLook}
 */
export function homeOf(view, largest, turned) {
  const [x0, x1, y0, y1] = view, most = sizes(largest, turned);
  const [w, h] = sizes(view, turned).map((size, k) => size ** FOLLOWS * Math.max(size, most[k]) ** (1 - FOLLOWS));
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, w, h };
}

/**
 * The view, moved towards its target by a share of the distance left.
 * @param {OutputLook} view
 * @param {OutputLook} home
 * @param {number} share
 * @returns {OutputLook}
 */
export function eased(view, home, share) {
  const part = (/** @type {"x" | "y" | "w" | "h"} */ side) => view[side] + (home[side] - view[side]) * share;
  return { x: part("x"), y: part("y"), w: part("w"), h: part("h") };
}

/**
 * Whether the view has reached its target, up to an invisible rest.
 * @param {OutputLook} view
 * @param {OutputLook} home
 */
export function isAtHome(view, home) {
  const away = [(home.x - view.x) / home.w, (home.y - view.y) / home.h, (home.w - view.w) / home.w, (home.h - view.h) / home.h];
  return Math.max(...away.map(Math.abs)) < 2e-3;
}

/**
 * @param {Sides} sides
 * @param {boolean} turned
 */
function sizes([x0, x1, y0, y1], turned) {
  const [width, height] = [x1 - x0, y1 - y0];
  return turned ? [width, height] : [Math.max(width, height), Math.max(width, height)];
}

/**
 * The first two of every `stride` numbers.
 * @param {number[]} numbers
 * @param {number} stride
 * @returns {[number, number][]}
 */
export function pairs(numbers, stride) {
  return Array.from({ length: Math.floor(numbers.length / stride) }, (_, k) => [numbers[k * stride], numbers[k * stride + 1]]);
}

/**
 * Text of at most `most` pixels. It is shortened in its middle, because names of one kind begin alike.
 * @param {string} words
 * @param {number} most
 * @param {(text: string) => number} measure its width in pixels
 */
export function shortened(words, most, measure) {
  if (measure(words) <= most) return words;
  const letters = [...words];
  const kept = (/** @type {number} */ count) =>
    `${letters.slice(0, Math.ceil(count / 2)).join("")}…${count > 1 ? letters.slice(-Math.floor(count / 2)).join("") : ""}`;
  let [low, high] = [0, letters.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(kept(middle)) <= most) low = middle;
    else high = middle - 1;
  }
  return kept(low);
}

/**
 * Text that is never markup: names of classes may come from a file.
 * @param {string} text
 */
export function asHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
