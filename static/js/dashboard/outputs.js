// The outputs of one stream as the page needs them: on their bars, with their numeric fields.

const KEPT = 1000;

export class Outputs {
  #timeframeSeconds;
  all = []; // oldest first

  constructor(timeframeSeconds) {
    this.#timeframeSeconds = timeframeSeconds;
  }

  /** Take an output as the server sent it, and return it as the page shows it. */
  add(seq, output) {
    const metadata = output.metadata ?? {};
    const entry = {
      seq,
      value: output.value,
      metadata,
      knownAt: Date.parse(output.timestamp) / 1000,
      publishedAt: Date.parse(output.published_at),
      barOpenedAt: this.#barOf(output),
      side: metadata.side === "buy" || metadata.side === "sell" ? metadata.side : null,
      reason: typeof metadata.reason === "string" ? metadata.reason : "",
      numbers: { ...numericFields(output.value), ...numericFields(metadata) },
      confirmed: output.confirmed ?? true,
      missed: output.missed ?? false,
    };
    entry.replaces = this.#replacedBy(entry);
    if (entry.replaces.length) this.all = this.all.filter((one) => !entry.replaces.includes(one));
    this.all.push(entry);
    if (this.all.length > KEPT) this.all.shift();
    return entry;
  }

  get signals() {
    return this.all.filter((entry) => entry.side);
  }

  get newest() {
    return this.all.at(-1) ?? null;
  }

  // What was said while a bar was forming holds until something newer is said of that bar.
  #replacedBy({ barOpenedAt }) {
    const replaced = [];
    for (let at = this.all.length - 1; at >= 0; at -= 1) {
      const entry = this.all[at];
      if (entry.barOpenedAt !== barOpenedAt) break;
      if (!entry.confirmed) replaced.push(entry);
    }
    return replaced;
  }

  // An output is known when its bar has closed, and is drawn on the bar it is about.
  #barOf(output) {
    if (output.bar_opened_at) return Date.parse(output.bar_opened_at) / 1000;
    const step = this.#timeframeSeconds;
    return Math.floor(Date.parse(output.timestamp) / 1000 / step) * step - step;
  }
}

/** Return what can be drawn as lines: the number itself, or the numeric fields of an object. */
export function numericFields(value) {
  if (typeof value === "number") return { value };
  if (value === null || typeof value !== "object" || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([, item]) => typeof item === "number"));
}
