// The wall: a button for each point with its image, a frame in the colour of its state and a mark in the corner.
// Tab reaches one tile, arrow keys move between them, a click or Enter asks about the point.

import { sheets } from "./sheets.js";

/** @import { Component } from "../../shared/component.js" */
/** @typedef {{ number: number, state: string, says: string }} Tile */
/** @typedef {{ sheet: string, columns: number, rows: number, tiles: Tile[], marks: Record<string, string> }} Message */

/** @type {WeakMap<HTMLElement, Wall>} */
const walls = new WeakMap();
const SIDE = 44; // px of a tile, as in wall.css

class Wall {
  /**
   * @param {HTMLElement} root
   */
  constructor(root) {
    this.root = root;
    /** @type {Message} */
    this.data = undefined;
    /** @type {(number: number) => void} */
    this.ask = undefined;
    this.current = 0; // the tile that Tab reaches
    this.arrived = () => this.dress();
    root.addEventListener("click", (event) => {
      const tile = /** @type {HTMLElement} */ (event.target).closest("button");
      if (tile) this.ask(Number(tile.dataset.number));
    });
    root.addEventListener("keydown", (event) => this.move(event));
    root.addEventListener("focusin", (event) => this.reach(this.buttons().indexOf(/** @type {HTMLButtonElement} */ (event.target))));
  }

  buttons() {
    return /** @type {HTMLButtonElement[]} */ ([...this.root.children]);
  }

  /**
   * @param {Message} data
   * @param {(number: number) => void} ask
   */
  update(data, ask) {
    if (this.data?.sheet !== data.sheet) {
      sheets().arrivals.removeEventListener(this.data?.sheet, this.arrived);
      sheets().arrivals.addEventListener(data.sheet, this.arrived);
    }
    this.data = data;
    this.ask = ask;
    const { tiles, marks } = data;
    while (this.root.children.length > tiles.length) this.root.lastElementChild.remove();
    while (this.root.children.length < tiles.length) {
      const tile = document.createElement("button");
      tile.type = "button";
      tile.append(document.createElement("b"), document.createElement("i"));
      this.root.append(tile);
    }
    this.buttons().forEach((tile, place) => {
      const { number, state, says } = tiles[place];
      tile.dataset.number = String(number);
      tile.dataset.state = state;
      tile.title = says;
      tile.setAttribute("aria-label", says);
      tile.firstElementChild.textContent = data.sheet ? "" : String(number);
      tile.lastElementChild.textContent = marks[state];
    });
    this.reach(Math.min(this.current, tiles.length - 1));
    this.dress();
  }

  // Show the part of the sheet that belongs to each tile, once the sheet is there.
  dress() {
    const address = sheets().byName.get(this.data.sheet), { columns, rows } = this.data;
    this.root.style.setProperty("--sheet", address ? `url(${address})` : "none");
    this.root.style.setProperty("--sheet-size", `${columns * SIDE}px ${rows * SIDE}px`);
    this.buttons().forEach((tile, place) => {
      tile.style.backgroundPosition = `${-(place % columns) * SIDE}px ${-Math.floor(place / columns) * SIDE}px`;
    });
  }

  /**
   * Let Tab reach this tile.
   * @param {number} place
   */
  reach(place) {
    if (place < 0) return;
    this.current = place;
    this.buttons().forEach((tile, other) => { tile.tabIndex = other === place ? 0 : -1; });
  }

  /**
   * @param {KeyboardEvent} event
   */
  move(event) {
    const tiles = this.buttons(), last = tiles.length - 1;
    const across = Math.max(1, tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length);
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, Home: -last, End: last };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step === undefined) return;
    event.preventDefault();
    tiles[Math.min(last, Math.max(0, this.current + step))].focus();
  }
}

/**
 * @param {Component<Message>} component
 */
export default function ({ data, parentElement, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".wall"));
  if (walls.get(parentElement)?.root !== root) walls.set(parentElement, new Wall(root));
  walls.get(parentElement).update(data, (number) => setTriggerValue("picked", number));
}
