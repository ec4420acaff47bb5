// Where a sequence of steps stands, and how it moves: by hand, or by itself at one of two paces.

const PACES = { slow: 1800, fast: 350 }; // milliseconds between two steps that play by themselves

export class Player {
  /**
   * @param {number} count of the steps, at least 1
   */
  constructor(count) {
    this.count = count;
    this.at = 0;
    this.plays = false;
    this.fast = false;
  }

  get last() {
    return this.at === this.count - 1;
  }

  get wait() {
    return this.fast ? PACES.fast : PACES.slow;
  }

  // One step on, or back; at the end it plays no longer.
  move(/** @type {number} */ by) {
    this.at = Math.min(Math.max(this.at + by, 0), this.count - 1);
    if (this.last) this.plays = false;
  }

  again() {
    this.at = 0;
    this.plays = false;
  }

  // Play or pause; from the end it begins again.
  toggle() {
    if (!this.plays && this.last) this.at = 0;
    this.plays = !this.plays && this.count > 1;
  }
}
