// The line over the chart: the bar under the crosshair, else the newest, and the output on it.

import { find, make } from "./dom.js";
import { formatMarketTime, formatPrice, formatValue, formatVolume } from "./format.js";

/** Show a bar and the numbers of the output on it; the colours are those of the lines. */
export function showLegend({ bar, numbers, fields }, { daily, instrument }) {
  const legend = find("#legend");
  if (!bar) return legend.replaceChildren();
  const direction = bar.close >= bar.open ? "up" : "down";
  const prices = ["open", "high", "low", "close"].map((name) =>
    make("span", "", `${name[0].toUpperCase()} `, make("b", direction, formatPrice(bar[name]))));
  const outputs = fields.map((field, index) =>
    make("span", `series-${index + 1}`, `${field} `, make("b", "", formatValue(numbers[field]))));
  return legend.replaceChildren(
    make("strong", "", instrument),
    make("span", "", formatMarketTime(bar.time, { daily })),
    ...prices,
    make("span", "", "Vol ", make("b", "", formatVolume(bar.volume))),
    ...outputs,
  );
}
