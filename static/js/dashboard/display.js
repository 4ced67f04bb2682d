// How a person wants to see things: zone, colours, single keys. Kept in this browser as the theme
// is: it belongs to the screen one sits at, and has to be known before anything is painted.

const DEFAULTS = { zone: "exchange", colours: "default", keys: "on" };
const CHOICES = {
  zone: ["exchange", "utc", "own"],
  colours: ["default", "safe"],
  keys: ["on", "off"],
};

class Display extends EventTarget {
  #chosen = { ...DEFAULTS };

  constructor() {
    super();
    for (const name of Object.keys(DEFAULTS)) this.#take(name, read(name));
    addEventListener("storage", ({ key, newValue }) => this.#take(key, newValue) && this.#tell());
  }

  get(name) {
    return this.#chosen[name];
  }

  set(name, value) {
    if (!this.#take(name, value)) return;
    write(name, value);
    if (name === "colours") document.documentElement.dataset.colours = value;
    this.#tell();
  }

  /** Return the zone to write times of an instrument in; undefined is the browser's own. */
  zoneFor(instrument) {
    if (this.#chosen.zone === "own") return undefined;
    return this.#chosen.zone === "exchange" ? (instrument?.timezone ?? "UTC") : "UTC";
  }

  #take(name, value) {
    const isKnown = CHOICES[name]?.includes(value) ?? false;
    if (isKnown) this.#chosen[name] = value;
    return isKnown;
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
    dispatchEvent(new CustomEvent("themechange"));
  }
}

/** Return a text that this browser kept, or null. */
export function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // storage is switched off: everything is as it is at first
  }
}

/** Keep a text in this browser, if it keeps any. */
export function write(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // the choice lasts until the page is left
  }
}

export const display = new Display();
