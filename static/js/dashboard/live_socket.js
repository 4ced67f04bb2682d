// One WebSocket that comes back by itself and goes on exactly where each stream was left.
//
// Events: `state` {name, retryAt?, reason?} with name connecting | live | waiting | ended;
// `snapshot`, `data`, `gap`, `denied`, `trouble` with the server's frame; `resumed` {frames}.

import { delayBefore } from "./backoff.js";
import { Position } from "./position.js";

const SILENCE_MS = 75_000; // two of the server's heartbeats, and half of a third
const OPEN_WITHIN_MS = 10_000;
const ASK_AGAIN_MS = 2000;
const SIGNED_OUT = 4401; // a close code that another attempt will not change

export class LiveSocket extends EventTarget {
  #url;
  #historyLength;
  #socket = null;
  #streams = new Map(); // stream key → {position, resumedFrom, acknowledged}
  #attempt = 0;
  #reconnectTimer = null;
  #silenceTimer = null;
  #reconnectAfter = null;
  #ended = false;

  constructor(url, { historyLength }) {
    super();
    this.#url = url;
    this.#historyLength = historyLength;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#hurry();
    });
  }

  /** Follow one stream instead of whatever was followed before. */
  follow(streamKey) {
    const left = [...this.#streams.keys()].filter((key) => key !== streamKey);
    for (const key of left) this.#streams.delete(key);
    if (left.length) this.#send({ type: "unsubscribe", stream_keys: left });
    if (!this.#streams.has(streamKey)) this.#streams.set(streamKey, { position: new Position() });
    if (this.#isOpen) {
      this.#tell("state", { name: "live" });
      this.#subscribe([streamKey]);
    } else if (!this.#socket) {
      this.#connect();
    }
  }

  /** Follow nothing; the connection stays for the next stream. */
  leave() {
    if (this.#streams.size) this.#send({ type: "unsubscribe", stream_keys: [...this.#streams.keys()] });
    this.#streams.clear();
  }

  get #isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #connect() {
    clearTimeout(this.#reconnectTimer);
    this.#tell("state", { name: "connecting", attempt: this.#attempt });
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    const lost = (reason) => this.#socket === socket && this.#lose(reason);
    this.#expectWordWithin(OPEN_WITHIN_MS, () => lost("no answer"));
    socket.onopen = () => {
      this.#attempt = 0;
      this.#subscribe([...this.#streams.keys()]);
    };
    socket.onmessage = (message) => {
      this.#expectWordWithin(SILENCE_MS, () => lost("silence"));
      this.#read(JSON.parse(message.data));
    };
    socket.onclose = (event) => {
      if (event.code === SIGNED_OUT) this.#end("you are signed out");
      else lost(event.reason || `closed with ${event.code}`);
    };
  }

  #subscribe(keys) {
    if (!keys.length) return;
    const resume = {};
    for (const key of keys) {
      const stream = this.#streams.get(key);
      stream.resumedFrom = stream.position.seq;
      stream.acknowledged = false;
      if (stream.position.known) resume[key] = stream.position.seq;
    }
    this.#send({ type: "subscribe", stream_keys: keys, resume, history: this.#historyLength });
  }

  #read(frame) {
    if (frame.type === "closing") {
      this.#reconnectAfter = frame.reconnect_after_ms ?? 0;
      return;
    }
    if (frame.type === "error") {
      this.#tell("trouble", frame);
      setTimeout(() => this.#askAgain(), ASK_AGAIN_MS);
      return;
    }
    if (frame.type === "subscription") {
      // Not before: until it is acknowledged, nothing is on its way.
      if (frame.status === "subscribed") this.#tell("state", { name: "live" });
      for (const [key, begun] of Object.entries(frame.streams)) this.#acknowledge(key, begun);
      return;
    }
    if (frame.type === "subscription_denied") {
      if (this.#streams.delete(frame.stream_key)) this.#tell("denied", frame);
      return;
    }
    const stream = this.#streams.get(frame.stream_key);
    if (stream) this.#readFrom(stream, frame);
  }

  // A stream that began anew counts from 1 again, so what was resumed belongs to its former life.
  #acknowledge(key, { epoch, offset }) {
    const stream = this.#streams.get(key);
    if (!stream) return;
    stream.acknowledged = true;
    if (stream.resumedFrom === null) return;
    if (stream.position.epoch !== epoch) {
      stream.position = new Position();
      this.#subscribe([key]);
    } else {
      this.#tell("resumed", { frames: Math.max(0, offset - stream.resumedFrom) });
    }
  }

  #askAgain() {
    const unanswered = [...this.#streams].filter(([, stream]) => !stream.acknowledged);
    if (this.#isOpen) this.#subscribe(unanswered.map(([key]) => key));
  }

  #readFrom(stream, frame) {
    if (frame.type === "snapshot") {
      stream.position.moveTo(frame.seq, frame.epoch);
      this.#tell("snapshot", frame);
    } else if (frame.type === "gap") {
      stream.position.moveTo(frame.to, frame.epoch);
      this.#tell("gap", frame);
    } else if (frame.type === "data") {
      const verdict = stream.position.judge(frame);
      if (verdict === "next") this.#tell("data", frame);
      if (verdict === "missing") this.#subscribe([frame.stream_key]);
    }
  }

  #lose(reason) {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#silenceTimer);
    socket.onclose = socket.onmessage = socket.onopen = null;
    socket.close();
    if (this.#ended || !this.#streams.size) return; // whoever follows next connects
    const delay = this.#reconnectAfter ?? delayBefore(this.#attempt);
    this.#reconnectAfter = null;
    this.#attempt += 1;
    this.#tell("state", { name: "waiting", retryAt: Date.now() + delay, reason });
    this.#reconnectTimer = setTimeout(() => this.#connect(), delay);
  }

  #end(reason) {
    this.#ended = true;
    clearTimeout(this.#silenceTimer);
    clearTimeout(this.#reconnectTimer);
    this.#tell("state", { name: "ended", reason });
  }

  #hurry() {
    if (!this.#socket && !this.#ended && this.#streams.size) this.#connect();
  }

  #expectWordWithin(milliseconds, otherwise) {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(otherwise, milliseconds);
  }

  #send(message) {
    if (this.#isOpen) this.#socket.send(JSON.stringify(message));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
