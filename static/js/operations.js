// Keeps the operations page fresh: the server renders the sections, the page swaps them in. Where
// the reader is (focus, scrolled tables) stays; without scripts the page is renewed by its link.

import { fetchPart } from "./rendered_part.js";

const EVERY_MS = 3000;
const LATE_MS = 10000;
const LATE = ["stale", "waiting"];
const sections = document.querySelector("#sections");
let renewedAt = Date.now();

function isInUse() {
  const selection = document.getSelection();
  return (
    sections.contains(document.activeElement) || (selection !== null && !selection.isCollapsed)
  );
}

function keepScroll(swap) {
  const kept = new Map();
  for (const region of sections.querySelectorAll(".scroll")) {
    kept.set(region.getAttribute("aria-labelledby"), region.scrollLeft);
  }
  swap();
  for (const region of sections.querySelectorAll(".scroll")) {
    region.scrollLeft = kept.get(region.getAttribute("aria-labelledby")) ?? 0;
  }
}

async function renew({ evenInUse = false } = {}) {
  if (document.hidden) return;
  const waits = isInUse() && !evenInUse;
  sayWhenLate(waits ? "waiting" : "stale");
  if (waits) return;
  keepScroll(await fetchPart(sections));
  renewedAt = Date.now();
  sections.classList.remove(...LATE);
}

// Old numbers never look like new ones, whether the server is silent or the reader at work.
function sayWhenLate(why) {
  if (Date.now() - renewedAt <= LATE_MS) return;
  sections.classList.remove(...LATE);
  sections.classList.add(why);
}

if (sections) {
  const tryToRenew = (options) => renew(options).catch(() => {}); // the next turn says so
  setInterval(tryToRenew, EVERY_MS);
  document.querySelector("[data-renew]").addEventListener("click", (event) => {
    event.preventDefault();
    tryToRenew({ evenInUse: true });
  });
}
