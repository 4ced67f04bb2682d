// The form for a comment opens below its line, without another page load.

import { announce, lineInFocus } from "./stops.js";

export function listenForCommentLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.line-link");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    openForm(link.closest("tr"));
  });
}

/** Open the form below the line in focus; without one, say how to choose a line. */
export function commentOnLineInFocus() {
  const row = lineInFocus();
  if (!row) return announce("Go to a change or a finding with j first, or choose a line's number.");
  openForm(row);
}

function openForm(row) {
  const template = document.querySelector("#comment-form");
  if (!template) return;
  closeForm();
  const number = row.dataset.line;
  const note = document.createElement("tr");
  note.className = "note comment-row";
  const cell = note.insertCell();
  cell.colSpan = 4;
  cell.append(template.content.cloneNode(true));
  cell.querySelector("input[name=line]").value = number;
  cell.querySelector(".comment-line").textContent = number;
  cell.querySelector(".cancel-comment").addEventListener("click", (event) => {
    event.preventDefault();
    closeForm();
    row.querySelector("a.line-link").focus();
  });
  lastNoteOf(row).after(note);
  cell.querySelector("textarea").focus();
}

function closeForm() {
  document.querySelector(".comment-row")?.remove();
}

function lastNoteOf(row) {
  let last = row;
  while (last.nextElementSibling?.classList.contains("note")) last = last.nextElementSibling;
  return last;
}
