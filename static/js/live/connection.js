// One WebSocket from its opening to its loss: sign-in, time-outs, and the server's last words.

const OPEN_WITHIN_MS = 10_000;
const PONG_WITHIN_MS = 5000;

export class Connection {
  #socket;
  #token;
  #heard;
  #timer = null;
  #silenceMs;
  #ready = false;
  #over = false;
  #lastWords = {};

  /**
   * `heard` is told: `ready()`, `frame(frame)` and once `lost({reason, code, reconnectAfterMs})`.
   * `token` is text, a function that returns (a promise of) it, or null: then the page's session
   * signs in.
   */
  constructor(url, { token, silenceMs, heard }) {
    this.#token = token;
    this.#silenceMs = silenceMs;
    this.#heard = heard;
    this.#socket = new WebSocket(url);
    this.#expectWordWithin(OPEN_WITHIN_MS, "no answer");
    this.#socket.onopen = () => this.#signIn();
    this.#socket.onmessage = ({ data }) => this.#read(JSON.parse(data));
    this.#socket.onclose = ({ code, reason }) => this.#lose(reason || `closed with ${code}`, code);
  }

  get isReady() {
    return this.#ready && this.#socket.readyState === WebSocket.OPEN;
  }

  send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Ask whether anybody is still there; without a word in time it counts as lost. */
  probe() {
    this.send({ type: "ping" });
    this.#expectWordWithin(PONG_WITHIN_MS, "no answer");
  }

  /** Let go without another word. */
  close() {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  async #signIn() {
    if (this.#token === null) return this.#begin();
    try {
      const token = typeof this.#token === "function" ? await this.#token() : this.#token;
      return this.send({ type: "hello", token });
    } catch (problem) {
      return this.#lose(`no token: ${problem.message}`);
    }
  }

  #begin() {
    this.#ready = true;
    this.#expectWordWithin(this.#silenceMs, "silence");
    this.#heard.ready();
  }

  #read(frame) {
    if (this.#over) return;
    this.#expectWordWithin(this.#silenceMs, "silence");
    if (frame.type === "hello" && !this.#ready) this.#begin();
    else if (frame.type === "closing") this.#note("closing", frame.reconnect_after_ms ?? 0);
    else if (frame.type === "lagged") this.#note("lagged");
    this.#heard.frame(frame);
  }

  #note(reason, reconnectAfterMs) {
    this.#lastWords = { reason, reconnectAfterMs };
  }

  #lose(reason, code) {
    if (this.#over) return;
    this.close();
    this.#heard.lost({ reason, code, ...this.#lastWords });
  }

  #expectWordWithin(milliseconds, reason) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lose(reason), milliseconds);
  }
}
