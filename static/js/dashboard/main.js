// The live page: what is followed, drawn and listed, and how a person steers it.

import { subscribe, unsubscribe } from "./api.js";
import { Announcer } from "./announcer.js";
import { Board } from "./board.js";
import { ExportDialog, listenToAdding, listenToDisplay, StartDialog } from "./dialogs.js";
import { display } from "./display.js";
import { find, make } from "./dom.js";
import { csvOf, download, fileName } from "./export.js";
import { Filter } from "./filter.js";
import { counted } from "./format.js";
import { InstrumentStrip } from "./instruments.js";
import { fromAddress, kept, scriptAt } from "./layout.js";
import { fillTable, OutputList } from "./output_list.js";
import { listenForShortcuts } from "./shortcuts.js";
import { StatusBar } from "./status_bar.js";

const STATE_EVERY_MS = 20_000;
const TABLE_BARS = 60;

class Dashboard {
  #board = new Board();
  #status = new StatusBar();
  #filter = new Filter();
  #list = new OutputList(this.#filter);
  #announcer = new Announcer();
  #strip = new InstrumentStrip((instrument) => this.#board.switchTo({ ...this.#shown, instrument }));
  #exportDialog = new ExportDialog({
    shown: () => this.#exportShown(),
    history: (format) => historyAddress(this.#shown, format),
  });
  #stopping = null; // the subscription that the dialog asks about
  #startDialog = new StartDialog((body) => this.#startRunning(body));

  constructor() {
    const on = (name, act) => this.#board.addEventListener(name, ({ detail }) => act(detail));
    on("active", ({ pane }) => this.#lookAt(pane));
    on("outputs", ({ watch }) => this.#ifShown(watch, () => this.#lookAt(this.#board.active)));
    on("output", ({ watch, entry }) => this.#takeOutput(watch, entry));
    on("drawn", ({ pane }) => this.#ifShown(pane.watch, () => this.#showMarket(pane)));
    on("missed", ({ watch }) => this.#status.note(`Resumed, ${watch.missed.missed} caught up`));
    on("jump", ({ entry }) => this.#list.reveal(entry));
    on("start", () => this.#startRunning({ trigger: "bar" })); // a press looks at its pane first
    on("ask", () => this.#askWhen());
    this.#listenToLive();
    this.#listenToControls();
    this.#listenForKeys();
    setInterval(() => this.#tick(), 1000);
    setInterval(() => this.#board.refresh(), STATE_EVERY_MS);
  }

  /** Show what the address names, and what was followed last time. */
  async begin() {
    await this.#board.begin(fromAddress());
    for (const one of kept()) await this.#board.add(one, { look: false });
  }

  get #shown() {
    return this.#board.active.watch;
  }

  get #paneWithMissed() {
    const { active, panes } = this.#board;
    return active.watch.missed ? active : panes.find((pane) => pane.watch.missed);
  }

  #ifShown(watch, act) {
    if (this.#board.active?.watch === watch) act();
  }

  #listenToLive() {
    const { live } = this.#board;
    live.addEventListener("state", ({ detail }) => {
      this.#status.setConnection(detail);
      this.#banner(detail.name === "ended" ? "You are signed out: nothing new arrives. Load this page again to sign in." : "");
    });
    live.addEventListener("limited", ({ detail }) => this.#status.note(detail.message));
    live.addEventListener("trouble", ({ detail }) => this.#status.note(detail.message));
  }

  #listenToControls() {
    find("#script-choice").addEventListener("change", ({ target }) =>
      this.#board.switchTo({ ...this.#shown, script: scriptAt(target.value) }));
    find("#stream-choice").addEventListener("change", ({ target }) => this.#shown.follow(target.value));
    find("#table-view").addEventListener("toggle", () => this.#drawTable());
    find("#other-triggers").addEventListener("click", () => this.#askWhen());
    find("#stop").addEventListener("close", ({ target }) => {
      if (target.returnValue === "stop") this.#stopRunning();
      target.returnValue = "";
    });
    listenToDisplay();
    listenToAdding(({ address, ...more }) => this.#board.add({ ...more, script: scriptAt(address) }));
    addEventListener("popstate", () => this.#board.switchTo(fromAddress(), { push: false }));
    addEventListener("themechange", () => this.#paint());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#paint());
  }

  #listenForKeys() {
    const chart = (act) => () => act(this.#board.active.chart);
    const look = (by) => () => {
      const { watches, active } = this.#board;
      this.#board.choose(watches.at((watches.indexOf(active.watch) + by) % watches.length));
    };
    listenForShortcuts({
      ArrowLeft: () => this.#strip.step(-1),
      ArrowRight: () => this.#strip.step(1),
      "Shift+ArrowLeft": chart((one) => one.move({ by: -0.25 })),
      "Shift+ArrowRight": chart((one) => one.move({ by: 0.25 })),
      "+": chart((one) => one.move({ zoom: 0.7 })),
      "-": chart((one) => one.move({ zoom: 1.4 })),
      l: chart((one) => one.showNewest()),
      "/": () => this.#strip.focus(),
      n: look(1),
      p: look(-1),
      m: () => this.#paneWithMissed?.jumpToMissed(),
      a: () => find("#show-add").click(),
      f: () => this.#filter.focus(),
      e: () => this.#exportDialog.open(),
      d: () => find("#show-display").click(),
      t: () => find("#table-view").toggleAttribute("open"),
    });
  }

  #lookAt(pane) {
    const { watch } = pane;
    const { state } = watch;
    this.#list.show(pane);
    find("#script-choice").value = watch.script.address;
    this.#strip.mark(watch.instrument, state?.running_on ?? []);
    find("#outputs-of").textContent = `${watch.name} on ${watch.instrument}`;
    document.title = `${watch.name} on ${watch.instrument} · SignalHub`;
    if (!state) return;
    find("#version").textContent = `${state.script.version} · ${state.timeframe.name} bars · by ${state.script.owner}`;
    this.#showStreams(watch);
    this.#showSubscriptions(watch.ending ? [] : state.subscriptions);
    this.#status.setConnection(this.#board.live.state);
    this.#showMarket(pane);
  }

  #showStreams({ state, streamKey }) {
    const choice = find("#stream-choice");
    choice.replaceChildren(...state.streams.map(({ key, label }) => new Option(label, key, false, key === streamKey)));
    choice.parentElement.hidden = state.streams.length < 2;
  }

  #showSubscriptions(subscriptions) {
    find("#other-triggers").hidden = this.#shown.ending !== "" || !this.#shown.isRunning;
    find("#running").replaceChildren(...subscriptions.flatMap((subscription) => {
      const stop = make("button", "link-button", "Stop");
      stop.type = "button";
      stop.setAttribute("aria-label", `Stop running on ${subscription.said}`);
      stop.addEventListener("click", () => {
        this.#stopping = subscription;
        find("#stop").showModal();
      });
      return [`You run this on ${subscription.said}. `, stop, " "];
    }));
  }

  #showMarket(pane) {
    const { watch, zone } = pane;
    this.#status.setMarketTime(pane.chart.newestBar?.time ?? null, { daily: watch.daily, zone });
    this.#drawTable();
  }

  #takeOutput(watch, entry) {
    this.#ifShown(watch, () => this.#list.add(entry));
    if (!entry.side || !entry.confirmed || entry.missed) return;
    this.#announcer.tell(`${entry.side === "buy" ? "Buy" : "Sell"} ${watch.instrument}. ${entry.reason}`);
  }

  #drawTable() {
    const table = find("#table-view");
    const pane = this.#board.active;
    if (!table.open || !pane?.watch.state) return;
    const { watch, zone, chart } = pane;
    const body = table.querySelector("tbody");
    fillTable(body, chart.barsNewestFirst(TABLE_BARS), watch.outputs.all, { daily: watch.daily, zone });
  }

  #exportShown() {
    const { watch } = this.#board.active;
    const entries = watch.outputs.all.filter((entry) => this.#filter.passes(entry));
    if (!entries.length) return this.#board.active.warn("There is nothing to export: no output fits the filter.");
    this.#status.note(`Exported ${counted(entries.length, "output")}`);
    return download(csvOf(entries), fileName(watch.name, watch.instrument, "as-shown"));
  }

  #askWhen() {
    this.#startDialog.open(this.#shown.state?.instrument?.timezone ?? "UTC");
  }

  async #startRunning(body) {
    const pane = this.#board.active;
    const { watch } = pane;
    const { trigger, ...more } = body;
    const given = trigger === "bar" ? {} : { trigger, ...more };
    try {
      await subscribe(watch.state.subscribe_url, { instrument: watch.instrument, ...given });
      await pane.open();
      this.#lookAt(pane);
    } catch (problem) {
      pane.warn(problem.message);
    }
  }

  async #stopRunning() {
    const pane = this.#board.active;
    try {
      await unsubscribe(this.#stopping.id);
      await pane.watch.refresh();
      this.#lookAt(pane);
    } catch (problem) {
      pane.warn(problem.message);
    }
  }

  #paint() {
    for (const pane of this.#board.panes) pane.paint();
    if (this.#board.active) this.#lookAt(this.#board.active);
  }

  #tick() {
    this.#status.draw();
    this.#board.tick();
  }

  #banner(sentence) {
    const banner = find("#banner");
    banner.textContent = sentence;
    banner.hidden = !sentence;
  }
}

function historyAddress({ state, streamKey }, format) {
  const { params = {} } = state.streams.find((stream) => stream.key === streamKey) ?? {};
  const query = { format, timeframe: state.timeframe.name, params: JSON.stringify(params) };
  return `${state.history_url}?${new URLSearchParams(query)}`;
}

display.set("colours", display.get("colours"));
new Dashboard().begin();
