// One stream as its reader sees it. It is made by LiveClient.subscribe, and told by that client.

import { Position } from "./position.js";

export class LiveStream extends EventTarget {
  #position = new Position();
  #acknowledged = false;
  #isAsked = false;
  #wasLost = false;
  #resumedFrom = null;
  #away = null; // {from, to, delivered, lost} while what was missed comes in
  #onClose;

  constructor(key, { mode, history, onClose }) {
    super();
    this.key = key;
    this.mode = mode;
    this.history = history;
    this.#onClose = onClose;
  }

  /** The number of the newest output that was told, or null. */
  get seq() {
    return this.#position.seq;
  }

  get epoch() {
    return this.#position.epoch;
  }

  /** Whether the server has said yes since it was last asked. */
  get acknowledged() {
    return this.#acknowledged;
  }

  /** Whether the server has been asked over this connection. */
  get isAsked() {
    return this.#isAsked;
  }

  /** Follow it no longer. */
  close() {
    this.#onClose(this);
  }

  // --- what the client tells ---------------------------------------------------------------------

  /** It was asked for (again): until it is acknowledged, what arrives belongs to before. */
  asked() {
    this.#acknowledged = false;
    this.#isAsked = true;
    this.#resumedFrom = this.#position.seq;
  }

  /** The connection is gone. */
  lost() {
    this.#acknowledged = this.#isAsked = false;
    this.#wasLost = true;
  }

  /** Return whether to ask again: a stream that began anew cannot be resumed. */
  acknowledge({ epoch, offset, recovered }) {
    if (this.#resumedFrom !== null && this.#position.epoch !== epoch) {
      this.#beginAnew(epoch);
      return true;
    }
    this.#acknowledged = true;
    // What was asked for again because of a hole was not missed: it comes.
    if (this.#resumedFrom !== null && this.#wasLost) this.#resume(offset, recovered);
    this.#wasLost = false;
    return false;
  }

  /** Take a frame; return whether some are missing before it. */
  take(frame) {
    if (frame.type === "silence") {
      this.#tell("silence", { expectedBy: frame.expected_by, lastAt: frame.last_at });
      return false;
    }
    if (frame.type === "silence_over") {
      this.#tell("silenceover", { at: frame.at });
      return false;
    }
    if (!this.#acknowledged) return false;
    if (frame.type === "snapshot") this.#takeSnapshot(frame);
    else if (frame.type === "gap") this.#takeGap(frame);
    else if (frame.type === "data") return this.#takeData(frame);
    return false;
  }

  /** It has ended for good, for this reason. */
  end(reason) {
    this.#acknowledged = false;
    this.#tell("ended", { reason });
  }

  // --- inside ------------------------------------------------------------------------------------

  #beginAnew(epoch) {
    this.#position = new Position();
    this.#away = null;
    this.#tell("restarted", { epoch });
  }

  #resume(offset, recovered) {
    const from = this.#away?.from ?? this.#resumedFrom + 1;
    const missed = Math.max(0, offset - from + 1);
    this.#away = { delivered: 0, lost: 0, ...this.#away, from, to: offset };
    this.#tell("resumed", { missed, from, to: offset, recovered });
    this.#arrive();
  }

  // Told exactly once for each time away, when all that can come has come.
  #arrive() {
    if (!this.#away || this.#position.seq < this.#away.to) return;
    const { from, to, delivered, lost } = this.#away;
    this.#away = null;
    if (to >= from) this.#tell("caughtup", { missed: to - from + 1, delivered, lost, from, to });
  }

  #takeSnapshot(frame) {
    this.#position.moveTo(frame.seq, frame.epoch);
    this.#away = null;
    this.#tell("snapshot", frame);
  }

  #takeGap({ from, to, epoch }) {
    const first = Math.max(from, (this.#position.seq ?? 0) + 1);
    if (first > to) return;
    if (this.#away) this.#away.lost += Math.min(to, this.#away.to) - first + 1;
    this.#position.moveTo(to, epoch);
    this.#tell("gap", { from: first, to, count: to - first + 1 });
    this.#arrive();
  }

  #takeData(frame) {
    const before = this.#position.seq;
    const epoch = this.#position.epoch;
    const verdict = this.#position.judge(frame, { mayLeaveOut: this.mode === "latest" });
    if (verdict !== "next") return verdict === "missing";
    if (epoch !== null && frame.epoch !== epoch) this.#tell("restarted", { epoch: frame.epoch });
    const missed = this.#away !== null && frame.seq <= this.#away.to;
    if (missed) this.#away.delivered += 1;
    const skipped = this.mode === "latest" && before !== null ? Math.max(0, frame.seq - before - 1) : 0;
    this.#tell("data", { ...frame, missed, skipped });
    this.#arrive();
    return false;
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
