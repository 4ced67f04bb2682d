// The places at which a reviewer's eye should rest, in the order of the page.

import { reveal } from "./folds.js";

/** Return the stops that can be seen or unfolded. */
function stops() {
  return [...document.querySelectorAll("[data-stop]")];
}

/** Move the focus to the next or the previous stop, and say what it is. */
export function moveToStop(step) {
  const all = stops();
  if (all.length === 0) return announce("Nothing stands out on this page.");
  const index = all.indexOf(document.activeElement);
  const wanted = index >= 0 ? index + step : nearest(all, step);
  const stop = all[Math.min(Math.max(wanted, 0), all.length - 1)];
  reveal(stop);
  stop.focus({ preventScroll: true });
  stop.scrollIntoView({ block: "center" });
  const place = stop.dataset.line ? `, line ${stop.dataset.line}` : "";
  announce(`${stop.dataset.stop}${place}: ${all.indexOf(stop) + 1} of ${all.length}`);
}

/** Return the line that has the focus, or null; a removed line stands for the one after it. */
export function lineInFocus() {
  let row = document.activeElement?.closest("#code tr");
  while (row && !row.dataset.line) row = row.nextElementSibling;
  return row ? document.getElementById(`line-${row.dataset.line}`) : null;
}

/** Have a screen reader say something. */
export function announce(text) {
  document.querySelector("#announcer").textContent = text;
}

// From where the focus is, or else from the top of what is on the screen.
function nearest(all, step) {
  const focus = document.activeElement;
  const isElsewhere = focus && focus !== document.body;
  const isAfter = (stop) =>
    isElsewhere
      ? Boolean(focus.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING)
      : stop.getBoundingClientRect().top >= 0;
  const following = all.findIndex(isAfter);
  if (step > 0) return following < 0 ? all.length - 1 : following;
  return following < 0 ? all.length - 1 : following - 1;
}
