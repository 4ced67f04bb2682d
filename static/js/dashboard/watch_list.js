// Everything that is followed, one row each: newest value, freshness, what is new.

import { find, make } from "./dom.js";
import { formatValue } from "./format.js";

const PLACES = { pane: "Chart of its own", overlay: "Over the first chart", list: "Here only" };

export class WatchList {
  #list = find("#watch-list");
  #rows = new Map(); // watch → parts of its row
  #on;

  /** `on` is told: `choose(watch)`, `place(watch, place)`, `remove(watch)`. */
  constructor(on) {
    this.#on = on;
  }

  /** Show these, in this order; one of them is looked at. */
  show(watches, active) {
    for (const watch of this.#rows.keys()) {
      if (!watches.includes(watch)) this.#rows.delete(watch);
    }
    const rows = watches.map((watch) => {
      if (!this.#rows.has(watch)) this.#rows.set(watch, this.#make(watch));
      const parts = this.#rows.get(watch);
      parts.choose.setAttribute("aria-current", String(watch === active));
      parts.place.value = watch.place;
      parts.tools.hidden = watches.length === 1 || watch === watches[0];
      return parts.row;
    });
    const isSame = rows.length === this.#list.children.length
      && rows.every((row, index) => this.#list.children[index] === row);
    if (!isSame) this.#list.replaceChildren(...rows);
    find("#watches").dataset.count = watches.length;
  }

  /** Bring a row up to date. */
  update(watch, freshness) {
    const parts = this.#rows.get(watch);
    if (!parts) return;
    const newest = watch.outputs.newest;
    setText(parts.name, watch.name);
    setText(parts.where, `${watch.instrument}${watch.state ? ` · ${watch.state.timeframe.name}` : ""}`);
    setText(parts.value, watch.ending ? "ended" : newest ? `${sign(newest)}${formatValue(newest.value)}` : "–");
    const dot = watch.ending ? "bad" : freshness.isStale ? "warn" : newest ? "good" : "";
    parts.dot.className = `dot ${dot}`;
    parts.dot.title = watch.ending || freshness.text;
    setText(parts.said, watch.ending ? "ended" : freshness.isStale ? "stale" : "");
    setText(parts.unread, watch.unread > 99 ? "99+" : String(watch.unread));
    parts.unread.hidden = watch.unread === 0;
    parts.unread.title = `${watch.unread} since you looked`;
  }

  #make(watch) {
    const parts = {
      dot: make("span", "dot"),
      said: make("span", "visually-hidden"),
      name: make("strong", "", watch.name),
      where: make("span", "muted"),
      value: make("b", ""),
      unread: make("span", "badge info"),
    };
    parts.choose = make("button", "", parts.dot, parts.name, parts.value, parts.where, parts.unread, parts.said);
    parts.choose.type = "button";
    parts.choose.addEventListener("click", () => this.#on.choose(watch));
    parts.place = this.#places(watch);
    const remove = make("button", "quiet-button", "Remove");
    remove.type = "button";
    remove.setAttribute("aria-label", `Remove ${watch.name} on ${watch.instrument} from this page`);
    remove.addEventListener("click", () => this.#on.remove(watch));
    parts.tools = make("div", "tools", parts.place, remove);
    parts.row = make("li", "", parts.choose, parts.tools);
    return parts;
  }

  #places(watch) {
    const select = make("select", "");
    select.setAttribute("aria-label", `Where ${watch.name} on ${watch.instrument} is shown`);
    select.append(...Object.entries(PLACES).map(([value, text]) => new Option(text, value)));
    select.addEventListener("change", () => this.#on.place(watch, select.value));
    return select;
  }
}

const sign = ({ side, confirmed }) =>
  side ? `${{ buy: ["△", "▲"], sell: ["▽", "▼"] }[side][Number(confirmed)]} ` : "";

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
