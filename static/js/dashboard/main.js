// The live page of one script: candles, its output, its signals, and how fresh they are.

import { ApiProblem, fetchBars, fetchState, subscribe } from "./api.js";
import { PriceChart } from "./chart.js";
import { find } from "./dom.js";
import { InstrumentStrip } from "./instruments.js";
import { showLegend } from "./legend.js";
import { LiveSocket } from "./live_socket.js";
import { fillTable, OutputList } from "./output_list.js";
import { Outputs } from "./outputs.js";
import { listenForShortcuts } from "./shortcuts.js";
import { StatusBar } from "./status_bar.js";

const BARS = 400;
const BARS_OF_AN_UPDATE = 30;
const HISTORY = 400;
const STATE_EVERY_MS = 20_000;
const OPEN_AGAIN_MS = 3000;
const ENDINGS = { revoked: "Your entitlement to this script was revoked." };

class Dashboard {
  #page = find("#main");
  #timeframe = this.#page.dataset.timeframe;
  #timeframeSeconds = Number(this.#page.dataset.timeframeSeconds);
  #daily = this.#timeframeSeconds >= 86_400;
  #status = new StatusBar();
  #list = new OutputList({ daily: this.#daily });
  #chart = new PriceChart(find("#chart"), {
    daily: this.#daily,
    onLegend: (legend) => showLegend(legend, { daily: this.#daily, instrument: this.#instrument }),
  });
  #strip = new InstrumentStrip((instrument) => this.open(instrument));
  #socket = new LiveSocket(socketAddress(), { historyLength: HISTORY });
  #instrument = null;
  #streamKey = null;
  #outputs = null;
  #state = null;
  #drawing = false;
  #fetchingBars = false;

