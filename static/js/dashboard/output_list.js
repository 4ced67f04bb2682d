// The outputs of the pane that is looked at, newest first; and the same as a table.

import { find, make, showInstead } from "./dom.js";
import { counted, formatMarketTime, formatPrice, formatValue } from "./format.js";

const ROWS = 100;
const TABLE_ROWS = 60;

export class OutputList {
  #list = find("#output-list");
  #empty = find("#output-empty");
  #filter;
  #pane = null;
  #rows = new Map(); // sequence number → row

  constructor(filter) {
    this.#filter = filter;
    filter.addEventListener("change", () => this.#pane && this.show(this.#pane));
  }

  /** Show the outputs of a pane from the start. */
  show(pane) {
    this.#pane = pane;
    this.#rows.clear();
    const entries = pane.watch.outputs.all.filter((entry) => this.#filter.passes(entry));
    this.#list.replaceChildren(...entries.slice(-ROWS).reverse().map((entry) => this.#row(entry)));
    this.#finish();
  }

  /** Put one that just arrived on top, in the place of what it replaces. */
  add(entry) {
    for (const old of entry.replaces) this.#remove(old.seq);
    if (this.#filter.passes(entry)) {
      const row = this.#row(entry);
      row.classList.add("arrived");
      this.#list.prepend(row);
      while (this.#list.children.length > ROWS) this.#remove(Number(this.#list.lastElementChild.dataset.seq));
    }
    this.#finish();
  }

  /** Bring an output into view and mark it for a moment. */
  reveal(entry) {
    if (!this.#rows.has(entry.seq)) this.#filter.clear("all");
    const row = this.#rows.get(entry.seq);
    if (!row) return;
    row.scrollIntoView({ block: "nearest" });
    row.classList.add("arrived");
    row.focus({ preventScroll: true });
  }

  #remove(seq) {
    this.#rows.get(seq)?.remove();
    this.#rows.delete(seq);
  }

  #finish() {
    const nothing = this.#list.children.length === 0;
    showInstead(this.#empty, this.#list, nothing);
    if (!nothing) return;
    const [title, text] = this.#describeEmptiness();
    this.#empty.querySelector("strong").textContent = title;
    this.#empty.querySelector("span").textContent = text;
  }

  #describeEmptiness() {
    const { watch } = this.#pane;
    const { length } = watch.outputs.all;
    if (watch.ending) return ["Nothing comes here any more", watch.ending];
    if (!watch.isRunning) return ["Nothing runs here", "Outputs appear once the script runs on this instrument."];
    if (!length) return ["No output yet", "Waiting for the next bar: each one runs the script."];
    if (this.#filter.isNarrow) return ["None of them fits", `${counted(length, "output")} here, all left out by the filter.`];
    const soFar = length === 1 ? "1 output so far, without a side. It is" : `${length} outputs so far, none with a side. They are`;
    return ["No signal yet", `${soFar} under “All outputs”.`];
  }

  #row(entry) {
    const { watch, zone } = this.#pane;
    const time = make("time", "muted", formatMarketTime(entry.barOpenedAt, { daily: watch.daily, zone }));
    const row = make("li", "", sideBadge(entry), make("b", "", formatValue(entry.value)), time);
    const notes = [entry.missed && "while you were away", !entry.confirmed && "may still change"];
    const said = [entry.reason, ...notes.filter(Boolean)].filter(Boolean).join(" · ");
    if (said) row.append(make("span", "reason", said));
    row.classList.toggle("missed", entry.missed);
    row.dataset.seq = entry.seq;
    row.tabIndex = -1;
    this.#rows.set(entry.seq, row);
    return row;
  }
}

/** Fill the table that says the same as the chart. */
export function fillTable(body, bars, outputs, { daily, zone }) {
  const byBar = new Map(outputs.map((entry) => [entry.barOpenedAt, entry]));
  body.replaceChildren(...bars.slice(0, TABLE_ROWS).map((bar) => {
    const entry = byBar.get(bar.time);
    const cells = [bar.open, bar.high, bar.low, bar.close].map((price) => make("td", "", formatPrice(price)));
    return make("tr", "",
      make("th", "", formatMarketTime(bar.time, { daily, zone })),
      ...cells,
      make("td", "", entry ? formatValue(entry.value) : "–"),
      make("td", "", entry?.side ? `${entry.side}${entry.confirmed ? "" : ", may change"}` : "–"));
  }));
}

function sideBadge({ side, confirmed }) {
  if (!side) return make("span", "badge", "output");
  const shape = { buy: ["△", "▲"], sell: ["▽", "▼"] }[side][Number(confirmed)];
  const kind = `${side === "buy" ? "good" : "bad"}${confirmed ? "" : " hollow"}`;
  return make("span", `badge ${kind}`, `${shape} ${side === "buy" ? "Buy" : "Sell"}`);
}
