// The keyboard: arrows change the instrument, "/" finds one, "?" shows what there is.

import { find } from "./dom.js";

const TYPING = "input, select, textarea, [contenteditable]";

/** Listen for the page's keys; `step(±1)` moves along the instruments. */
export function listenForShortcuts({ step }) {
  const help = find("#shortcuts");
  find("#show-shortcuts").addEventListener("click", () => help.showModal());
  const actions = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    "/": () => find("#instrument-filter").focus(),
    "?": () => (help.open ? help.close() : help.showModal()),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
    if (help.open && event.key !== "?") return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
