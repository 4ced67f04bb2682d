// Signals on the candles as arrows: filled when confirmed, an outline while they may still change.
// The chart library draws filled markers only, so these are drawn here.

const SIZE = 9;
const GAP = 7;

export class SignalMarks {
  #chart = null;
  #series = null;
  #update = () => {};
  #signals = [];
  #barAt;
  #colours = { buy: "", sell: "", surface: "" };

  constructor(barAt) {
    this.#barAt = barAt;
  }

  /** Show these outputs with a side; the colours are those of the present theme. */
  show(signals, colours) {
    this.#signals = signals;
    this.#colours = colours;
    this.#update();
  }

  // --- what the library calls --------------------------------------------------------------------

  attached({ chart, series, requestUpdate }) {
    this.#chart = chart;
    this.#series = series;
    this.#update = requestUpdate;
  }

  paneViews() {
    return [{ zOrder: () => "top", renderer: () => ({ draw: (target) => this.#draw(target) }) }];
  }

  #draw(target) {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      for (const { signal, x, y } of this.#places()) {
        if (x > -SIZE && x < mediaSize.width + SIZE) this.#drawOne(context, signal, x, y);
      }
    });
  }

  // Several on one bar stand one below (or above) the other.
  *#places() {
    const stacked = new Map();
    for (const signal of this.#signals) {
      const bar = this.#barAt(signal.barOpenedAt);
      const x = bar && this.#chart.timeScale().timeToCoordinate(bar.time);
      const edge = bar && this.#series.priceToCoordinate(signal.side === "buy" ? bar.low : bar.high);
      if (x === null || x === undefined || edge === null) continue;
      const name = `${signal.side} ${bar.time}`;
      const before = stacked.get(name) ?? 0;
      stacked.set(name, before + 1);
      const away = GAP + before * (SIZE * 1.7);
      yield { signal, x, y: signal.side === "buy" ? edge + away : edge - away };
    }
  }

  #drawOne(context, { side, confirmed, missed }, x, y) {
    const down = side === "buy" ? 1 : -1; // away from the bar
    const colour = this.#colours[side];
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + SIZE * 0.72, y + down * SIZE);
    context.lineTo(x - SIZE * 0.72, y + down * SIZE);
    context.closePath();
    context.fillStyle = confirmed ? colour : this.#colours.surface;
    context.fill();
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.strokeStyle = colour;
    context.stroke();
    if (!missed) return;
    context.beginPath();
    context.arc(x, y + down * (SIZE + 5), 1.8, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }
}
