// The keyboard of the workspace: it works from the editor as from everywhere else.

import { find } from "../dashboard/dom.js";

const TYPING = "input, select, textarea, [contenteditable]";

/** Listen for the page's keys. */
export function listenForShortcuts({ save, run }) {
  const help = find("#shortcuts");
  find("#show-shortcuts").addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    const withControl = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (withControl && event.key.toLowerCase() === "s") act(event, save);
    else if (withControl && event.key === "Enter") act(event, run);
    else if (event.key === "?" && !isTyping(event)) act(event, () => (help.open ? help.close() : help.showModal()));
  }, { capture: true });
}

function act(event, action) {
  event.preventDefault();
  action();
}

// The editor's own elements are behind its shadow root: the path tells them.
function isTyping(event) {
  return event.composedPath().some((element) => element instanceof Element && element.matches(TYPING));
}
