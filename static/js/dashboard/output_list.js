// The list of recent signals, or of all outputs, newest first; and the same as a table.

import { find, make, showInstead } from "./dom.js";
import { formatMarketTime, formatPrice, formatValue } from "./format.js";

const ROWS = 100;
const TABLE_ROWS = 60;

export class OutputList {
  #list = find("#output-list");
  #empty = find("#output-empty");
  #filter = "signals";
  #outputs = null;
  #running = true;
  #daily;

  constructor({ daily }) {
    this.#daily = daily;
    for (const button of document.querySelectorAll("[data-filter]")) {
      button.addEventListener("click", () => this.#choose(button.dataset.filter));
    }
  }

  /** Tell whether the script runs here at all, which an empty list then says. */
  setRunning(running) {
    this.#running = running;
    this.#finish();
  }

  /** Show the outputs of a stream from the start. */
  show(outputs) {
    this.#outputs = outputs;
    const entries = this.#filter === "signals" ? outputs.signals : outputs.all;
    this.#list.replaceChildren(...entries.slice(-ROWS).reverse().map((entry) => this.#row(entry)));
    this.#finish();
  }

  /** Put one that just arrived on top. */
  add(entry) {
    if (this.#filter === "signals" && !entry.side) return this.#finish();
    const row = this.#row(entry);
    row.classList.add("arrived");
    this.#list.prepend(row);
    while (this.#list.children.length > ROWS) this.#list.lastElementChild.remove();
    this.#finish();
  }

  #choose(filter) {
    this.#filter = filter;
    for (const button of document.querySelectorAll("[data-filter]")) {
      button.setAttribute("aria-pressed", String(button.dataset.filter === filter));
    }
    if (this.#outputs) this.show(this.#outputs);
  }

  #finish() {
    const nothing = this.#list.children.length === 0;
    showInstead(this.#empty, this.#list, nothing);
    const [title, text] = this.#describeEmptiness(this.#outputs?.all.length ?? 0);
    this.#empty.querySelector("strong").textContent = title;
    this.#empty.querySelector("span").textContent = text;
  }

  #describeEmptiness(outputs) {
    if (!this.#running) return ["Nothing runs here", "Outputs appear once the script runs on this instrument."];
    if (!outputs) return ["No output yet", "Waiting for the next bar: each one runs the script."];
    const soFar = outputs === 1 ? "1 output so far, without a side. It is" : `${outputs} outputs so far, none with a side. They are`;
    return ["No signal yet", `${soFar} under “All outputs”.`];
  }

  #row(entry) {
    const time = make("time", "muted", formatMarketTime(entry.barOpenedAt, { daily: this.#daily }));
    const row = make("li", "", sideBadge(entry.side), make("b", "", formatValue(entry.value)), time);
    if (entry.reason) row.append(make("span", "reason", entry.reason));
    return row;
  }
}

/** Fill the table that says the same as the chart. */
export function fillTable(body, bars, outputs, { daily }) {
  const byBar = new Map(outputs.map((entry) => [entry.barOpenedAt, entry]));
  body.replaceChildren(...bars.slice(0, TABLE_ROWS).map((bar) => {
    const entry = byBar.get(bar.time);
    const cells = [bar.open, bar.high, bar.low, bar.close].map((price) => make("td", "", formatPrice(price)));
    return make("tr", "",
      make("th", "", formatMarketTime(bar.time, { daily })),
      ...cells,
      make("td", "", entry ? formatValue(entry.value) : "–"),
      make("td", "", entry?.side ?? "–"));
  }));
}

function sideBadge(side) {
  if (!side) return make("span", "badge", "output");
  return make("span", `badge ${side === "buy" ? "good" : "bad"}`, side === "buy" ? "▲ Buy" : "▼ Sell");
}
