// The line over a chart: the bar under the crosshair, else the newest, and the outputs on it.

import { make } from "./dom.js";
import { formatMarketTime, formatPrice, formatValue, formatVolume } from "./format.js";

/** Show a bar and the numbers on it: `numbers` are {name, value, colour}. */
export function showLegend(legend, { bar, forming, numbers, daily, zone }) {
  if (!bar) return legend.replaceChildren();
  const direction = bar.close >= bar.open ? "up" : "down";
  const prices = ["open", "high", "low", "close"].map((name) =>
    make("span", "", `${name[0].toUpperCase()} `, make("b", direction, formatPrice(bar[name]))));
  const outputs = numbers.map(({ name, value, colour }) =>
    make("span", colour.replace("--", ""), `${name} `, make("b", "", formatValue(value))));
  return legend.replaceChildren(
    make("span", "", formatMarketTime(bar.time, { daily, zone })),
    ...(forming ? [make("em", "", "forming")] : []),
    ...prices,
    make("span", "", "Vol ", make("b", "", formatVolume(bar.volume))),
    ...outputs,
  );
}
