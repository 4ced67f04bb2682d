// Where a chart's candles come from: closed bars by request, the forming one from what is newer.

import { fetchBars } from "./api.js";
import { ofShorterBars, withPrice } from "./forming.js";

const BARS = 400;
const BARS_OF_AN_UPDATE = 30;
const FORMING_EVERY_MS = 15_000;
const SHORTEST = { name: "1m", seconds: 60 };
const SHORTEST_BARS_AT_MOST = 1500;

export class CandleSource {
  #chart;
  #on;
  #market = null; // {instrument, timeframe, seconds}
  #updating = false;
  #timer = null;

  /** `on` is told: `bars()` when newer ones came, `problem(sentence)`. */
  constructor(chart, on) {
    this.#chart = chart;
    this.#on = on;
  }

  /** Fill the chart with the newest bars. */
  async open(instrument, timeframe, seconds) {
    const market = { instrument, timeframe, seconds };
    this.#market = market;
    clearInterval(this.#timer);
    const bars = await fetchBars(instrument, timeframe, BARS);
    if (this.#market !== market) return; // another one was chosen meanwhile
    this.#chart.reset(bars, { daily: seconds >= 86_400 });
    performance.mark("first-candle");
  }

  /** Ask every now and then how the bar stands that has not closed yet. */
  pollForming() {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#pollForming(), FORMING_EVERY_MS);
    this.#pollForming();
  }

  close() {
    this.#market = null;
    clearInterval(this.#timer);
  }

  /** Take a price as it is traded; `at` is in seconds. */
  takePrice(at, price) {
    const newest = this.#chart.newestBar;
    if (!this.#market || !newest || at < newest.time + this.#market.seconds) return;
    clearInterval(this.#timer); // who is told of prices need not ask for them
    this.#chart.setForming(withPrice(this.#chart.forming, { at, price }, newest, this.#market.seconds));
  }

  /** Fetch what has closed since the newest bar. */
  async update() {
    if (this.#updating || !this.#market) return;
    this.#updating = true;
    const market = this.#market;
    try {
      const bars = await this.#newBars(market);
      if (this.#market === market) this.#add(bars);
    } catch (problem) {
      this.#on.problem(problem.message);
    } finally {
      this.#updating = false;
    }
  }

  #add(bars) {
    const before = this.#chart.newestBar;
    this.#chart.addBars(bars);
    if (this.#chart.newestBar?.time !== before?.time) this.#on.bars();
  }

  async #newBars({ instrument, timeframe }) {
    const newest = this.#chart.newestBar;
    const few = await fetchBars(instrument, timeframe, BARS_OF_AN_UPDATE);
    const overlaps = newest && few.length && few[0].time <= newest.time;
    const bars = overlaps ? few : await fetchBars(instrument, timeframe, BARS);
    return bars.filter((bar) => bar.time >= (newest?.time ?? -Infinity));
  }

  async #pollForming() {
    const market = this.#market;
    const newest = this.#chart.newestBar;
    if (document.hidden || !market || !newest) return;
    const wanted = Math.min(SHORTEST_BARS_AT_MOST, Math.ceil(market.seconds / SHORTEST.seconds));
    const bars = await fetchBars(market.instrument, SHORTEST.name, wanted).catch(() => []);
    if (this.#market === market) {
      this.#chart.setForming(ofShorterBars(bars, newest, market.seconds));
    }
  }
}
