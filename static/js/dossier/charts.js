// One chart for each test run, drawn when it comes near the screen.

import { formatValue } from "../dashboard/format.js";
import { fetchJSON } from "../workspace/http.js";
import { asOutput } from "../workspace/outputs.js";
import { ResultChart } from "../workspace/result_chart.js";

export function showCharts() {
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries.filter((each) => each.isIntersecting)) {
        watcher.unobserve(entry.target);
        draw(entry.target);
      }
    },
    { rootMargin: "300px" },
  );
  for (const figure of document.querySelectorAll(".trial[data-trial-url]")) watcher.observe(figure);
}

async function draw(figure) {
  try {
    show(figure, await fetchJSON(figure.dataset.trialUrl));
  } catch (fault) {
    figure.querySelector(".trial-chart").hidden = true;
    const problem = figure.querySelector(".trial-problem");
    problem.hidden = false;
    problem.textContent = `This chart cannot be shown. ${fault.message}`;
  }
}

function show(figure, trial) {
  if (!trial.prices?.length) throw new Error("Its bars are not there any more.");
  const legend = figure.querySelector(".trial-legend");
  const chart = new ResultChart(figure.querySelector(".trial-chart"), {
    onLegend: (at) => {
      legend.textContent = at ? describe(at) : "";
    },
  });
  chart.show({ ...trial, bars: trial.prices, outputs: trial.outputs.map(asOutput) });
}

function describe({ bar, output }) {
  const close = `close ${formatValue(bar.close)}`;
  return output ? `${close} · ${formatValue(output.value)}` : close;
}
