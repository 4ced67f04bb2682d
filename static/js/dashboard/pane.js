// One chart: the candles of an instrument, what one script puts out on it, and what lies over it.

import { CandleSource } from "./candle_source.js";
import { PriceChart } from "./chart.js";
import { display } from "./display.js";
import { counted } from "./format.js";
import { showLegend } from "./legend.js";
import { Lines, OVER_PRICES, pointsOf } from "./lines.js";

export class Pane {
  #part = (name) => this.element.querySelector(`[data-part="${name}"]`);
  #chart;
  #source;
  #lines = new Lines([]);
  #colours = new Map();
  #drawn = [];
  #drawing = false;
  #overlays = [];
  #leavePrices = () => {};
  #on;

  /**
   * `on` is told: `activate()`, `close()`, `start()`, `startOtherwise()`, `drawn()`; `prices(key, take)` follows a
   * stream of prices and returns how to leave it.
   */
  constructor(element, watch, on) {
    this.element = element;
    this.watch = watch;
    this.#on = on;
    this.#chart = new PriceChart(this.#part("chart"), {
      zone: () => this.zone,
      onLegend: (bar) => this.#showLegend(bar),
    });
    this.#source = new CandleSource(this.#chart, {
      bars: () => this.draw(),
      problem: (sentence) => this.warn(sentence),
    });
    this.#part("close").addEventListener("click", on.close);
    this.#part("start").addEventListener("click", on.start);
    this.#part("start-otherwise").addEventListener("click", on.startOtherwise);
    this.#part("jump").addEventListener("click", () => this.jumpToMissed());
    this.#part("dismiss").addEventListener("click", () => this.#dismissMissed());
    element.addEventListener("focusin", on.activate);
    element.addEventListener("pointerdown", on.activate);
    for (const name of ["output", "outputs", "silence"]) this.#hear(watch, name, () => this.draw());
    this.#hear(watch, "state", () => this.#showState());
    this.#hear(watch, "missed", () => this.#showMissed());
    this.#hear(watch, "ended", () => this.#showState());
  }

  get zone() {
    return display.zoneFor(this.watch.state?.instrument);
  }

  get chart() {
    return this.#chart;
  }

  get prices() {
    return this.#source;
  }

  /** Show the watch from the start. */
  async open() {
    const { watch } = this;
    this.element.setAttribute("aria-busy", "true");
    try {
      const { timeframe, timeframeSeconds } = watch.script;
      await Promise.all([
        watch.begin(),
        this.#source.open(watch.instrument, timeframe, timeframeSeconds),
      ]);
      this.#lines = new Lines(watch.state.lines);
      if (watch.state.forming_from) this.#source.pollForming();
      if (watch.state.price_stream) this.#followPrices(watch.state.price_stream);
      this.#showState();
      this.draw();
    } finally {
      this.element.setAttribute("aria-busy", "false");
    }
  }

  // Prices are for everybody, and followed once however many charts show them.
  #followPrices(key) {
    this.#leavePrices();
    this.#leavePrices = this.#on.prices(key, ({ timestamp, value }) => {
      this.#source.takePrice(Date.parse(timestamp) / 1000, value);
    });
  }

  /** Draw another watch's numbers over (or below) this one's candles. */
  overlay(watch) {
    this.#overlays.push({ watch, lines: new Lines(watch.state?.lines) });
    for (const name of ["output", "outputs"]) this.#hear(watch, name, () => this.draw());
    this.draw();
  }

  removeOverlay(watch) {
    this.#overlays = this.#overlays.filter((one) => one.watch !== watch);
    this.draw();
  }

  get overlays() {
    return this.#overlays.map((one) => one.watch);
  }

  /** Let go of the chart; what was heard is heard no longer. */
  remove() {
    this.#source.close();
    this.#leavePrices();
    this.#chart.remove();
    this.element.remove();
    this.#chart = null;
  }

  paint() {
    this.#chart.paint();
    this.#showLegend(this.#chart.newestBar);
  }

  // Drawing follows the screen, not the stream: fifty outputs a second are one frame.
  draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      if (this.#chart) this.#drawNow();
    });
  }

  #drawNow() {
    const { all, signals, newest } = this.watch.outputs;
    const barAt = (time) => this.#chart.barAt(time);
    const own = this.#lines.of(all, barAt);
    const lines = own.lines.map((line) => ({ ...line, id: line.field, entries: all }));
    this.#drawn = [...lines, ...this.#overlays.flatMap((one) => overlaid(one, barAt))];
    this.#colours = this.#chart.drawLines(this.#drawn, own.levels);
    this.#chart.setSignals([...signals, ...this.#overlays.flatMap((one) => one.watch.outputs.signals)]);
    this.#part("no-bars").hidden = this.#chart.newestBar !== null || !this.watch.state;
    this.#showLegend(this.#chart.newestBar);
    this.showFreshness();
    if (newest && newest.confirmed && !barAt(newest.barOpenedAt)) this.#source.update();
    this.#on.drawn();
  }

  #showLegend(bar) {
    if (!this.#chart) return;
    const numbers = this.#drawn.map((line) => ({
      name: line.name,
      value: bar && line.entries.findLast((one) => one.barOpenedAt === bar.time)?.numbers[line.field],
      colour: this.#colours.get(line.id) ?? "",
    }));
    showLegend(this.#part("legend"), {
      bar,
      forming: bar !== null && bar === this.#chart.forming,
      numbers,
      daily: this.watch.daily,
      zone: this.zone,
    });
  }

  /** Say how fresh it is: called every second, for that changes by itself. */
  showFreshness() {
    const { watch } = this;
    const newest = watch.outputs.newest;
    const told = watch.describeFreshness({
      barsBehind: newest && this.#chart ? this.#chart.barsAfter(newest.barOpenedAt) : 0,
      zone: this.zone,
    });
    const badge = this.#part("age");
    const over = watch.ending !== "";
    badge.className = `badge ${over ? "bad" : told.kind}`;
    badge.textContent = over ? "Ended" : told.text;
    this.element.dataset.freshness = over ? "ended" : told.isStale ? "stale" : "fresh";
    return told;
  }

  #showState() {
    const { watch } = this;
    const { state } = watch;
    this.#part("name").textContent = watch.name;
    this.#part("where").textContent = `${watch.instrument} · ${state.timeframe.name}`;
    this.#part("suspension").textContent = state.suspension;
    this.#part("suspension").hidden = !state.suspension;
    this.#part("repaints").hidden = !state.repaints;
    this.#part("offer").hidden = watch.isRunning || watch.ending !== "";
    this.#part("offer-instrument").textContent = watch.instrument;
    this.#part("ending").hidden = watch.ending === "";
    this.#part("ending-text").textContent = watch.ending;
    this.showFreshness();
    this.#on.drawn();
  }

  #showMissed() {
    const { missed, lost, signals } = this.watch.missed;
    const gone = lost ? ` ${counted(lost, "output")} of them are no longer kept: export has them.` : "";
    const part = signals ? `${counted(signals, "signal")} among ${counted(missed, "output")}` : counted(missed, "output");
    this.#part("missed-text").textContent = `You missed ${part} while away.${gone}`;
    this.#part("missed").hidden = false;
    this.#part("jump").hidden = missed === lost;
    this.draw();
  }

  /** Move the chart to the first output that was missed; return that output. */
  jumpToMissed() {
    const first = this.watch.missed?.first;
    const entry = this.watch.outputs.all.find((one) => one.missed && one.seq >= first);
    if (!entry) return null;
    this.#chart.showTime(entry.barOpenedAt);
    this.element.dispatchEvent(new CustomEvent("jump", { detail: { entry } }));
    return entry;
  }

  #dismissMissed() {
    this.watch.missed = null;
    this.#part("missed").hidden = true;
  }

  /** Say what is wrong, or nothing. */
  warn(sentence) {
    this.#part("problem").textContent = sentence;
    this.#part("problem").hidden = !sentence;
  }

  #hear(source, name, act) {
    source.addEventListener(name, () => this.#chart && act());
  }
}

function overlaid({ watch, lines }, barAt) {
  const { all } = watch.outputs;
  const prefix = `${watch.name} ${watch.instrument}`;
  return lines.of(all, barAt, { panelsMax: 1 }).lines.map((line, index) => ({
    ...line,
    id: `${watch.streamKey} ${line.field}`,
    name: index ? line.name : `${prefix}: ${line.name}`,
    panel: line.panel === OVER_PRICES ? OVER_PRICES : `${prefix} ${line.panel}`,
    points: pointsOf(all, line.field),
    entries: all,
  }));
}
