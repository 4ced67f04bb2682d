// The keyboard: each key does what a button, a link or a line's number does as well.

import { commentOnLineInFocus } from "./comment_form.js";
import { announce, moveToStop } from "./stops.js";

const TYPING = "input:not([type=checkbox]), select, textarea, [contenteditable]";

export function listenForKeys() {
  const help = document.querySelector("#keys");
  document.querySelector("#show-keys").addEventListener("click", () => help.showModal());
  const actions = {
    j: () => moveToStop(1),
    k: () => moveToStop(-1),
    c: commentOnLineInFocus,
    a: () => press("approve"),
    r: () => press("request-changes"),
    n: () => document.querySelector("#next-in-queue")?.click(),
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

function press(step) {
  const button = document.querySelector(`[data-step="${step}"]`);
  if (!button) return;
  if (button.disabled) announce(document.querySelector("#no-evidence")?.textContent ?? "");
  else button.click();
  button.scrollIntoView({ block: "nearest" });
}
