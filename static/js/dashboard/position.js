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
   * frames lie between; the latter two leave the position where it was.
   */
  judge(frame) {
    const restarted = frame.epoch !== undefined && this.epoch !== null && frame.epoch !== this.epoch;
    if (this.known && !restarted) {
      if (frame.seq <= this.seq) return "seen";
      if (frame.seq > this.seq + 1) return "missing";
    }
    this.moveTo(frame.seq, frame.epoch);
    return "next";
  }
}
