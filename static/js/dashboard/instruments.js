// The strip of instruments: links that switch in place, and a box that narrows them down.

import { find } from "./dom.js";

export class InstrumentStrip {
  #links = [...document.querySelectorAll("#instruments a")];
  #filter = find("#instrument-filter");
  #onChoose;

  constructor(onChoose) {
    this.#onChoose = onChoose;
    for (const link of this.#links) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.choose(link.dataset.instrument);
      });
    }
    this.#filter.addEventListener("input", () => this.#narrow());
    this.#filter.addEventListener("keydown", (event) => this.#onFilterKey(event));
    addEventListener("popstate", () => this.#show(instrumentOfAddress()));
  }

  get chosen() {
    return this.#links.find((link) => link.ariaCurrent === "true")?.dataset.instrument;
  }

  choose(instrument) {
    const address = new URL(location.href);
    address.searchParams.set("instrument", instrument);
    history.pushState(null, "", address);
    this.#show(instrument);
  }

  step(by) {
    const shown = this.#shown();
    const at = shown.findIndex((link) => link.dataset.instrument === this.chosen);
    const next = shown.at((at + by) % shown.length);
    if (next) this.choose(next.dataset.instrument);
  }

  /** Mark on which instruments the script is running. */
  markRunning(instruments) {
    const running = new Set(instruments);
    for (const link of this.#links) {
      link.classList.toggle("running", running.has(link.dataset.instrument));
    }
  }

  #show(instrument) {
    for (const link of this.#links) {
      link.ariaCurrent = link.dataset.instrument === instrument ? "true" : "false";
      if (link.ariaCurrent === "true") link.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    this.#onChoose(instrument);
  }

  #shown() {
    return this.#links.filter((link) => !link.hidden);
  }

  #narrow() {
    const wanted = this.#filter.value.trim().toUpperCase();
    for (const link of this.#links) {
      link.hidden = !link.dataset.instrument.toUpperCase().includes(wanted);
    }
  }

  #onFilterKey(event) {
    if (event.key === "Enter") {
      const [first] = this.#shown();
      if (first) this.choose(first.dataset.instrument);
    }
    if (event.key === "Enter" || event.key === "Escape") {
      this.#filter.value = "";
      this.#narrow();
      this.#filter.blur();
    }
  }
}

function instrumentOfAddress() {
  return new URL(location.href).searchParams.get("instrument");
}
