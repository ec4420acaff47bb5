// Reports to Python: the unit that is to stay lit, changes by hand, and undoing them.

/** @typedef {{ serial: number, kind: "unit" | "change" | "undo", value: unknown }} Report */

export class Reports {
  constructor() {
    /** @type {((reports: Report[]) => void) | null} */
    this.send = null;
    /** @type {Report[]} */
    this.pending = []; // that Python has not acknowledged
    this.serial = 0;
    /** @type {string | null} */
    this.later = null; // a change of a value that waits until the one before it is answered
  }

  /**
   * @param {(reports: Report[]) => void} send
   * @param {number} ack the highest serial number that Python has read
   */
  connect(send, ack) {
    this.send = send;
    this.pending = this.pending.filter(({ serial }) => serial > ack);
    if (this.later === null || this.waits()) return;
    const change = this.later;
    this.later = null;
    this.tell("change", change);
  }

  /**
   * @param {Report["kind"]} kind
   * @param {unknown} value
   */
  tell(kind, value) {
    this.serial = Math.max(this.serial + 1, Date.now());
    this.pending.push({ serial: this.serial, kind, value });
    this.send?.(this.pending);
  }

  // A value under the hand: sent when Python has answered the one before it, so that none queue up.
  tellValue(/** @type {string} */ change) {
    if (this.waits()) this.later = change;
    else this.tell("change", change);
  }

  waits() {
    return this.pending.some(({ kind }) => kind === "change");
  }

  // Changes that the network of Python's message may lack.
  unanswered() {
    const changes = this.pending.filter(({ kind }) => kind === "change").map(({ value }) => String(value));
    return this.later === null ? changes : [...changes, this.later];
  }
}
