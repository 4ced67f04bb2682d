// The workspace: puts editor, autosave, parameters, runs and checklist together.

import { find, make } from "../dashboard/dom.js";
import { Autosave } from "./autosave.js";
import { showChecklist, showFindings } from "./checklist.js";
import { Editor } from "./editor.js";
import { fetchJSON } from "./http.js";
import { Parameters } from "./parameters.js";
import { Result } from "./result.js";
import { listenForShortcuts } from "./shortcuts.js";
import { Tabs } from "./tabs.js";
import { Trials } from "./trial.js";

const LOOKS_MS = [1000, 1000, 1500, 2000, 3000, 5000, 5000, 10_000, 10_000, 30_000];

const page = find("#content-main");
const form = find("#draft");
const field = (name) => form.elements[name];
let state = JSON.parse(find("#workspace-state").textContent);
let looking = null;

page.classList.add("enhanced");
const tabs = new Tabs(page);
const editor = new Editor(find("#editor"), field("source"), {
  styles: page.dataset.styles,
  onChange: changed,
});
const autosave = new Autosave(form, page.dataset.autosaveUrl, {
  onSaving: () => say("saving…"),
  onSaved: (saved) => {
    find("#banner").hidden = true;
    showErrors(saved.errors);
    show(saved);
  },
  onFailed: showFailure,
  onConflict: showConflict,
});
const parameters = new Parameters(find("#trial-params"), field("input_schema"));
const result = new Result({ onLine: goToLine });
const trials = new Trials({
  parameters,
  result,
  onOver: async (trial) => {
    find("#run").disabled = false;
    editor.showFault(trial.source_sha256 === state.draft?.source_sha256 ? trial.error : null);
    if (!autosave.isDirty) show(await fetchJSON(page.dataset.stateUrl));
  },
});

function changed() {
  if (!autosave.isDirty) say("not saved yet");
  autosave.changed();
}

function say(words) {
  find("#save-state").textContent = words;
}

/** Show what the server says of the draft. */
function show(fresh) {
  state = fresh;
  const at = new Date(state.saved_at).toLocaleTimeString("en-GB");
  say(state.draft || !state.is_draft ? (state.is_draft ? `saved ${at}` : `kept ${at}, not yet a draft`) : "not begun");
  if (state.draft) {
    find("#draft-number").textContent = state.draft.version;
    const status = find("#draft-status");
    status.className = `status status-${state.draft.status}`;
    status.textContent = state.draft.status_label;
    const submit = find("#submit-form");
    submit.action = state.draft.submit;
    submit.elements.source_sha256.value = state.draft.source_sha256;
    submit.elements.manifest_sha256.value = state.draft.manifest_sha256;
  }
  showChecklist(state.checklist, state.is_ready, goTo);
  if (state.is_draft) {
    editor.showFindings(state.screening?.findings ?? []);
    showFindings(state.screening, goToLine);
  }
  if (state.screening?.is_asked_for) lookAgain();
}

// A worker makes the screening: look until it is there, and not for ever.
function lookAgain(look = 0) {
  clearTimeout(looking);
  if (look === LOOKS_MS.length) return;
  looking = setTimeout(async () => {
    if (autosave.isDirty) return;
    try {
      const fresh = await fetchJSON(page.dataset.stateUrl);
      if (fresh.edition !== form.elements.edition.value) return;
      state = fresh;
      showChecklist(state.checklist, state.is_ready, goTo);
      editor.showFindings(state.screening?.findings ?? []);
      showFindings(state.screening, goToLine);
      if (!state.screening?.is_asked_for) return;
    } catch {
      // the next look may find the server again; a save says so if it does not
    }
    lookAgain(look + 1);
  }, LOOKS_MS[look]);
}

function showErrors(errors) {
  for (const place of page.querySelectorAll("[data-field]")) {
    const said = errors[place.dataset.field] ?? [];
    place.classList.toggle("errors", said.length > 0);
    place.querySelector(".field-errors").replaceChildren(
      ...(said.length ? [make("ul", "errorlist", ...said.map((one) => make("li", "", one)))] : []));
  }
  const elsewhere = errors.__all__ ?? [];
  const names = Object.keys(errors).filter((name) => name !== "__all__");
  if (!names.length && !elsewhere.length) return;
  const links = names.map((name) => link(field(name)?.labels?.[0]?.textContent || name.replaceAll("_", " "), () => goTo(name)));
  showBanner(
    make("p", "", make("strong", "", "Everything you typed is kept. "), `It becomes the draft when this is put right: ${elsewhere.join(" ")} `,
      ...links.flatMap((one, index) => (index ? [", ", one] : [one]))));
}

