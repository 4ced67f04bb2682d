// What is missing before the draft can be submitted, fresh after every save.

import { find, make } from "../dashboard/dom.js";

const WORDS = { done: "done", missing: "missing", advised: "advised", pending: "under way" };

/** Show the points; `goTo` leads to the field where one is put right. */
export function showChecklist(points, isReady, goTo) {
  find("#checklist").replaceChildren(...points.map((point) => asItem(point, goTo)));
  const missing = points.filter((point) => point.state === "missing").length;
  const count = find("#missing-count");
  count.hidden = missing === 0;
  count.textContent = missing;
  count.setAttribute("aria-label", `${missing} missing`);
  find("#submit").disabled = !isReady;
  find("#submit-hint").textContent = isReady
    ? "The next page asks once more. From then on nothing changes until a reviewer asks for it."
    : "It opens when nothing in red is left.";
}

function asItem({ code, title, state, advice, field }, goTo) {
  const item = make("li", `point point-${state}`,
    make("span", "visually-hidden", `${WORDS[state]}: `), make("strong", "", title));
  item.dataset.code = code;
  if (advice && state !== "done") item.append(make("span", "advice", advice));
  if (field && state !== "done") {
    const button = make("button", "button quiet-button", "Go there");
    button.type = "button";
    button.setAttribute("aria-label", `Go there: ${title}`);
    button.addEventListener("click", () => goTo(field));
    item.append(button);
  }
  return item;
}

/** Show the findings of the screening as a list; each leads to its line. */
export function showFindings(screening, goToLine) {
  const place = find("#findings");
  const findings = screening?.findings ?? [];
  if (findings.length) return place.replaceChildren(...findings.map((one) => asFinding(one, goToLine)));
  const said = screening?.problem
    ? `No worker can screen it at the moment: ${screening.problem}.`
    : screening?.is_made && !screening.is_asked_for
      ? "Screening found nothing."
      : screening?.is_asked_for
        ? "A worker is reading the source."
        : "A worker reads the source after every save and marks what a reviewer would ask about.";
  return place.replaceChildren(make("p", "quiet", said));
}

function asFinding({ line, level, message, fix }, goToLine) {
  const head = line ? make("button", "link", `line ${line}`) : make("span", "quiet", "whole script");
  if (line) {
    head.type = "button";
    head.addEventListener("click", () => goToLine(line));
  }
  const item = make("p", "", make("span", `level level-${level}`, level), " ", head, " ", message);
  item.title = fix;
  return item;
}
