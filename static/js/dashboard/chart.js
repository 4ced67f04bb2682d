// Candles above, lines over them and in panels below, signals as arrows. Colours come from CSS.

import { formatMarketTime } from "./format.js";
import { OVER_PRICES } from "./lines.js";
import { SignalMarks } from "./signal_marks.js";

const SERIES_COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];
const STYLES = { dotted: 1, dashed: 2 }; // the library's numbers
const ALL_DAY = 86_400;

export class PriceChart {
  #chart;
  #candles;
  #marks;
  #bars = new Map(); // opening in seconds → bar
  #forming = null;
  #lines = new Map(); // id → {series, spec, colour}
  #levels = [];
  #panesShared = 1;
  #signals = [];
  #probe = document.createElement("i");
  #onLegend;
  #zone;
  #daily;

  /** `zone()` returns the zone to write times in; `onLegend(bar)` is told of the bar pointed at. */
  constructor(container, { zone, onLegend }) {
    this.#onLegend = onLegend;
    this.#zone = zone;
    this.#probe.hidden = true;
    container.append(this.#probe);
    const { createChart, CandlestickSeries } = globalThis.LightweightCharts;
    this.#chart = createChart(container, {
      autoSize: true,
      layout: { attributionLogo: false }, // it injects a style element; the credit is in the footer
      timeScale: { secondsVisible: false, rightOffset: 4, minBarSpacing: 1 },
      localization: { locale: "en-GB", timeFormatter: (time) => this.#timeText(time) },
    });
    this.#candles = this.#chart.addSeries(CandlestickSeries, { priceLineVisible: false });
    this.#marks = new SignalMarks((time) => this.barAt(time));
    this.#candles.attachPrimitive(this.#marks);
    this.#chart.subscribeCrosshairMove((at) => this.#onLegend(this.barAt(at.time) ?? this.newestBar));
    this.paint();
  }

  /** Let go of the canvas. */
  remove() {
    this.#chart.remove();
  }

