// Which outputs somebody wants to see: a kind, confirmed or not, and a text.

import { find } from "./dom.js";
import { formatValue } from "./format.js";

const KINDS = {
  signals: (entry) => entry.side !== null,
  all: () => true,
  buy: (entry) => entry.side === "buy",
  sell: (entry) => entry.side === "sell",
};
const CERTAINTIES = {
  any: () => true,
  confirmed: (entry) => entry.confirmed,
  provisional: (entry) => !entry.confirmed,
};

export class Filter extends EventTarget {
  #kind = "signals";
  #certainty = find("#filter-certainty");
  #text = find("#filter-text");
  #buttons = [...document.querySelectorAll("[data-filter]")];

  constructor() {
    super();
    for (const button of this.#buttons) {
      button.addEventListener("click", () => this.#choose(button.dataset.filter));
    }
    this.#certainty.addEventListener("change", () => this.#tell());
    this.#text.addEventListener("input", () => this.#tell());
  }

  get kind() {
    return this.#kind;
  }

  get isNarrow() {
    return this.#certainty.value !== "any" || this.#text.value.trim() !== "";
  }

  passes(entry) {
    const wanted = this.#text.value.trim().toLowerCase();
    return KINDS[this.#kind](entry) && CERTAINTIES[this.#certainty.value](entry)
      && (!wanted || textOf(entry).includes(wanted));
  }

  focus() {
    find("#filter-box").open = true;
    this.#text.focus();
  }

  /** Show everything again, of this kind. */
  clear(kind = this.#kind) {
    this.#certainty.value = "any";
    this.#text.value = "";
    this.#choose(kind);
  }

  #choose(kind) {
    this.#kind = kind;
    for (const button of this.#buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.filter === kind));
    }
    this.#tell();
  }

  #tell() {
    find("#filter-box").classList.toggle("narrowed", this.isNarrow);
    this.dispatchEvent(new Event("change"));
  }
}

function textOf({ side, reason, value, metadata }) {
  return `${side ?? ""} ${reason} ${formatValue(value)} ${JSON.stringify(metadata)}`.toLowerCase();
}
