// Everything that is followed: the panes, what lies over them, and the list of it all.

import { LiveClient } from "../live/client.js";
import { ApiProblem } from "./api.js";
import { find } from "./dom.js";
import { keep, toAddress } from "./layout.js";
import { Pane } from "./pane.js";
import { Prices } from "./prices.js";
import { Watch } from "./watch.js";
import { WatchList } from "./watch_list.js";

const PANES_AT_MOST = 4;
const OPEN_AGAIN_MS = 3000;

/**
 * Events: `active` {pane} is looked at now; `output` {watch, entry}; `outputs` {watch}: all anew;
 * `drawn` {pane}; `missed` {watch}; `jump` {pane, entry}; `start` and `ask` {pane}: run it on every
 * bar, or ask when.
 */
export class Board extends EventTarget {
  live = new LiveClient();
  #prices = new Prices(this.live);
  panes = [];
  watches = [];
  active = null;
  #isAsking = false;
  #area = find("#panes");
  #template = find("#pane-template");
  #list = new WatchList({
    choose: (watch) => this.choose(watch),
    place: (watch, place) => this.place(watch, place),
    remove: (watch) => this.remove(watch),
  });

  /** Take over the pane that the server wrote. */
  begin({ script, instrument }) {
    const watch = this.#watch({ script, instrument });
    this.watches = [watch];
    this.#addPane(watch, { element: this.#area.querySelector(".pane") });
    return this.#open(this.active);
  }

  /** Follow something more; with `look` it is what is looked at from then on. */
  async add({ script, instrument, key = null, place }, { look = true } = {}) {
    const same = this.#following({ script, instrument });
    if (same) return this.choose(same);
    const watch = this.#watch({ script, instrument, streamKey: key, place });
    this.watches.push(watch);
    if (place === "pane" && !this.#hasRoom) watch.place = "list";
    keep(this.watches);
    if (watch.place === "pane") return this.#open(this.#addPane(watch, { look }));
    await watch.begin().catch((problem) => this.#refused(watch, problem));
    if (watch.place === "overlay") this.panes[0].overlay(watch);
    return this.#showList();
  }

  /** Look at a watch: its chart, or the one that it lies over; from the list it gets one. */
  choose(watch) {
    const shown = this.panes.find((pane) => pane.watch === watch || pane.overlays.includes(watch));
    if (!shown) return this.place(watch, "pane");
    this.activate(shown);
    watch.seen();
    shown.element.scrollIntoView({ block: "nearest" });
    return shown.element.focus({ preventScroll: true });
  }

  /** Show a watch somewhere else. */
  place(watch, place) {
    if (place === "pane" && !this.#hasRoom) {
      this.active.warn(`No more than ${PANES_AT_MOST} charts fit: close one first.`);
      return this.#showList();
    }
    this.#takeOff(watch);
    watch.place = place;
    if (place === "overlay") this.panes[0].overlay(watch);
    keep(this.watches);
    if (place === "pane") return this.#open(this.#addPane(watch));
    return this.#showList();
  }

  /** Follow a watch no longer. */
  remove(watch) {
    this.#takeOff(watch);
    watch.close();
    const wasFirst = this.watches[0] === watch;
    const [first] = this.panes;
    const others = this.watches.filter((one) => one !== watch && one !== first.watch);
    this.watches = wasFirst ? [first.watch, ...others] : this.watches.filter((one) => one !== watch);
    if (wasFirst) toAddress(first.watch);
    keep(this.watches);
    this.#showList();
  }

  /** Show another script or instrument in the pane that is looked at. */
  async switchTo({ script, instrument }, { push = true } = {}) {
    const { active } = this;
    const same = this.#following({ script, instrument });
    if (same) return this.choose(same);
    if (push) toAddress({ script, instrument });
    const watch = this.#watch({ script, instrument });
    this.watches[this.watches.indexOf(active.watch)] = watch;
    active.watch.close();
    const element = this.#blank();
    active.element.replaceWith(element);
    const overlays = active.overlays;
    active.remove();
    this.panes = this.panes.filter((pane) => pane !== active);
    const pane = this.#addPane(watch, { element, first: this.watches.indexOf(watch) === 0 });
    await this.#open(pane);
    for (const over of overlays) pane.overlay(over);
    keep(this.watches);
  }

  activate(pane) {
    if (this.active === pane || !this.panes.includes(pane)) return;
    this.active?.element.classList.remove("active");
    this.active = pane;
    pane.element.classList.add("active");
    pane.watch.seen();
    this.#showList();
    this.#tell("active", { pane });
  }

  /** Ask for everything's state again. */
  async refresh() {
    if (document.hidden) return;
    for (const watch of this.watches.filter((one) => one.state && !one.ending)) {
      await watch.refresh().catch((problem) => this.#refused(watch, problem));
    }
    for (const pane of this.panes) await pane.prices.update();
  }

  async #askOfDoubtful() {
    if (document.hidden || this.#isAsking) return;
    this.#isAsking = true;
    for (const watch of this.watches.filter((one) => one.state && !one.ending && one.isInDoubt)) {
      await watch.refresh().catch((problem) => this.#refused(watch, problem));
    }
    this.#isAsking = false;
  }

  /** Bring what changes by itself up to date: called every second. */
  tick() {
    if (!document.hidden) this.active?.watch.seen();
    this.#askOfDoubtful();
    for (const pane of this.panes) this.#list.update(pane.watch, pane.showFreshness());
    for (const watch of this.watches.filter((one) => !this.panes.some((pane) => pane.watch === one))) {
      this.#list.update(watch, watch.describeFreshness({ zone: this.panes[0].zone }));
    }
  }

  #following({ script, instrument }) {
    return this.watches.find((one) =>
      one.script.address === script.address && one.instrument === instrument);
  }

  get #hasRoom() {
    return this.panes.length < PANES_AT_MOST;
  }

  #watch(given) {
    const watch = new Watch(this.live, given);
    watch.addEventListener("output", ({ detail: { entry } }) => {
      if (this.active?.watch === watch && !document.hidden) watch.seen();
      this.#tell("output", { watch, entry });
    });
    watch.addEventListener("outputs", () => this.#tell("outputs", { watch }));
    watch.addEventListener("missed", () => this.#tell("missed", { watch }));
    watch.addEventListener("ended", () => this.#tell("outputs", { watch }));
    return watch;
  }

  #blank() {
    return this.#template.content.firstElementChild.cloneNode(true);
  }

  #addPane(watch, { element = this.#blank(), first = false, look = true } = {}) {
    if (!element.isConnected) this.#area.append(element);
    const pane = new Pane(element, watch, {
      activate: () => this.activate(pane),
      close: () => this.remove(watch),
      start: () => this.#tell("start", { pane }),
      startOtherwise: () => this.#tell("ask", { pane }),
      drawn: () => this.#tell("drawn", { pane }),
      prices: (key, take) => this.#prices.follow(key, take),
    });
    element.addEventListener("jump", ({ detail: { entry } }) => {
      this.activate(pane);
      this.#tell("jump", { pane, entry });
    });
    if (first) this.panes.unshift(pane);
    else this.panes.push(pane);
    if (look) this.activate(pane);
    this.#showList();
    return pane;
  }

  // A chart goes, what lay over it goes into the list.
  #takeOff(watch) {
    const pane = this.panes.find((one) => one.watch === watch);
    for (const one of this.panes) one.removeOverlay(watch);
    if (!pane) return;
    for (const over of pane.overlays) over.place = "list";
    this.panes = this.panes.filter((one) => one !== pane);
    pane.remove();
    if (this.active === pane) this.activate(this.panes[0]);
  }

  async #open(pane) {
    try {
      await pane.open();
      pane.warn("");
      this.#tell("outputs", { watch: pane.watch });
    } catch (problem) {
      this.#openAgain(pane, problem);
    }
  }

  // What the server said will not change by asking; silence may.
  #openAgain(pane, problem) {
    if (problem instanceof ApiProblem && problem.status < 500) return pane.warn(problem.message);
    if (!(problem instanceof ApiProblem || problem instanceof TypeError)) throw problem;
    pane.warn("The server does not answer. This page keeps asking.");
    return setTimeout(() => this.panes.includes(pane) && this.#open(pane), OPEN_AGAIN_MS);
  }

  #refused(watch, problem) {
    if (problem.status === 403 || problem.status === 404) watch.end(problem.message);
  }

  #showList() {
    this.#area.dataset.count = this.panes.length;
    this.#list.show(this.watches, this.active?.watch);
    this.tick();
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