  /** Put the colours of the present theme on, and write times anew. */
  paint() {
    const [muted, line] = [this.#colour("--muted"), this.#colour("--line")];
    const label = { color: muted, labelBackgroundColor: this.#colour("--line-strong") };
    this.#chart.applyOptions({
      layout: {
        background: { color: this.#colour("--surface") },
        textColor: muted,
        fontFamily: getComputedStyle(document.body).fontFamily,
        fontSize: 11,
        panes: { separatorColor: line, separatorHoverColor: line, enableResize: true },
      },
      grid: { vertLines: { visible: false }, horzLines: { color: line } },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.22, bottom: 0.1 } },
      timeScale: { borderColor: line },
      crosshair: { vertLine: label, horzLine: label },
    });
    const [up, down] = [this.#colour("--buy"), this.#colour("--sell")];
    this.#candles.applyOptions({
      upColor: up, downColor: down, wickUpColor: up, wickDownColor: down,
      borderUpColor: up, borderDownColor: down,
    });
    for (const { series, spec, colour } of this.#lines.values()) {
      series.applyOptions({ color: spec.colour ?? this.#colour(colour) });
    }
    this.setForming(this.#forming);
    this.#drawMarks();
  }

  /** Replace everything: another instrument, or the first load. */
  reset(bars, { daily }) {
    this.#daily = daily;
    this.#bars.clear();
    this.#forming = null;
    this.drawLines([], []);
    this.setSignals([]);
    this.#candles.setData([]);
    this.#chart.applyOptions({
      timeScale: { timeVisible: !daily, tickMarkFormatter: daily ? undefined : this.#tickText },
    });
    this.addBars(bars);
    this.#chart.timeScale().resetTimeScale();
    this.showNewest();
  }

  /** Add bars at the end; one that is there already is replaced. */
  addBars(bars) {
    const lastDrawn = this.#forming?.time ?? this.newestBar?.time;
    for (const bar of bars) this.#bars.set(bar.time, bar);
    if (this.#forming?.time <= this.newestBar?.time) this.#forming = null;
    if (bars.every((bar) => bar.time >= lastDrawn)) {
      for (const bar of bars) this.#candles.update(bar);
    } else {
      this.#candles.setData([...this.#bars.values()].sort((a, b) => a.time - b.time));
      this.setForming(this.#forming);
    }
    this.#onLegend(this.newestBar);
  }

  /** Show the bar that has not closed yet as a hollow candle. */
  setForming(bar) {
    const isForming = bar && bar.time > (this.newestBar?.time ?? -Infinity);
    const muted = this.#colour("--muted");
    this.#candles.applyOptions({ priceLineColor: isForming ? muted : "" }); // of its label
    if (!isForming) return;
    this.#forming = bar;
    this.#candles.update({ ...bar, color: "transparent", borderColor: muted, wickColor: muted });
  }

  get forming() {
    return this.#forming;
  }

  barAt(time) {
    return this.#bars.get(time) ?? (this.#forming?.time === time ? this.#forming : undefined);
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

  /** Draw lines {id, name, panel, style, colour, points} and levels; return each line's colour. */
  drawLines(lines, levels) {
    for (const [id, { series, spec }] of this.#lines) {
      const wanted = lines.find((line) => line.id === id);
      if (wanted && wanted.panel === spec.panel) continue;
      this.#chart.removeSeries(series);
      this.#lines.delete(id);
    }
    const panels = [...new Set([OVER_PRICES, ...lines.map((line) => line.panel)])];
    for (const line of lines) {
      const series = this.#seriesOf(line, panels.indexOf(line.panel));
      series.setData(line.points.filter((point) => this.barAt(point.time)));
    }
    this.#drawLevels(levels);
    this.#sharePanes();
    return new Map([...this.#lines].map(([id, { colour }]) => [id, colour]));
  }

  // Only when there are more or fewer: in between they are as somebody dragged them.
  #sharePanes() {
    const panes = this.#chart.panes();
    if (panes.length === this.#panesShared) return;
    this.#panesShared = panes.length;
    panes.forEach((pane, index) => pane.setStretchFactor(index ? 1 : 3));
  }

  #seriesOf(line, pane) {
    const drawn = this.#lines.get(line.id);
    if (drawn) return drawn.series;
    const taken = [...this.#lines.values()].map((one) => one.colour);
    const colour = SERIES_COLOURS.find((name) => !taken.includes(name)) ?? SERIES_COLOURS[0];
    const { LineSeries, HistogramSeries } = globalThis.LightweightCharts;
    const kind = line.style === "histogram" ? HistogramSeries : LineSeries;
    const series = this.#chart.addSeries(kind, {
      color: line.colour ?? this.#colour(colour),
      lineWidth: 2,
      lineStyle: STYLES[line.style] ?? 0,
      lineType: line.style === "step" ? 1 : 0,
      pointMarkersVisible: line.style === "points",
      lineVisible: line.style !== "points",
      priceLineVisible: false,
      lastValueVisible: pane > 0,
    }, pane);
    this.#lines.set(line.id, { series, spec: line, colour });
    return series;
  }

  #drawLevels(levels) {
    for (const { series, line } of this.#levels.splice(0)) {
      if ([...this.#lines.values()].some((one) => one.series === series)) series.removePriceLine(line);
    }
    for (const { panel, value, name } of levels) {
      const host = [...this.#lines.values()].find((one) => one.spec.panel === panel);
      if (!host) continue;
      const options = { price: value, color: this.#colour("--muted"), lineStyle: 1, lineWidth: 1,
        axisLabelVisible: false, title: name };
      this.#levels.push({ series: host.series, line: host.series.createPriceLine(options) });
    }
  }

  /** Mark outputs with a side on their bars. */
  setSignals(signals) {
    this.#signals = signals;
    this.#drawMarks();
  }

  #drawMarks() {
    const colours = { buy: "--buy", sell: "--sell", surface: "--surface" };
    const shown = Object.entries(colours).map(([name, token]) => [name, this.#colour(token)]);
    this.#marks.show(this.#signals, Object.fromEntries(shown));
  }

  showNewest() {
    const width = this.#chart.timeScale().width() || 600;
    const shown = Math.min(this.#bars.size, Math.max(40, Math.floor(width / 8)));
    this.#show(this.#bars.size - 1 - shown, this.#bars.size + 3);
  }

  /** Move to a bar, with some bars around it. */
  showTime(time) {
    const at = [...this.#bars.keys()].findIndex((openedAt) => openedAt >= time);
    if (at >= 0) this.#show(at - 20, Math.max(at + 40, 60));
  }

  /** Move along by a share of what is shown, or zoom by a factor. */
  move({ by = 0, zoom = 1 }) {
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    if (!range) return;
    const width = range.to - range.from;
    const to = range.to + by * width;
    this.#show(to - Math.max(10, width * zoom), to);
  }

  #show(from, to) {
    this.#chart.timeScale().setVisibleLogicalRange({ from, to });
  }

  #timeText(time) {
    return formatMarketTime(time, { daily: this.#daily, zone: this.#zone() });
  }

  // The library writes UTC; a day begins where the zone says.
  #tickText = (time) => {
    const text = formatMarketTime(time, { daily: false, zone: this.#zone() });
    const isMidnight = text.endsWith("00:00") || time % ALL_DAY === 0;
    return isMidnight ? text.slice(5, 10) : text.slice(11);
  };

  #colour(name) {
    this.#probe.style.color = `var(${name})`;
    return getComputedStyle(this.#probe).color;
  }
}
