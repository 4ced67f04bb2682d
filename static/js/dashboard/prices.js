// Prices as they are traded: one subscription a stream, however many charts show it.

export class Prices {
  #live;
  #followed = new Map(); // key → {stream, takers}

  constructor(live) {
    this.#live = live;
  }

  /** Hand every price of a stream to `take`; return how to stop that. */
  follow(key, take) {
    if (!this.#followed.has(key)) this.#begin(key);
    const { stream, takers } = this.#followed.get(key);
    takers.add(take);
    return () => {
      takers.delete(take);
      if (takers.size || !this.#followed.delete(key)) return;
      stream.close();
    };
  }

  #begin(key) {
    const stream = this.#live.subscribe(key, { mode: "latest", history: 1 });
    const takers = new Set();
    const tell = (output) => takers.forEach((take) => take(output));
    stream.addEventListener("snapshot", ({ detail }) => detail.outputs.forEach(tell));
    stream.addEventListener("data", ({ detail }) => tell(detail));
    this.#followed.set(key, { stream, takers });
  }
}
