// Runs the draft on history: asks for it, follows it, cancels it.

import { find, make } from "../dashboard/dom.js";
import { fetchJSON, send } from "./http.js";

const FIRST_LOOK_MS = 250;
const SLOWEST_LOOK_MS = 1500;

export class Trials {
  #choices = null;
  #ready = null;
  #running = null;
  #parameters;
  #result;
  #onOver;

  constructor({ parameters, result, onOver }) {
    this.#parameters = parameters;
    this.#result = result;
    this.#onOver = onOver;
    find("#cancel").addEventListener("click", () => this.cancel());
    find("#trial-instrument").addEventListener("change", () => this.#showTimeframes());
    find("#trial").addEventListener("submit", (event) => event.preventDefault());
  }

  get isRunning() {
    return this.#running !== null;
  }

  /** Fill the choices of instruments and timeframes. */
  prepare(choicesURL, { timeframe }) {
    this.#ready = this.#fillChoices(choicesURL, timeframe);
    return this.#ready;
  }

  async #fillChoices(choicesURL, timeframe) {
    this.#choices = await fetchJSON(choicesURL);
    const { instruments, bars_default: bars, bars_max: most } = this.#choices;
    find("#trial-instrument").replaceChildren(...instruments.map(({ key, name }) => {
      const option = make("option", "", `${key}, ${name}`);
      option.value = key;
      return option;
    }));
    Object.assign(find("#trial-bars"), { value: bars, max: most });
    this.#showTimeframes(timeframe);
    if (!instruments.length) this.#say("There is no instrument yet: an operator has to load prices.");
  }

  /** Show the newest run of the draft, so that a visit goes on where the last one ended. */
  async showNewest(trialsURL) {
    const { newest } = await fetchJSON(trialsURL);
    if (newest) await this.#follow(newest);
  }

  /** Run a draft. */
  async start(trialsURL) {
    this.#say("");
    if (!this.#parameters.check()) return false;
    try {
      await this.#ready;
      const trial = await send(trialsURL, {
        instrument: find("#trial-instrument").value,
        timeframe: find("#trial-timeframe").value,
        bars: find("#trial-bars").value,
        params: JSON.stringify(this.#parameters.values()),
      });
      this.#follow(trial.url);
      return true;
    } catch (problem) {
      const errors = problem.body?.errors ?? [];
      const rest = this.#parameters.showErrors(errors);
      if (!errors.length || rest.length) this.#say(rest.join(" ") || problem.message);
      return false;
    }
  }

  async cancel() {
    if (!this.#running) return;
    try {
      await send(`${this.#running}cancel/`, {});
    } catch (problem) {
      this.#say(problem.message); // it ended by itself in between, or nobody answered
    }
  }

  async #follow(url) {
    this.#running = url;
    let wait = FIRST_LOOK_MS;
    while (this.#running === url) {
      try {
        const trial = await fetchJSON(url);
        if (trial.is_over) return this.#end(trial);
        this.#result.showProgress(trial);
      } catch (problem) {
        if (problem.status >= 400 && problem.status < 500) return this.#giveUp(problem);
        this.#say(`${problem.message} Trying again.`);
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(wait * 1.3, SLOWEST_LOOK_MS);
    }
  }

  #end(trial) {
    this.#running = null;
    this.#say("");
    this.#result.show(trial);
    this.#onOver(trial);
  }

  #giveUp(problem) {
    this.#running = null;
    this.#say(problem.message);
  }

  #showTimeframes(wanted = find("#trial-timeframe").value) {
    const key = find("#trial-instrument").value;
    const instrument = this.#choices.instruments.find((one) => one.key === key);
    const select = find("#trial-timeframe");
    select.replaceChildren(...(instrument?.timeframes ?? []).map((name) => make("option", "", name)));
    if (instrument?.timeframes.includes(wanted)) select.value = wanted;
  }

  #say(message) {
    find("#trial-problem").hidden = !message;
    find("#trial-problem").textContent = message;
  }
}
