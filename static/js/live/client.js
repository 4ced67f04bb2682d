// SignalHub's live client: one WebSocket that comes back by itself and goes on exactly where each
// stream was left. It needs nothing but a browser (or anything else with WebSocket and
// EventTarget), and any page may import it from /static/js/live/client.js.
//
//   import { LiveClient } from "/static/js/live/client.js"; // of this server
//
//   const live = new LiveClient({
//     url: `wss://${host}/ws/`,                       // left out: the site this page came from
//     token: () => fetch("/my-ticket").then((reply) => reply.text()), // left out: the session
//   });
//   live.addEventListener("state", ({ detail }) => {
//     console.log(detail.name, detail.reason);     // connecting, live, waiting, ended …
//   });
//
//   const stream = live.subscribe("personal:7:…:IBM:default", { history: 100 });
//   const on = (name, act) => stream.addEventListener(name, ({ detail }) => act(detail));
//   on("snapshot", ({ outputs }) => outputs.forEach(show));   // what there was; replaces all
//   on("data", (output) => show(output));                     // each exactly once, in order
//   on("caughtup", ({ missed, lost }) => console.log(`missed ${missed}, lost ${lost}`));
//   on("silence", ({ expectedBy }) => console.log(`should have spoken by ${expectedBy}`));
//   on("ended", ({ reason }) => console.log(`over: ${reason}`));
//
// token  an API key, an access token or a connection token. A connection token opens one socket,
//        so give a function: it is called for every attempt.
// mode   "stream": every output; "latest": the newest one, `data` says how many were `skipped`.
//
// Events of the client
//   state     {name, reason?, code?, attempt?, retryAt?}; name is
//             idle        nothing is followed
//             connecting  an attempt is under way
//             live        the server has acknowledged what is followed
//             waiting     lost; the next attempt is at retryAt (milliseconds since 1970)
//             ended       another attempt would change nothing: signed out, or not allowed in
//             closed      by close()
//   limited   {message, retry_after_ms, …}: more arrives than the tier lets through; it comes later
//   trouble   {code, message, …}: the server refused a message; what can be asked again is
//   frame     every frame as it came, for whoever needs more
// Events of a stream
//   snapshot  {outputs, seq, epoch}    data      an output, with `missed` and `skipped`
//   resumed   {missed, from, to}       caughtup  {missed, delivered, lost, from, to}
//   gap       {from, to, count}        restarted {epoch}: its numbers begin anew
//   silence   {expectedBy, lastAt}: it should have spoken, and did not; silenceover {at}
//   ended     {reason}: nothing more will come
// `missed` counts exactly what was put out between the loss of a connection and the return.

import { delayBefore } from "./backoff.js";
import { Connection } from "./connection.js";
import { subscribeMessages } from "./requests.js";
import { LiveStream } from "./stream.js";

const STABLE_AFTER_MS = 5000; // sooner lost, the next wait is longer than the one before
const ASK_AGAIN_MS = 2000;
const CROWDED_MS = 5000;
const CODES_FOR_GOOD = new Set([4401, 4403]); // another attempt will not change them
const SIGN_INS_AT_MOST = 3; // with fresh tokens, one after the other
const TOO_MANY_CONNECTIONS = 4429;

export class LiveClient extends EventTarget {
  #url;
  #token;
  #silenceMs;
  #streams = new Map();
  #connection = null;
  #state = { name: "idle" };
  #attempt = 0;
  #refusals = 0;
  #liveSince = null;
  #reconnectTimer = null;
  #askTimer = null;
  #asking = false;

