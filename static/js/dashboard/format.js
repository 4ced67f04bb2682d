// Numbers, dates and ages as people read them.

const price = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });
const significant = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 6 });
const clocks = new Map(); // making one is slow, and a chart asks for hundreds of texts

export const formatPrice = (value) => price.format(value);
export const formatVolume = (value) => compact.format(value);

/** Return any value of an output as one short text. */
export function formatValue(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") {
    return Math.abs(value) >= 1000 ? price.format(value) : significant.format(value);
  }
  if (typeof value === "object") {
    return Object.entries(value).map(([name, item]) => `${name} ${formatValue(item)}`).join(" · ");
  }
  return String(value);
}

/** Return market time in a zone; bars of a day and longer have a date alone, the same everywhere. */
export function formatMarketTime(seconds, { daily, zone }) {
  if (daily) return new Date(seconds * 1000).toISOString().slice(0, 10);
  return clock(zone, { dateStyle: "short", timeStyle: "short" }).format(seconds * 1000);
}

/** Return the time of a day with its seconds, and its date only when that is another day. */
export function formatClock(milliseconds, { zone, now = Date.now() }) {
  const day = clock(zone, { dateStyle: "short" });
  const time = clock(zone, { timeStyle: "medium" }).format(milliseconds);
  const date = day.format(milliseconds);
  return date === day.format(now) ? time : `${date} ${time}`;
}

/** Return how long ago something was, in its largest unit. */
export function formatAge(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

/** Return a count with its noun: "1 output", "7 outputs". */
export const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

// Swedish writes dates and times the way ISO 8601 does.
function clock(zone, options) {
  const name = `${zone} ${JSON.stringify(options)}`;
  if (!clocks.has(name)) {
    clocks.set(name, new Intl.DateTimeFormat("sv-SE", { timeZone: zone, ...options }));
  }
  return clocks.get(name);
}
