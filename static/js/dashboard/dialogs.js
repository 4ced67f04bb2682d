// The page's questions: what to add, how to start, how things are shown.

import { display } from "./display.js";
import { find } from "./dom.js";

/** Connect the display's choices with their form. */
export function listenToDisplay() {
  const dialog = find("#display");
  find("#show-display").addEventListener("click", () => dialog.showModal());
  for (const select of dialog.querySelectorAll("select")) {
    select.value = display.get(select.name);
    select.addEventListener("change", () => display.set(select.name, select.value));
  }
}

/** Ask which script and instrument to add, and where; `add` gets the answer. */
export function listenToAdding(add) {
  const dialog = find("#add");
  const form = dialog.querySelector("form");
  find("#show-add").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "add") return;
    const { address, instrument, place } = Object.fromEntries(new FormData(form));
    dialog.returnValue = "";
    add({ address, instrument, place });
  });
}

/** Ask what should set the script off; `start(body)` gets what the API takes. */
export class StartDialog {
  #dialog = find("#start");
  #form = this.#dialog.querySelector("form");
  #schedule = find("#start-schedule");
  #start;

  constructor(start) {
    this.#start = start;
    this.#form.addEventListener("change", () => this.#show());
    this.#dialog.addEventListener("close", () => {
      if (this.#dialog.returnValue === "start") this.#start(this.body);
      this.#dialog.returnValue = "";
    });
    this.#show();
  }

  open(zone) {
    this.#form.elements.zone.value ||= zone;
    this.#dialog.showModal();
  }

  get body() {
    const { trigger, cron, zone } = Object.fromEntries(new FormData(this.#form));
    return trigger === "schedule" ? { trigger, schedule: cron.trim(), zone: zone.trim() } : { trigger };
  }

  #show() {
    const scheduled = this.#form.elements.trigger.value === "schedule";
    this.#schedule.hidden = !scheduled;
    for (const input of this.#schedule.querySelectorAll("input")) input.required = scheduled;
  }
}

/** Ask as what to export; `shown()` exports what the list shows, `history(format)` is an address. */
export class ExportDialog {
  #dialog = find("#export-choices");

  constructor({ shown, history }) {
    find("#export").addEventListener("click", () => this.open());
    this.#dialog.addEventListener("close", () => {
      if (this.#dialog.returnValue === "shown") shown();
      this.#dialog.returnValue = "";
    });
    for (const link of this.#dialog.querySelectorAll("[data-format]")) {
      link.addEventListener("click", () => {
        link.href = history(link.dataset.format);
        this.#dialog.close();
      });
    }
  }

  open() {
    this.#dialog.showModal();
  }
}
