// What holds for the whole page: the connection, and the market's clock.

import { display } from "./display.js";
import { find } from "./dom.js";
import { formatMarketTime } from "./format.js";

const NOTE_MS = 6000;

export class StatusBar {
  #connection = find("#connection");
  #marketTime = find("#market-time");
  #state = { name: "connecting" };
  #note = null;
  #noteUntil = 0;

  setConnection(state) {
    this.#state = state;
    this.draw();
  }

  /** Say something about the connection for a few seconds, such as how much was caught up. */
  note(text) {
    this.#note = text;
    this.#noteUntil = Date.now() + NOTE_MS;
    this.draw();
  }

  setMarketTime(seconds, { daily, zone }) {
    const text = seconds === null ? "–" : formatMarketTime(seconds, { daily, zone });
    const zoneName = display.get("zone") === "own" ? "your time" : (zone ?? "UTC");
    this.#marketTime.textContent = text;
    this.#marketTime.title = daily ? "" : zoneName;
  }

  draw() {
    const [kind, text] = this.#describeConnection();
    this.#connection.className = `badge ${kind}`;
    if (this.#connection.lastElementChild.textContent !== text) {
      this.#connection.lastElementChild.textContent = text;
    }
  }

  #describeConnection() {
    const { name, retryAt, reason } = this.#state;
    if (name === "live") return Date.now() < this.#noteUntil ? ["info", this.#note] : ["good", "Live"];
    if (name === "waiting") {
      const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
      const why = reason === "closing" ? "Server restarts: back" : "Reconnecting";
      return ["warn", navigator.onLine ? `${why} in ${seconds} s` : "Offline"];
    }
    if (name === "ended") return ["bad", "Signed out"];
    if (name === "idle") return ["", "Not subscribed"];
    return ["warn", "Connecting…"];
  }
}