  /** `heartbeatSeconds` is how often the server speaks at least; 2.5 of them missed is a loss. */
  constructor({ url = ownAddress(), token = null, heartbeatSeconds = 30 } = {}) {
    super();
    this.#url = url;
    this.#token = token;
    this.#silenceMs = heartbeatSeconds * 2500;
    globalThis.addEventListener?.("online", this.#lookAgain);
    globalThis.addEventListener?.("pageshow", this.#lookAgain);
    globalThis.document?.addEventListener("visibilitychange", this.#lookAgain);
  }

  get state() {
    return this.#state;
  }

  /** Follow a stream; one that is followed already is returned as it is. */
  subscribe(key, { mode = "stream", history = 1 } = {}) {
    if (this.#isOver) throw new Error(`This client is ${this.#state.name}.`);
    const followed = this.#streams.get(key);
    if (followed) return followed;
    const stream = new LiveStream(key, { mode, history, onClose: (one) => this.#leave(one) });
    this.#streams.set(key, stream);
    if (this.#connection) this.#askSoon();
    else this.#connect();
    return stream;
  }

  /** Let go of everything, for good. */
  close() {
    globalThis.removeEventListener?.("online", this.#lookAgain);
    globalThis.removeEventListener?.("pageshow", this.#lookAgain);
    globalThis.document?.removeEventListener("visibilitychange", this.#lookAgain);
    this.#streams.clear();
    this.#finish({ name: "closed" });
  }

  get #isOver() {
    return this.#state.name === "ended" || this.#state.name === "closed";
  }

  // A laptop that was opened again, a network that is back: do not wait for the timers.
  #lookAgain = () => {
    if (globalThis.document?.visibilityState === "hidden" || this.#isOver) return;
    if (this.#connection?.isReady) this.#connection.probe();
    else if (!this.#connection && this.#streams.size) this.#connect();
  };

  #connect() {
    clearTimeout(this.#reconnectTimer);
    this.#turn({ name: "connecting", attempt: this.#attempt });
    this.#connection = new Connection(this.#url, {
      token: this.#token,
      silenceMs: this.#silenceMs,
      heard: {
        ready: () => this.#ask([...this.#streams.values()]),
        frame: (frame) => this.#read(frame),
        lost: (loss) => this.#lose(loss),
      },
    });
  }

  // Streams that are asked for in one breath go into one message.
  #askSoon() {
    if (this.#asking) return;
    this.#asking = true;
    queueMicrotask(() => {
      this.#asking = false;
      if (this.#connection?.isReady) this.#ask(this.#unanswered.filter((one) => !one.isAsked));
    });
  }

  get #unanswered() {
    return [...this.#streams.values()].filter((stream) => !stream.acknowledged);
  }

  #ask(streams) {
    for (const stream of streams) stream.asked();
    for (const message of subscribeMessages(streams)) this.#connection.send(message);
  }

  #askAgainIn(milliseconds) {
    clearTimeout(this.#askTimer);
    this.#askTimer = setTimeout(() => {
      if (this.#connection?.isReady) this.#ask(this.#unanswered);
    }, milliseconds);
  }

  #read(frame) {
    this.#tell("frame", frame);
    if (frame.type === "subscription") this.#takeAnswer(frame);
    else if (frame.type === "subscription_denied") this.#end(frame.stream_key, frame.reason);
    else if (frame.type === "error") this.#takeError(frame);
    else if (frame.type === "limited") this.#tell("limited", frame);
    else if (frame.stream_key !== undefined) this.#pass(frame);
  }

  #takeAnswer({ status, streams }) {
    if (status !== "subscribed") return;
    this.#refusals = 0;
    this.#liveSince ??= Date.now();
    const [anew, unwanted] = [[], []];
    for (const [key, begun] of Object.entries(streams)) {
      const stream = this.#streams.get(key);
      if (!stream) unwanted.push(key);
      else if (stream.acknowledge(begun)) anew.push(stream);
    }
    // What was let go of while the question was under way would keep others' places.
    if (unwanted.length) this.#connection.send({ type: "unsubscribe", stream_keys: unwanted });
    if (anew.length) this.#ask(anew);
    if (this.#state.name !== "live") this.#turn({ name: "live" });
  }

  #takeError(frame) {
    this.#tell("trouble", frame);
    if (frame.code === "too_many_streams") return this.#keepWithin(frame.limit, frame.message);
    const seconds = frame.retry_after_seconds;
    return this.#askAgainIn(seconds ? seconds * 1000 : ASK_AGAIN_MS);
  }

  // Of what was asked for at once nothing was begun: the first ones that fit are asked for again.
  // Where all fit, the server still counts some that were let go of, and will know soon.
  #keepWithin(limit, reason) {
    const free = limit - (this.#streams.size - this.#unanswered.length);
    const surplus = this.#unanswered.slice(Math.max(0, free));
    for (const stream of surplus) this.#end(stream.key, reason);
    if (!surplus.length) this.#askAgainIn(ASK_AGAIN_MS);
    else if (this.#unanswered.length) this.#ask(this.#unanswered);
  }

  #pass(frame) {
    const stream = this.#streams.get(frame.stream_key);
    if (stream?.take(frame)) this.#ask([stream]);
  }

  #end(key, reason) {
    const stream = this.#streams.get(key);
    this.#streams.delete(key);
    stream?.end(reason);
    this.#restIfIdle();
  }

  #leave(stream) {
    if (this.#streams.get(stream.key) !== stream) return;
    this.#streams.delete(stream.key);
    if (this.#connection?.isReady) {
      this.#connection.send({ type: "unsubscribe", stream_keys: [stream.key] });
    }
    this.#restIfIdle();
  }

  // The connection stays for whatever is followed next.
  #restIfIdle() {
    if (this.#streams.size === 0 && this.#state.name === "live") this.#turn({ name: "idle" });
  }

  #lose({ reason, code, reconnectAfterMs }) {
    this.#connection = null;
    clearTimeout(this.#askTimer);
    for (const stream of this.#streams.values()) stream.lost();
    const wasStable = this.#liveSince !== null && Date.now() - this.#liveSince >= STABLE_AFTER_MS;
    if (wasStable) this.#attempt = 0;
    this.#liveSince = null;
    if (this.#isForGood(code)) return this.#finish({ name: "ended", reason: "signed out", code });
    if (!this.#streams.size) return this.#turn({ name: "idle" }); // whoever follows next connects
    const least = code === TOO_MANY_CONNECTIONS ? CROWDED_MS : 0;
    const delay = reconnectAfterMs ?? Math.max(least, delayBefore(this.#attempt));
    this.#attempt += 1;
    this.#turn({ name: "waiting", reason, code, attempt: this.#attempt, retryAt: Date.now() + delay });
    this.#reconnectTimer = setTimeout(() => this.#connect(), delay);
  }

  #isForGood(code) {
    if (!CODES_FOR_GOOD.has(code)) return false;
    this.#refusals += 1;
    const mayBeRenewed = typeof this.#token === "function" && this.#refusals < SIGN_INS_AT_MOST;
    return !mayBeRenewed;
  }

  #finish(state) {
    clearTimeout(this.#reconnectTimer);
    clearTimeout(this.#askTimer);
    this.#connection?.close();
    this.#connection = null;
    this.#turn(state);
  }

  #turn(state) {
    this.#state = state;
    this.#tell("state", state);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function ownAddress() {
  const address = new URL("/ws/", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}
