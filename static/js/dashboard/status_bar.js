// Connection, age of the data, and the market's clock; the age moves every second.

import { find } from "./dom.js";
import { formatAge, formatMarketTime } from "./format.js";

const STALE_AFTER_CADENCES = 3;
const GRACE_MS = 4000;
const NOTE_MS = 6000;
const BARS_IN_FLIGHT = 2; // a bar that just closed is still being computed

export class StatusBar {
  #connection = find("#connection");
  #age = find("#data-age");
  #marketTime = find("#market-time");
  #state = { name: "connecting" };
  #note = null;
  #noteUntil = 0;
  #lastOutputAt = null;
  #feed = null;
  #cadenceMs = null;
  #barsBehind = 0;

  constructor() {
    setInterval(() => this.#draw(), 1000);
  }

  setConnection(state) {
    this.#state = state;
    this.#draw();
  }

  /** Say something about the connection for a few seconds, such as how many frames were caught up. */
  note(text) {
    this.#note = text;
    this.#noteUntil = Date.now() + NOTE_MS;
    this.#draw();
  }

  setFeed(feed, cadenceSeconds) {
    this.#feed = feed;
    this.#cadenceMs = cadenceSeconds === null ? null : cadenceSeconds * 1000;
    this.#draw();
  }

  setLastOutput(at) {
    this.#lastOutputAt = at;
    this.#draw();
  }

  /** Tell how many bars there are that the script has not put anything out for. */
  setBehind(bars) {
    this.#barsBehind = bars;
    this.#draw();
  }

  setMarketTime(seconds, { daily }) {
    this.#marketTime.textContent = formatMarketTime(seconds, { daily });
  }

  #draw() {
    const [kind, text] = this.#describeConnection();
    this.#connection.className = `badge ${kind}`;
    this.#connection.lastElementChild.textContent = text;
    const [ageKind, age] = this.#describeAge();
    this.#age.className = `badge ${ageKind}`;
    this.#age.textContent = age;
  }

  #describeConnection() {
    const { name, retryAt } = this.#state;
    if (name === "live") {
      return Date.now() < this.#noteUntil ? ["info", this.#note] : ["good", "Live"];
    }
    if (name === "waiting") {
      const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
      return ["warn", navigator.onLine ? `Reconnecting in ${seconds} s` : "Offline"];
    }
    if (name === "ended") return ["bad", "Ended"];
    if (name === "idle") return ["", "Not subscribed"];
    return ["warn", "Connecting…"];
  }

  #describeAge() {
    if (this.#lastOutputAt === null) return ["", "no output yet"];
    const age = Date.now() - this.#lastOutputAt;
    const text = `last output ${formatAge(age)} ago`;
    if (this.#barsBehind > BARS_IN_FLIGHT) return ["warn", `${text} · ${this.#barsBehind} bars behind`];
    if (this.#feed?.finished) return ["", `${text} · history played to its end`];
    if (this.#feed?.paused) return ["", `${text} · feed paused`];
    const limit = this.#cadenceMs && this.#cadenceMs * STALE_AFTER_CADENCES + GRACE_MS;
    return limit && age > limit ? ["warn", `${text} · stale`] : ["", text];
  }
}
