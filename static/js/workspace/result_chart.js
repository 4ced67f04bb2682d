// Prices, what the script drew or put out, and its signals as arrows. Colours come from tokens.css.

const SERIES_COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4"];
const STYLES = { dashed: 2, dotted: 1 }; // lightweight-charts' numbers
const OVER_PRICES = "price";

export class ResultChart {
  #container;
  #chart = null;
  #result = null;
  #onLegend;
  #probe = document.createElement("i");

  constructor(container, { onLegend }) {
    this.#container = container;
    this.#onLegend = onLegend;
    this.#probe.hidden = true;
    document.body.append(this.#probe);
    const again = () => this.#result && this.show(this.#result);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  /** Draw bars, and what came out on them. */
  show(result) {
    this.#result = result;
    this.#chart?.remove();
    this.#chart = this.#make(result);
    const candles = this.#drawBars(result.bars);
    this.#drawSignals(candles, result);
    const seen = new Set(result.bars.map((bar) => bar.time));
    const lines = result.plots.length
      ? result.plots.map((plot) => asLine(plot, result.bars))
      : linesOf(result.outputs);
    const panels = new Map([[OVER_PRICES, 0]]);
    lines.forEach((line, index) => this.#drawLine(line, index, seen, panels));
    this.#chart.panes().forEach((pane, index) => pane.setStretchFactor(index ? 1 : 3));
    this.#chart.timeScale().fitContent();
    this.#listen(result);
  }

  #make({ timeframe }) {
    const muted = this.#colour("--muted");
    const line = this.#colour("--line");
    return globalThis.LightweightCharts.createChart(this.#container, {
      autoSize: true,
      layout: {
        attributionLogo: false, // it injects a style element; the credit stands below
        background: { color: this.#colour("--surface") },
        textColor: muted,
        fontFamily: getComputedStyle(document.body).fontFamily,
        fontSize: 11,
        panes: { separatorColor: line, separatorHoverColor: line, enableResize: true },
      },
      grid: { vertLines: { visible: false }, horzLines: { color: line } },
      rightPriceScale: { borderVisible: false },
      timeScale: { borderColor: line, timeVisible: timeframe !== "1d", minBarSpacing: 0.5 },
      localization: { locale: "en-GB" },
    });
  }

  #drawBars(bars) {
    const up = this.#colour("--buy");
    const down = this.#colour("--sell");
    const candles = this.#chart.addSeries(globalThis.LightweightCharts.CandlestickSeries, {
      upColor: up, downColor: down, wickUpColor: up, wickDownColor: down,
      borderVisible: false, priceLineVisible: false,
    });
    candles.setData(bars);
    return candles;
  }

  #drawSignals(candles, { outputs, bars }) {
    const known = new Set(bars.map((bar) => bar.time));
    const markers = outputs.filter((output) => output.side && known.has(output.time)).map((output) => ({
      time: output.time,
      position: output.side === "buy" ? "belowBar" : "aboveBar",
      shape: output.side === "buy" ? "arrowUp" : "arrowDown",
      color: this.#colour(output.side === "buy" ? "--buy" : "--sell"),
      size: 1.4,
    }));
    globalThis.LightweightCharts.createSeriesMarkers(candles, markers);
  }

  #drawLine(line, index, seen, panels) {
    const points = line.points.filter((point) => seen.has(point.time));
    if (!points.length) return;
    if (!panels.has(line.panel)) panels.set(line.panel, panels.size);
    const { LineSeries, HistogramSeries, AreaSeries } = globalThis.LightweightCharts;
    const kind = { histogram: HistogramSeries, area: AreaSeries }[line.style] ?? LineSeries;
    const colour = this.#asked(line.colour) ?? this.#colour(SERIES_COLOURS[index % SERIES_COLOURS.length]);
    const series = this.#chart.addSeries(kind, {
      color: colour,
      lineColor: colour,
      topColor: "transparent",
      bottomColor: "transparent",
      lineWidth: Math.min(4, Math.max(1, Math.round(line.width ?? 2))),
      lineStyle: STYLES[line.style] ?? 0,
      lineType: line.style === "step" ? 1 : 0,
      lineVisible: line.style !== "points",
      pointMarkersVisible: line.style === "points",
      priceLineVisible: false,
      lastValueVisible: !line.isLevel,
      title: line.isLevel ? "" : line.name,
    }, panels.get(line.panel));
    series.setData(points);
  }

  #listen({ bars, outputs }) {
    const byTime = new Map(bars.map((bar) => [bar.time, bar]));
    const outputAt = new Map(outputs.map((output) => [output.time, output]));
    const show = (time) => {
      const bar = byTime.get(time) ?? bars.at(-1);
      this.#onLegend(bar ? { bar, output: outputAt.get(bar.time) ?? null } : null);
    };
    this.#chart.subscribeCrosshairMove((at) => show(at.time));
    show();
  }

  // A colour that a script asked for, as the browser reads it, or null.
  #asked(colour) {
    if (typeof colour !== "string") return null;
    this.#probe.style.color = "";
    this.#probe.style.color = colour;
    return this.#probe.style.color ? getComputedStyle(this.#probe).color : null;
  }

  #colour(name) {
    this.#probe.style.color = `var(${name})`;
    return getComputedStyle(this.#probe).color;
  }
}

function asLine({ name, options, timestamps, values }, bars) {
  const points = timestamps.map((at, index) => ({ time: Date.parse(at) / 1000, value: values[index] }));
  const isLevel = points.length > 0 && points.every((point) => point.value === points[0].value);
  return {
    name,
    isLevel,
    panel: options.panel ?? OVER_PRICES,
    style: options.style,
    colour: options.color,
    width: options.width,
    // A level begins before the first bar that is shown.
    points: isLevel
      ? bars.map(({ time }) => ({ time, value: points[0].value }))
      : points.map(({ time, value }) => (value === null ? { time } : { time, value })),
  };
}

// Without plots the numbers themselves are worth a look; one point a bar, the last one counts.
function linesOf(outputs) {
  const fields = new Map();
  for (const { time, numbers } of outputs) {
    for (const [field, value] of Object.entries(numbers)) {
      if (!fields.has(field)) fields.set(field, new Map());
      fields.get(field).set(time, value);
    }
  }
  return [...fields].slice(0, SERIES_COLOURS.length).map(([name, points]) => ({
    name,
    panel: "outputs",
    style: "line",
    points: [...points].sort(([one], [other]) => one - other).map(([time, value]) => ({ time, value })),
  }));
}
