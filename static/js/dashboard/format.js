// Numbers, dates and ages as people read them.

const price = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });
const significant = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 6 });

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

/** Return market time: the date alone for bars of a day and longer, else with the minute, in UTC. */
export function formatMarketTime(seconds, { daily }) {
  const iso = new Date(seconds * 1000).toISOString();
  return daily ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}

/** Return how long ago something was, in its largest unit. */
export function formatAge(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}
