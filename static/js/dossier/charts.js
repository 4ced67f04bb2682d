// One chart for each test run, drawn when it comes near the screen.

import { PriceChart } from "../dashboard/chart.js";

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
  for (const figure of document.querySelectorAll(".trial[data-chart-url]")) watcher.observe(figure);
}

async function draw(figure) {
  const problem = figure.querySelector(".trial-problem");
  try {
    const reply = await fetch(figure.dataset.chartUrl, { headers: { Accept: "application/json" } });
    if (!reply.ok) throw new Error(`the server answered ${reply.status}`);
    show(figure, await reply.json());
  } catch (fault) {
    figure.querySelector(".trial-chart").hidden = true;
    problem.hidden = false;
    problem.textContent = `This chart cannot be shown: ${fault.message}.`;
  }
}

function show(figure, { bars, outputs }) {
  if (bars.length === 0) throw new Error("its bars are not there any more");
  const legend = figure.querySelector(".trial-legend");
  const chart = new PriceChart(figure.querySelector(".trial-chart"), {
    daily: figure.dataset.daily === "yes",
    onLegend: ({ bar, numbers, fields }) => {
      legend.textContent = bar ? describe(bar, numbers, fields) : "";
    },
  });
  chart.reset(bars);
  chart.setOutputs(outputs.map(({ time, ...rest }) => ({ barOpenedAt: time, ...rest })));
}

function describe(bar, numbers, fields) {
  const known = fields.filter((field) => field in numbers);
  const said = known.map((field) => `${field} ${rounded(numbers[field])}`);
  return [`close ${rounded(bar.close)}`, ...said].join(" · ");
}

function rounded(number) {
  return Number(number.toPrecision(6)).toLocaleString("en-GB", { maximumFractionDigits: 4 });
}
