// What came of a run: progress, chart, outputs, log, what it used, and the error with its line.

import { find, make } from "../dashboard/dom.js";
import { formatMarketTime, formatPrice, formatValue } from "../dashboard/format.js";
import { asOutput } from "./outputs.js";
import { ResultChart } from "./result_chart.js";

const ROWS = 300;
const FIELDS = 8;
const short = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });
const asTime = (ms) => (ms < 1000 ? `${short.format(ms)} ms` : `${short.format(ms / 1000)} s`);

export class Result {
  #chart;
  #onLine;
  #daily = true;

  constructor({ onLine }) {
    this.#onLine = onLine;
    this.#chart = new ResultChart(find("#result-chart"), { onLegend: (at) => this.#legend(at) });
  }

  /** Show how far a run is. */
  showProgress(trial) {
    find("#result-empty").hidden = true;
    find("#result").hidden = false;
    find("#progress").hidden = false;
    find("#pane-result").setAttribute("aria-busy", "true");
    find("#progress-bar").max = Math.max(1, trial.bars_asked);
    find("#progress-bar").value = trial.bars_done;
    find("#progress-text").textContent = trial.status === "pending"
      ? "Waiting for a worker"
      : `${trial.bars_done} of ${trial.bars_asked} bars`;
  }

  /** Show a run that is over. */
  show(trial) {
    find("#result-empty").hidden = true;
    find("#result").hidden = false;
    find("#progress").hidden = true;
    find("#pane-result").setAttribute("aria-busy", "false");
    this.#daily = trial.timeframe === "1d";
    const outputs = trial.outputs.map(asOutput);
    this.#summarise(trial, outputs);
    this.#showError(trial);
    find("#result-chart").hidden = find("#result-legend").hidden = trial.prices.length === 0;
    if (trial.prices.length) this.#chart.show({ ...trial, bars: trial.prices, outputs });
    showMeter(trial);
    this.#showOutputs(outputs);
    find("#log").textContent = trial.log.join("\n") || "The script logged nothing.";
    find("#log-count").textContent = trial.log.length ? `${trial.log.length} lines` : "empty";
  }

  #summarise(trial, outputs) {
    const buys = outputs.filter((output) => output.side === "buy").length;
    const sells = outputs.filter((output) => output.side === "sell").length;
    const params = Object.entries(trial.params).map(([name, value]) => `${name} ${formatValue(value)}`);
    const words = { completed: "Ran", failed: "Failed", cancelled: "Cancelled" };
    find("#result-summary").replaceChildren(
      make("span", `status status-${trial.status}`, words[trial.status] ?? trial.status),
      make("span", "", `${trial.instrument} ${trial.timeframe}, ${trial.prices.length} bars`),
      make("span", "buys", `${buys} buy`),
      make("span", "sells", `${sells} sell`),
      make("span", "quiet", params.join(", ")),
    );
  }

  #showError({ error }) {
    const place = find("#result-error");
    place.hidden = !error;
    if (!error) return;
    const parts = [make("p", "error-message", error.message)];
    if (error.line) {
      const jump = make("button", "button", `Go to line ${error.line}`);
      jump.type = "button";
      jump.addEventListener("click", () => this.#onLine(error.line));
      parts.push(jump);
    }
    place.replaceChildren(make("strong", "", error.code.replaceAll("_", " ")), ...parts);
  }

  #showOutputs(outputs) {
    const said = new Set(outputs.flatMap((output) => Object.keys(output.metadata)));
    const first = ["side", "reason"].filter((name) => said.delete(name));
    const fields = [...first, ...said].slice(0, FIELDS);
    find("#outputs-head").replaceChildren(
      ...["bar", "value", ...fields].map((name) => {
        const head = make("th", "", name);
        head.scope = "col";
        return head;
      }));
    const rows = outputs.slice(-ROWS).reverse().map((output) => this.#row(output, fields));
    find("#outputs-body").replaceChildren(...rows);
    find("#outputs-count").textContent = outputs.length > ROWS
      ? `the newest ${ROWS} of ${outputs.length}`
      : String(outputs.length);
  }

  #row(output, fields) {
    const cells = fields.map((field) => make("td", "", formatValue(output.metadata[field])));
    const head = make("th", "", formatMarketTime(output.time, { daily: this.#daily }));
    head.scope = "row";
    return make("tr", output.side ?? "", head, make("td", "", formatValue(output.value)), ...cells);
  }

  #legend(at) {
    const legend = find("#result-legend");
    if (!at) return legend.replaceChildren();
    const { bar, output } = at;
    const prices = ["open", "high", "low", "close"].map((name) =>
      make("span", "", `${name[0].toUpperCase()} `, make("b", "", formatPrice(bar[name]))));
    const value = output ? [make("span", "", "value ", make("b", "", formatValue(output.value)))] : [];
    const side = output?.side ? [make("b", output.side, output.side)] : [];
    return legend.replaceChildren(
      make("span", "", formatMarketTime(bar.time, { daily: this.#daily })), ...prices, ...value, ...side);
  }
}

// The limits are those of one run; a script that is asked bar by bar runs once for each.
function showMeter({ usage, limits }) {
  const runs = Math.max(1, usage.runs ?? 1);
  const rows = [
    ["Processor time a run", (usage.cpu_ms ?? 0) / runs, limits.cpu_ms, asTime],
    ["Time a run", (usage.wall_ms ?? 0) / runs, limits.wall_ms, asTime],
    ["Memory at most", usage.memory_mb ?? 0, limits.memory_mb, (number) => `${short.format(number)} MB`],
    ["Reads a run", (usage.calls ?? 0) / runs, limits.calls, (number) => short.format(number)],
  ];
  find("#meter").replaceChildren(
    ...rows.map(([label, used, allowed, asText]) => {
      const bar = make("meter", "");
      Object.assign(bar, { min: 0, max: allowed, high: allowed * 0.8, optimum: 0, value: used });
      bar.setAttribute("aria-label", label);
      const said = make("span", "", make("b", "", asText(used)), ` of ${asText(allowed)}`);
      return make("div", "", make("span", "quiet", label), bar, said);
    }),
    make("p", "quiet", `${usage.runs ?? 0} run${usage.runs === 1 ? "" : "s"}; the limits are those of your tier, ${limits.tier}.`),
  );
}
