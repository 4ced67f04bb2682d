// Which numbers of the outputs are drawn, and where: as the script's own plots say, else over the
// prices what has moved along with them, and each other field in a panel of its own.

const LINES_MAX = 6;
const PANELS_MAX = 3;
const OUTPUTS_TO_JUDGE = 20;
const NEAR_PRICE = 0.15;
const SAME_TO_SEE_CONSTANT = 5;
export const OVER_PRICES = "price";

/** Decides once where a field belongs, so that nothing jumps while outputs arrive. */
export class Lines {
  #hints;
  #places = new Map(); // field → panel, or null: not drawn

  constructor(hints) {
    this.#hints = hints ?? [];
  }

  /** Return lines {field, name, panel, style, points} and levels {name, panel, value}. */
  of(outputs, barAt, { panelsMax = PANELS_MAX } = {}) {
    const hinted = this.#hints.filter((hint) => hint.field !== null);
    const specs = hinted.length ? hinted : this.#guess(outputs, barAt);
    const panels = new Set([OVER_PRICES, ...specs.map((spec) => spec.panel)]);
    const kept = [...panels].slice(0, panelsMax + 1);
    const lines = specs
      .filter((spec) => kept.includes(spec.panel))
      .slice(0, LINES_MAX)
      .map((spec) => ({ ...spec, points: pointsOf(outputs, spec.field) }));
    const drawn = new Set(lines.map((line) => line.panel));
    const levels = this.#hints.filter((hint) => hint.field === null && drawn.has(hint.panel));
    return { lines, levels };
  }

  #guess(outputs, barAt) {
    const fields = new Set(outputs.flatMap((entry) => Object.keys(entry.numbers)));
    const ordered = [...fields].sort((a, b) => (b === "value") - (a === "value"));
    return ordered
      .map((field) => ({ field, name: field, panel: this.#placeOf(field, outputs, barAt) }))
      .filter((spec) => spec.panel !== null);
  }

  #placeOf(field, outputs, barAt) {
    const settled = this.#places.get(field);
    if (settled !== undefined) return settled;
    const having = outputs.filter((entry) => field in entry.numbers);
    const values = having.map((entry) => entry.numbers[field]);
    const isConstant = values.length >= SAME_TO_SEE_CONSTANT && values.every((one) => one === values[0]);
    if (isConstant && field !== "value") return null; // a parameter that the script repeats
    const priced = having.filter((entry) => barAt(entry.barOpenedAt));
    if (priced.length < OUTPUTS_TO_JUDGE) return field;
    const isNear = priced.every((entry) => {
      const { close } = barAt(entry.barOpenedAt);
      return Math.abs(entry.numbers[field] - close) < NEAR_PRICE * close;
    });
    this.#places.set(field, isNear ? OVER_PRICES : field);
    return this.#places.get(field);
  }
}

/** Return one point a bar, in order: of several outputs on one bar the last one counts. */
export function pointsOf(outputs, field) {
  const points = new Map();
  for (const entry of outputs) {
    if (field in entry.numbers) points.set(entry.barOpenedAt, entry.numbers[field]);
  }
  return [...points].sort(([a], [b]) => a - b).map(([time, value]) => ({ time, value }));
}
