// The candle of the bar that has not closed yet, from prices as they come.

/** Return the forming candle after one more price; `newest` is the bar that closed last. */
export function withPrice(forming, { at, price }, newest, timeframeSeconds) {
  const since = Math.floor((at - newest.time) / timeframeSeconds) * timeframeSeconds;
  const time = newest.time + since;
  if (forming && time < forming.time) return forming; // late: its bar has closed
  if (!forming || time > forming.time) {
    return { time, open: price, high: price, low: price, close: price, volume: 0 };
  }
  return {
    ...forming,
    high: Math.max(forming.high, price),
    low: Math.min(forming.low, price),
    close: price,
  };
}

/** Return the candle that shorter closed bars make of the time after the newest closed one. */
export function ofShorterBars(bars, newest, timeframeSeconds) {
  const opening = newest.time + timeframeSeconds;
  const inside = bars.filter((bar) => bar.time >= opening && bar.time < opening + timeframeSeconds);
  if (!inside.length) return null;
  return {
    time: opening,
    open: inside[0].open,
    high: Math.max(...inside.map((bar) => bar.high)),
    low: Math.min(...inside.map((bar) => bar.low)),
    close: inside.at(-1).close,
    volume: inside.reduce((sum, bar) => sum + bar.volume, 0),
  };
}
