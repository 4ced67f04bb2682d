// What a screen reader is told: the newest at once, and of a flood one sentence every few seconds.

import { find } from "./dom.js";
import { counted } from "./format.js";

const PAUSE_MS = 5000;

export class Announcer {
  #element = find("#announcer");
  #waiting = [];
  #timer = null;

  /** Tell of a signal. */
  tell(sentence) {
    this.#waiting.push(sentence);
    if (this.#timer === null) this.#speak();
  }

  #speak() {
    const newest = this.#waiting.at(-1);
    const others = this.#waiting.length - 1;
    this.#waiting = [];
    if (newest === undefined) {
      this.#timer = null;
      return;
    }
    this.#element.textContent = others ? `${counted(others + 1, "signal")}; the newest: ${newest}` : newest;
    this.#timer = setTimeout(() => this.#speak(), PAUSE_MS);
  }
}
