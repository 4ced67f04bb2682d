// Unchanged regions are folded; a button, or a link to one of their lines, opens them.

export function listenForFolds() {
  for (const button of document.querySelectorAll(".unfold")) {
    const lines = document.getElementById(button.dataset.unfolds);
    button.hidden = false;
    button.nextElementSibling.hidden = true;
    button.addEventListener("click", () => unfold(button, lines));
  }
  addEventListener("hashchange", showTarget);
  showTarget();
}

/** Open the fold that an element lies in, so that it can be seen. */
export function reveal(element) {
  const lines = element?.closest("tbody[hidden]");
  if (lines) unfold(document.querySelector(`[data-unfolds="${CSS.escape(lines.id)}"]`), lines);
}

function unfold(button, lines) {
  lines.hidden = false;
  button.closest("tbody").hidden = true;
}

function showTarget() {
  const target = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  if (!target?.closest("#code")) return;
  reveal(target);
  target.scrollIntoView({ block: "center" });
}