  constructor() {
    const on = (name, act) => this.#socket.addEventListener(name, ({ detail }) => act(detail));
    on("state", (state) => this.#showConnection(state));
    on("snapshot", (frame) => this.#ifCurrent(frame, () => this.#takeSnapshot(frame)));
    on("data", (frame) => this.#ifCurrent(frame, () => this.#takeOutput(frame)));
    on("gap", (frame) => this.#ifCurrent(frame, () => this.#takeGap(frame)));
    on("resumed", ({ frames }) => this.#status.note(frames ? `Resumed, ${frames} caught up` : "Resumed"));
    on("denied", (frame) => this.#end(frame.reason));
    on("trouble", (frame) => this.#warn(frame.message));
    find("#start-running").addEventListener("click", () => this.#startRunning());
    find("#table-view").addEventListener("toggle", () => this.#drawTable());
    find("#script-choice").addEventListener("change", (event) => location.assign(event.target.value));
    find("#stream-choice").addEventListener("change", (event) => this.#followStream(event.target.value));
    listenForShortcuts({ step: (by) => this.#strip.step(by) });
    setInterval(() => this.#refreshState(), STATE_EVERY_MS);
  }

  /** Show an instrument from the start. */
  async open(instrument) {
    this.#instrument = instrument;
    this.#page.setAttribute("aria-busy", "true");
    try {
      const [state, bars] = await Promise.all([
        fetchState(this.#page.dataset.stateUrl, instrument),
        fetchBars(instrument, this.#timeframe, BARS),
      ]);
      if (this.#instrument !== instrument) return; // another one was chosen meanwhile
      this.#chart.reset(bars);
      this.#startOver();
      this.#takeState(state);
      this.#offerStreams(state.streams);
    } catch (problem) {
      this.#openAgain(instrument, problem);
    } finally {
      this.#page.setAttribute("aria-busy", "false");
    }
  }

  // What the server said will not change by asking; silence may.
  #openAgain(instrument, problem) {
    if (problem instanceof ApiProblem && problem.status < 500) return this.#warn(problem.message);
    this.#warn("The server does not answer. This page keeps asking.");
    return setTimeout(() => this.#instrument === instrument && this.open(instrument), OPEN_AGAIN_MS);
  }

  #startOver() {
    this.#warn("");
    this.#status.setLastOutput(null);
    this.#outputs = new Outputs(this.#timeframeSeconds);
    this.#list.show(this.#outputs);
    this.#showMarket();
    this.#drawTable();
  }

  #showMarket() {
    const bar = this.#chart.newestBar;
    find("#chart-empty").hidden = bar !== null;
    if (bar) this.#status.setMarketTime(bar.time, { daily: this.#daily });
    const output = this.#outputs.newest;
    this.#status.setBehind(output ? this.#chart.barsAfter(output.barOpenedAt) : 0);
  }

  #takeState(state) {
    this.#state = state;
    this.#status.setFeed(state.feed, state.cadence_seconds);
    this.#strip.markRunning(state.running_on);
    const suspension = find("#suspension");
    suspension.textContent = state.suspension;
    suspension.hidden = !state.suspension;
    find("#repaints").hidden = !state.repaints;
  }

  async #refreshState() {
    if (document.hidden || !this.#instrument) return;
    const instrument = this.#instrument;
    const state = await fetchState(this.#page.dataset.stateUrl, instrument).catch(() => null);
    if (!state || this.#instrument !== instrument) return;
    this.#takeState(state);
    await this.#fetchNewBars();
  }

  #offerStreams(streams) {
    const choice = find("#stream-choice");
    choice.replaceChildren(...streams.map(({ key, label }) => new Option(label, key)));
    choice.parentElement.hidden = streams.length < 2;
    find("#offer").hidden = streams.length > 0;
    this.#list.setRunning(streams.length > 0);
    find("#offer-instrument").textContent = this.#instrument;
    if (streams.length) return this.#followStream(streams[0].key);
    this.#streamKey = null;
    this.#socket.leave();
    return this.#status.setConnection({ name: "idle" });
  }

  #followStream(key) {
    this.#streamKey = key;
    this.#socket.follow(key);
  }

  #ifCurrent(frame, act) {
    if (frame.stream_key === this.#streamKey) act();
  }

  #takeSnapshot(frame) {
    this.#startOver();
    for (const output of frame.outputs) this.#outputs.add(output.seq, output);
    const newest = frame.outputs.at(-1);
    if (newest) this.#status.setLastOutput(Date.parse(newest.published_at));
    this.#list.show(this.#outputs);
    this.#draw();
  }

  #takeOutput(frame) {
    const entry = this.#outputs.add(frame.seq, frame);
    this.#status.setLastOutput(Date.now());
    this.#list.add(entry);
    if (entry.side) this.#announce(entry);
    this.#draw();
  }

  #takeGap(frame) {
    this.#status.note(`Gap: ${frame.to - frame.from + 1} outputs are no longer kept`);
  }

  #announce({ side, reason }) {
    find("#announcer").textContent = `${side === "buy" ? "Buy" : "Sell"} ${this.#instrument}. ${reason}`;
  }

  // Drawing follows the screen, not the stream: fifty outputs a second are one frame.
  #draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#chart.setOutputs(this.#outputs.all);
      this.#drawTable();
      this.#showMarket();
      const newest = this.#outputs.newest;
      if (newest && !this.#chart.hasBar(newest.barOpenedAt)) this.#fetchNewBars();
    });
  }

  async #fetchNewBars() {
    if (this.#fetchingBars) return;
    this.#fetchingBars = true;
    const instrument = this.#instrument;
    try {
      const bars = await this.#barsSinceNewest(instrument);
      if (this.#instrument !== instrument) return;
      const newest = this.#chart.newestBar?.time ?? -Infinity;
      this.#chart.addBars(bars.filter((bar) => bar.time >= newest));
      this.#chart.setOutputs(this.#outputs.all);
      this.#showMarket();
    } catch (problem) {
      this.#warn(problem.message);
    } finally {
      this.#fetchingBars = false;
    }
  }

  async #barsSinceNewest(instrument) {
    const few = await fetchBars(instrument, this.#timeframe, BARS_OF_AN_UPDATE);
    const newest = this.#chart.newestBar;
    const overlaps = newest && few.length && few[0].time <= newest.time;
    return overlaps ? few : fetchBars(instrument, this.#timeframe, BARS);
  }

  #drawTable() {
    const table = find("#table-view");
    if (!table.open || !this.#outputs) return;
    const bars = this.#chart.barsNewestFirst(60);
    fillTable(table.querySelector("tbody"), bars, this.#outputs.all, { daily: this.#daily });
  }

  async #startRunning() {
    const button = find("#start-running");
    button.disabled = true;
    try {
      await subscribe(this.#page.dataset.subscribeUrl, { instrument: this.#instrument });
      await this.open(this.#instrument);
    } catch (problem) {
      this.#warn(problem.message);
    } finally {
      button.disabled = false;
    }
  }

  #showConnection(state) {
    this.#status.setConnection(state);
    if (state.name === "ended") this.#end(state.reason);
  }

  #end(reason) {
    this.#status.setConnection({ name: "ended" });
    this.#warn(`${ENDINGS[reason] ?? sentence(reason)} Nothing new arrives here.`);
  }

  #warn(sentence) {
    const banner = find("#banner");
    banner.textContent = sentence;
    banner.hidden = !sentence;
  }
}

function sentence(text) {
  const trimmed = text.replace(/\.$/, "");
  return `${trimmed[0].toUpperCase()}${trimmed.slice(1)}.`;
}

function socketAddress() {
  const address = new URL("/ws/", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return address;
}

new Dashboard().open(find("#main").dataset.instrument);
