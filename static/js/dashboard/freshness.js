// Whether a stream still speaks, in one sentence. It decides from numbers alone.

import { formatAge, formatClock } from "./format.js";

const STALE_AFTER_CADENCES = 3;
const GRACE_MS = 4000;
const DUE_GRACE_MS = 10_000;
const BARS_IN_FLIGHT = 2; // a bar that just closed is still being computed

/**
 * Return {kind, text, isStale}. Times are milliseconds: `expectedBy` of a silence that the server
 * told, `nextDue` when the exchange's next bar closes; `cadenceMs` is how often a replay brings
 * one. They are null where nothing is due. `spokeAt` is the end of the newest run, which may have
 * put nothing out, and `askedAt` when the server was asked for these: what passed since then is not
 * held against a script that may have run without a word.
 */
export function describeFreshness(known) {
  const { lastAt, now, cadenceMs, expectedBy, nextDue, feed, barsBehind, zone } = known;
  const askedAt = known.askedAt ?? now;
  const spokenAt = Math.max(lastAt ?? 0, known.spokeAt ?? 0);
  if (expectedBy) return silent(expectedBy, { now, zone });
  if (nextDue && askedAt > nextDue + DUE_GRACE_MS && spokenAt < nextDue) {
    return silent(nextDue + DUE_GRACE_MS, { now, zone });
  }
  if (lastAt === null) return { kind: "", text: "no output yet", isStale: false };
  const age = now - lastAt;
  const text = `last output ${formatAge(age)} ago`;
  if (barsBehind > BARS_IN_FLIGHT) {
    return { kind: "warn", text: `${text} · ${barsBehind} bars behind`, isStale: true };
  }
  if (feed?.finished) return { kind: "", text: `${text} · history played to its end`, isStale: false };
  if (feed?.paused) return { kind: "", text: `${text} · feed paused`, isStale: false };
  const limit = cadenceMs && cadenceMs * STALE_AFTER_CADENCES + GRACE_MS;
  if (limit && askedAt - spokenAt > limit) return silent(spokenAt + limit, { now, zone, text });
  return { kind: age < GRACE_MS ? "good" : "", text, isStale: false };
}

function silent(expectedBy, { now, zone, text = "silent" }) {
  const due = formatClock(expectedBy, { zone, now });
  return { kind: "warn", text: `${text} · should have spoken by ${due}`, isStale: true };
}
