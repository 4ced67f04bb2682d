// The outputs of a trial as charts and tables need them.

import { numericFields } from "../dashboard/outputs.js";

const SIDES = { BUY: "buy", SELL: "sell" };

/** Return an output with the time of its bar, its side and its numbers. */
export function asOutput({ bar, value, metadata }) {
  const said = metadata ?? {};
  const side = said.side === "buy" || said.side === "sell" ? said.side : SIDES[value] ?? null;
  return { time: Date.parse(bar) / 1000, value, metadata: said, side, numbers: numericFields(value) };
}
