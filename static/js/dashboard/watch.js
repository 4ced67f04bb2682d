// One script on one instrument as somebody follows it: its state, its stream and its outputs.
//
// Events: `state` (what the server says of it), `outputs` (all of them anew), `output` {entry},
// `missed` {missed, lost, signals}, `silence`, `ended` {sentence}, `trouble` {sentence}.

import { fetchState } from "./api.js";
import { describeFreshness } from "./freshness.js";
import { Outputs } from "./outputs.js";

const HISTORY = 400;
const ASK_AGAIN_MS = 5000;
const ENDINGS = {
  revoked: "Your entitlement to this script was revoked. Ask its author for a new one.",
  "There is no such stream, or you may not read it.":
    "This stream is not yours to read (any more). Ask the script's author for an entitlement.",
};

export class Watch extends EventTarget {
  #live;
  #stream = null;
  state = null;
  streamKey = null;
  unread = 0;
  lastAt = null; // milliseconds
  expectedBy = null; // while it is silent although it should have spoken
  ending = "";
  missed = null; // {missed, lost, signals, first} until it is looked at
  #askedAt = null; // when the server last said how things are, in milliseconds
  #triedAt = 0;
  #missedSignals = 0; // since the connection was lost, until it is known that all are there

  /** `script` is {address, name, timeframe, timeframeSeconds}; `place` is pane, overlay or list. */
  constructor(live, { script, instrument, streamKey = null, place = "pane" }) {
    super();
    this.#live = live;
    this.script = script;
    this.outputs = new Outputs(script.timeframeSeconds);
    this.instrument = instrument;
    this.wantedKey = streamKey;
    this.place = place;
  }

  get name() {
    return this.state?.script.name ?? this.script.name;
  }

  get daily() {
    return this.script.timeframeSeconds >= 86_400;
  }

  get isRunning() {
    return (this.state?.streams.length ?? 0) > 0;
  }

  get cadenceMs() {
    const seconds = this.state?.cadence_seconds ?? null;
    return seconds === null ? null : seconds * 1000;
  }

  /** Follow what there is, unless it is followed already. */
  async begin() {
    if (!this.state) await this.#open();
    else if (!this.#stream) await this.refresh();
  }

  async #open() {
    this.#takeState(await fetchState(`${this.script.address}state`, this.instrument, { lines: true }));
    const keys = this.state.streams.map((stream) => stream.key);
    const key = keys.includes(this.wantedKey) ? this.wantedKey : keys[0];
    if (key) this.follow(key);
  }

  /** When the exchange's next bar should have brought an output, in milliseconds, or null. */
  get nextDue() {
    return parsed(this.state?.next_due);
  }

  /** Ask again what may have changed meanwhile. */
  async refresh() {
    this.#triedAt = Date.now();
    const state = await fetchState(`${this.script.address}state`, this.instrument);
    this.#takeState({ ...state, lines: this.state.lines });
    if (!this.#stream && this.isRunning) this.follow(state.streams[0].key);
  }

  /** Follow one of its streams instead of whatever was followed before. */
  follow(key) {
    this.#stream?.close();
    this.streamKey = key;
    this.#startOver();
    this.#stream = this.#live.subscribe(key, { history: HISTORY });
    const on = (name, act) => this.#stream.addEventListener(name, ({ detail }) => {
      if (this.streamKey === key) act(detail);
    });
    on("snapshot", (frame) => this.#takeSnapshot(frame));
    on("data", (output) => this.#takeOutput(output));
    on("caughtup", (counts) => this.#takeMissed(counts));
    on("silence", ({ expectedBy }) => this.#takeSilence(expectedBy));
    on("silenceover", () => this.#takeSilence(null));
    on("restarted", () => this.#startOver());
    on("ended", ({ reason }) => this.end(ENDINGS[reason] ?? reason));
  }

  close() {
    this.#stream?.close();
    this.#stream = null;
    this.streamKey = null;
  }

  /** It is over, for this reason. */
  end(sentence) {
    this.#stream?.close();
    this.ending = sentence;
    this.#tell("ended", { sentence });
  }

  seen() {
    this.unread = 0;
  }

  /** Return how fresh it is, as `describeFreshness` says it, whether or not it has a chart. */
  describeFreshness({ barsBehind = 0, zone } = {}) {
    return describeFreshness({ ...this.#known, askedAt: this.#askedAt, barsBehind, zone });
  }

  /** Whether it seems silent, and only the server knows whether it ran without a word. */
  get isInDoubt() {
    const { isStale } = describeFreshness({ ...this.#known, barsBehind: 0 });
    const isSureOfIt = this.expectedBy || Date.now() - this.#triedAt < ASK_AGAIN_MS;
    return isStale && !isSureOfIt;
  }

  get #known() {
    return {
      lastAt: this.lastAt,
      spokeAt: parsed(this.#streamState?.spoke_at),
      now: Date.now(),
      cadenceMs: this.cadenceMs,
      expectedBy: this.expectedBy,
      nextDue: this.isRunning ? this.nextDue : null,
      feed: this.state?.feed,
    };
  }

  get #streamState() {
    return this.state?.streams.find(({ key }) => key === this.streamKey);
  }

  #takeState(state) {
    this.state = state;
    this.#askedAt = Date.now();
    this.#knowSilence();
    this.#tell("state");
  }

  // A silence is told to whoever listens at that moment. What began or ended before the page was
  // opened, or while it was away, the server's state says.
  #knowSilence() {
    const stream = this.#streamState;
    if (!stream) return;
    const expectedBy = parsed(stream.expected_by);
    // The state may be older than an output that came while it was asked for.
    this.expectedBy = expectedBy !== null && (this.lastAt ?? 0) > expectedBy ? null : expectedBy;
  }

  #startOver() {
    this.outputs = new Outputs(this.script.timeframeSeconds);
    this.lastAt = this.expectedBy = this.missed = null;
    this.#missedSignals = 0;
    this.ending = "";
    this.#knowSilence();
    this.#tell("outputs");
  }

  #takeSnapshot(frame) {
    this.#startOver();
    for (const output of frame.outputs) this.outputs.add(output.seq, output);
    const newest = frame.outputs.at(-1);
    if (newest) this.lastAt = Date.parse(newest.published_at);
    this.#tell("outputs");
  }

  #takeOutput(output) {
    const entry = this.outputs.add(output.seq, output);
    this.lastAt = output.missed ? Date.parse(output.published_at) : Date.now();
    this.expectedBy = null;
    this.unread += 1;
    if (output.missed && entry.side) this.#missedSignals += 1;
    this.#tell("output", { entry });
  }

  // Counted as they come: of many outputs only the newest are kept.
  #takeMissed({ missed, lost, from }) {
    this.missed = {
      missed: missed + (this.missed?.missed ?? 0),
      lost: lost + (this.missed?.lost ?? 0),
      signals: this.#missedSignals + (this.missed?.signals ?? 0),
      first: this.missed?.first ?? from,
    };
    this.#missedSignals = 0;
    this.#tell("missed", this.missed);
  }

  #takeSilence(expectedBy) {
    this.expectedBy = expectedBy && Date.parse(expectedBy);
    this.#tell("silence");
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function parsed(instant) {
  return instant ? Date.parse(instant) : null;
}
