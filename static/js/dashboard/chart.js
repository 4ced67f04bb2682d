// Candles above, the script's output below, signals as arrows; colours come from the style sheet.

const SERIES_COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4"];

export class PriceChart {
  #chart;
  #candles;
  #markers;
  #lines = new Map(); // field → line
  #bars = new Map(); // opening in seconds → bar
  #signals = [];
  #outputs = [];
  #probe = document.createElement("i");
  #onLegend;

  constructor(container, { daily, onLegend }) {
    this.#onLegend = onLegend;
    this.#probe.hidden = true;
    document.body.append(this.#probe);
    const { createChart, CandlestickSeries, createSeriesMarkers } = globalThis.LightweightCharts;
    this.#chart = createChart(container, {
      autoSize: true,
      layout: { attributionLogo: false }, // it injects a style element; the credit is in the footer
      timeScale: { timeVisible: !daily, secondsVisible: false, rightOffset: 4, minBarSpacing: 1 },
      localization: { locale: "en-GB" },
    });
    this.#candles = this.#chart.addSeries(CandlestickSeries, { priceLineVisible: false });
    this.#markers = createSeriesMarkers(this.#candles, []);
    this.#chart.subscribeCrosshairMove((at) => this.#showLegend(at.time));
    addEventListener("themechange", () => this.paint());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    this.paint();
  }

  /** Put the colours of the present theme on. */
  paint() {
    const muted = this.#colour("--muted");
    const line = this.#colour("--line");
    this.#chart.applyOptions({
      layout: {
        background: { color: this.#colour("--surface") },
        textColor: muted,
        fontFamily: getComputedStyle(document.body).fontFamily,
        fontSize: 11,
        panes: { separatorColor: line, separatorHoverColor: line, enableResize: true },
      },
      grid: { vertLines: { visible: false }, horzLines: { color: line } },
      rightPriceScale: { borderVisible: false },
      timeScale: { borderColor: line },
      crosshair: {
        vertLine: { color: muted, labelBackgroundColor: this.#colour("--line-strong") },
        horzLine: { color: muted, labelBackgroundColor: this.#colour("--line-strong") },
      },
    });
    const up = this.#colour("--buy");
    const down = this.#colour("--sell");
    this.#candles.applyOptions({
      upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false,
    });
    [...this.#lines.values()].forEach((series, index) => {
      series.applyOptions({ color: this.#colour(SERIES_COLOURS[index]) });
    });
    this.#drawMarkers();
  }

  /** Replace everything: another instrument, or the first load. */
  reset(bars) {
    this.#bars.clear();
    for (const series of this.#lines.values()) this.#chart.removeSeries(series);
    this.#lines.clear();
    this.#signals = [];
    this.#outputs = [];
    this.addBars(bars);
    this.#markers.setMarkers([]);
    this.#chart.timeScale().resetTimeScale();
    this.#showNewest();
  }

  /** Add bars at the end; one that is there already is replaced. */
  addBars(bars) {
    const whole = this.#bars.size === 0;
    for (const bar of bars) {
      this.#bars.set(bar.time, bar);
      if (!whole) this.#candles.update(bar);
    }
    if (whole) this.#candles.setData(bars);
    this.#showLegend();
  }

  hasBar(time) {
    return this.#bars.has(time);
  }

  get newestBar() {
    return [...this.#bars.values()].at(-1) ?? null;
  }

  /** Return how many bars opened after an instant. */
  barsAfter(time) {
    return [...this.#bars.keys()].filter((openedAt) => openedAt > time).length;
  }

  barsNewestFirst(count) {
    return [...this.#bars.values()].slice(-count).reverse();
  }

  /** Draw outputs: their numbers as lines, those with a side as arrows. */
  setOutputs(outputs) {
    this.#outputs = outputs.filter((entry) => this.#bars.has(entry.barOpenedAt));
    const fields = new Set(this.#outputs.flatMap((entry) => Object.keys(entry.numbers)));
    for (const field of [...fields].slice(0, SERIES_COLOURS.length)) {
      this.#lineOf(field).setData(pointsOf(this.#outputs, field));
    }
    this.#signals = this.#outputs.filter((entry) => entry.side);
    this.#drawMarkers();
    this.#showLegend();
  }

  #lineOf(field) {
    if (!this.#lines.has(field)) {
      const { LineSeries } = globalThis.LightweightCharts;
      const options = {
        color: this.#colour(SERIES_COLOURS[this.#lines.size]),
        lineWidth: 2,
        priceLineVisible: false,
        lastValueVisible: true,
      };
      this.#lines.set(field, this.#chart.addSeries(LineSeries, options, 1));
      const [prices, output] = this.#chart.panes();
      prices.setStretchFactor(3);
      output.setStretchFactor(1);
    }
    return this.#lines.get(field);
  }

  #drawMarkers() {
    const buy = this.#colour("--buy");
    const sell = this.#colour("--sell");
    this.#markers.setMarkers(this.#signals.map((entry) => ({
      time: entry.barOpenedAt,
      position: entry.side === "buy" ? "belowBar" : "aboveBar",
      shape: entry.side === "buy" ? "arrowUp" : "arrowDown",
      color: entry.side === "buy" ? buy : sell,
      size: 1.4,
    })));
  }

  #showLegend(time) {
    const bar = this.#bars.get(time) ?? this.newestBar;
    const output = bar && this.#outputs.findLast((entry) => entry.barOpenedAt === bar.time);
    this.#onLegend({ bar, numbers: output?.numbers ?? {}, fields: [...this.#lines.keys()] });
  }

  #showNewest() {
    const width = this.#chart.timeScale().width() || 600;
    const shown = Math.min(this.#bars.size, Math.max(40, Math.floor(width / 8)));
    const last = this.#bars.size - 1;
    this.#chart.timeScale().setVisibleLogicalRange({ from: last - shown, to: last + 4 });
  }

  #colour(name) {
    this.#probe.style.color = `var(${name})`;
    return getComputedStyle(this.#probe).color;
  }
}

// One point a bar: of several outputs on one bar the last one counts.
function pointsOf(outputs, field) {
  const points = new Map();
  for (const entry of outputs) {
    if (field in entry.numbers) points.set(entry.barOpenedAt, entry.numbers[field]);
  }
  return [...points].sort(([a], [b]) => a - b).map(([time, value]) => ({ time, value }));
}
