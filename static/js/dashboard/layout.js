// Where the page stands: its address names the chart that is looked at, this browser keeps the rest.

import { read, write } from "./display.js";
import { find } from "./dom.js";

const page = find("#main");
const choice = find("#script-choice");
const KEPT_AS = `dashboard.watches.${page.dataset.user}`;
const KEPT_AT_MOST = 12;

/** Return the script of an address of this page, if it is still offered. */
export function scriptAt(address) {
  const option = [...choice.options].find((one) => one.value === address);
  if (!option) return null;
  const { timeframe, timeframeSeconds } = option.dataset;
  const name = option.textContent.trim();
  return { address, name, timeframe, timeframeSeconds: Number(timeframeSeconds) };
}

/** Return what the browser's address asks for. */
export function fromAddress() {
  const instrument = new URL(location.href).searchParams.get("instrument");
  return { script: scriptAt(location.pathname), instrument: instrument ?? page.dataset.instrument };
}

/** Put what is looked at into the address; going back leads to what was looked at before. */
export function toAddress({ script, instrument }) {
  const address = `${script.address}?${new URLSearchParams({ instrument })}`;
  if (address === location.pathname + location.search) return;
  history.pushState(null, "", address);
}

/** Remember what is followed beside the first chart. */
export function keep(watches) {
  const kept = watches.slice(1, 1 + KEPT_AT_MOST).map((watch) => ({
    address: watch.script.address,
    instrument: watch.instrument,
    key: watch.streamKey ?? watch.wantedKey,
    place: watch.place,
  }));
  write(KEPT_AS, JSON.stringify(kept));
}

/** Return what was followed last time, of the scripts that are still offered. */
export function kept() {
  try {
    return JSON.parse(read(KEPT_AS) ?? "[]")
      .map((one) => ({ ...one, script: scriptAt(one.address) }))
      .filter((one) => one.script && typeof one.instrument === "string");
  } catch {
    return []; // not ours, or of an older page
  }
}