function showFailure(problem, { secondsUntilNext }) {
  say("not saved");
  const next = secondsUntilNext ? ` The next attempt is in ${secondsUntilNext} s.` : "";
  showBanner(make("p", "",
    make("strong", "", "Not saved. "), `${problem.message} Your text is still here; do not close this page.${next} `,
    link("Save now", () => autosave.flush({ asked: true }))));
}

function showConflict(saved) {
  say("not saved: changed elsewhere");
  const theirs = make("textarea", "code");
  theirs.readOnly = true;
  theirs.rows = 8;
  theirs.value = saved.fields.source ?? "";
  theirs.setAttribute("aria-label", "The source as it was saved elsewhere");
  const keepMine = button("Keep what is on this page", () => {
    hideBanner();
    autosave.resume(saved.edition, { isMine: true });
  });
  const takeTheirs = button("Take what was saved elsewhere", () => {
    hideBanner();
    fill(saved.fields);
    autosave.resume(saved.edition, { isMine: false });
    say("as it was saved elsewhere");
  });
  const shown = make("details", "", make("summary", "", "Read what was saved elsewhere"), theirs);
  showBanner(
    make("p", "", make("strong", "", "This draft was saved somewhere else since you opened it. "),
      "Nothing is overwritten until you choose; what you take over can be undone in the editor."),
    make("p", "buttons", keepMine, takeTheirs), shown);
}

function showBanner(...parts) {
  find("#banner").replaceChildren(...parts);
  find("#banner").hidden = false;
}

function hideBanner() {
  find("#banner").hidden = true;
}

// Puts what was saved elsewhere into the fields.
function fill(fields) {
  editor.text = fields.source ?? "";
  for (const [name, value] of Object.entries(fields)) {
    const target = field(name);
    if (!target || name === "source") continue;
    const boxes = target instanceof RadioNodeList ? [...target] : target.type === "checkbox" ? [target] : null;
    if (boxes) for (const box of boxes) box.checked = (value ?? []).includes(box.value);
    else target.value = value ?? "";
  }
  parameters.refresh();
}

async function run() {
  if (trials.isRunning || find("#run").disabled) return;
  find("#run").disabled = true;
  const saved = autosave.isDirty || !state.draft ? await autosave.flush() : state;
  if (!saved?.draft || !saved.is_draft) {
    find("#run").disabled = false;
    return;
  }
  editor.showFault(null);
  tabs.show("result");
  if (!(await trials.start(saved.draft.trials))) {
    tabs.show("parameters");
    find("#run").disabled = false;
  }
}

function goToLine(line) {
  tabs.show(matchMedia("(max-width: 63.99rem)").matches ? "code" : page.dataset.tab);
  editor.goToLine(line);
}

/** Show the field that a message is about, and put the cursor into it. */
function goTo(name) {
  if (name === "run") return tabs.show("parameters");
  if (name === "source") {
    if (matchMedia("(max-width: 63.99rem)").matches) tabs.show("code");
    return editor.focus();
  }
  tabs.show("details");
  const target = field(name);
  const one = target instanceof RadioNodeList ? target[0] : target;
  one?.scrollIntoView({ block: "center" });
  return one?.focus();
}

function link(words, act) {
  const made = make("button", "link", words);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function button(words, act) {
  const made = link(words, act);
  made.className = "button";
  return made;
}

for (const element of form.elements) {
  if (element.name && element.type !== "hidden" && element.name !== "source") {
    element.addEventListener("input", () => {
      if (element.name === "input_schema") parameters.refresh();
      changed();
    });
  }
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  autosave.flush({ asked: true });
});
find("#submit-form").addEventListener("submit", async (event) => {
  event.target.elements.note.value = field("release_note").value;
  if (!autosave.isDirty) return;
  event.preventDefault();
  const saved = await autosave.flush({ asked: true });
  if (saved?.is_ready) event.target.submit();
});
find("#run").addEventListener("click", run);
listenForShortcuts({ save: () => autosave.flush({ asked: true }), run });
show(state);
trials.prepare(page.dataset.choicesUrl, { timeframe: field("timeframe").value })
  .then(() => state.draft && trials.showNewest(state.draft.trials))
  .catch((problem) => say(problem.message));
