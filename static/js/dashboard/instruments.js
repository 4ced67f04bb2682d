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
        this.#onChoose(link.dataset.instrument);
      });
    }
    this.#filter.addEventListener("input", () => this.#narrow());
    this.#filter.addEventListener("keydown", (event) => this.#onFilterKey(event));
  }

  focus() {
    this.#filter.focus();
  }

  /** Choose the next instrument of those shown, or the one before. */
  step(by) {
    const shown = this.#shown();
    const at = shown.findIndex((link) => link.ariaCurrent === "true");
    const next = shown.at((at + by) % shown.length);
    if (next) this.#onChoose(next.dataset.instrument);
  }

  /** Mark which instrument is shown, and on which the script is running. */
  mark(instrument, running) {
    const runs = new Set(running);
    for (const link of this.#links) {
      const isChosen = link.dataset.instrument === instrument;
      link.classList.toggle("running", runs.has(link.dataset.instrument));
      if (isChosen && link.ariaCurrent !== "true") {
        link.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
      link.ariaCurrent = String(isChosen);
    }
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
      if (first) this.#onChoose(first.dataset.instrument);
    }
    if (event.key === "Enter" || event.key === "Escape") {
      this.#filter.value = "";
      this.#narrow();
      this.#filter.blur();
    }
  }
}
