// The keyboard. "?" shows what there is; single keys can be switched off, for those who dictate.

import { display } from "./display.js";
import { find } from "./dom.js";

const TYPING = "input, select, textarea, [contenteditable]";

/** Listen for the page's keys: `actions` maps a key, or "Shift+" and a key, to what it does. */
export function listenForShortcuts(actions) {
  const help = find("#shortcuts");
  find("#show-shortcuts").addEventListener("click", () => help.showModal());
  const all = { ...actions, "?": () => (help.open ? help.close() : help.showModal()) };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
    if (display.get("keys") === "off") return;
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    const named = event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key;
    const action = all[named];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
