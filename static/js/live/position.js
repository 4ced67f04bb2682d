// Where a reader stands in a numbered stream: every frame is shown once and none is skipped.

export class Position {
  epoch = null;
  seq = null;

  get known() {
    return this.seq !== null;
  }

  /** Stand at a number that the server named: a snapshot, or the end of a gap. */
  moveTo(seq, epoch) {
    this.seq = seq;
    this.epoch = epoch ?? this.epoch;
  }

  /**
   * Return "next" and step forward, or "seen" for one that was shown before, or "missing" when
   * frames lie between; the latter two leave the position where it was. A stream that began anew
   * counts from 1 again. Whoever reads only the latest may leave some out.
   */
  judge({ seq, epoch }, { mayLeaveOut = false } = {}) {
    const restarted = epoch !== undefined && this.epoch !== null && epoch !== this.epoch;
    if (restarted && seq !== 1) return "missing";
    if (this.known && !restarted) {
      if (seq <= this.seq) return "seen";
      if (seq > this.seq + 1 && !mayLeaveOut) return "missing";
    }
    this.moveTo(seq, epoch);
    return "next";
  }
}
