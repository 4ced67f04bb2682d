// The code editor. It lives in a shadow root: there CodeMirror adopts its style sheets instead of
// writing style elements, which the page's policy forbids.

import * as cm from "../../vendor/codemirror/editor.js";
import { API_COMPLETIONS, PYTHON_COMPLETIONS } from "./api_names.js";

const SEVERITIES = { rejected: "error", danger: "error", caution: "warning", info: "info" };

export class Editor {
  #view;
  #findings = [];
  #fault = null;

  constructor(host, textarea, { styles, onChange }) {
    const root = host.attachShadow({ mode: "open" });
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = styles;
    const frame = document.createElement("div");
    frame.className = "editor";
    root.append(sheet, frame);
    this.#view = new cm.EditorView({
      root,
      parent: frame,
      state: cm.EditorState.create({
        doc: textarea.value,
        extensions: [...extensions(), cm.EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          textarea.value = update.state.doc.toString();
          onChange();
        })],
      }),
    });
    textarea.hidden = true;
    host.hidden = false;
  }

  get text() {
    return this.#view.state.doc.toString();
  }

  /** Replace the text as one step that can be undone. */
  set text(text) {
    const { doc } = this.#view.state;
    if (doc.toString() === text) return;
    this.#view.dispatch({ changes: { from: 0, to: doc.length, insert: text } });
  }

  /** Mark what screening found, at its lines. */
  showFindings(findings) {
    this.#findings = findings.filter((finding) => finding.line);
    this.#mark();
  }

  /** Mark the line on which a run failed; null takes the mark away. */
  showFault(fault) {
    this.#fault = fault;
    this.#mark();
  }

  goToLine(number) {
    const line = this.#line(number);
    this.#view.dispatch({
      selection: { anchor: line.from },
      effects: cm.EditorView.scrollIntoView(line.from, { y: "center" }),
    });
    this.#view.focus();
  }

  focus() {
    this.#view.focus();
  }

  #mark() {
    const marks = this.#findings.map((finding) => this.#diagnostic(finding.line, {
      severity: SEVERITIES[finding.level] ?? "info",
      source: `screening: ${finding.category}`,
      message: `${finding.message}\n${finding.fix}`,
    }));
    if (this.#fault?.line) {
      marks.push(this.#diagnostic(this.#fault.line, {
        severity: "error", source: "the last run", message: this.#fault.message,
      }));
    }
    marks.sort((one, other) => one.from - other.from);
    this.#view.dispatch(cm.setDiagnostics(this.#view.state, marks));
  }

  #diagnostic(number, said) {
    const line = this.#line(number);
    const indent = line.text.length - line.text.trimStart().length;
    return { from: Math.min(line.from + indent, line.to), to: line.to, ...said };
  }

  #line(number) {
    const { doc } = this.#view.state;
    return doc.line(Math.min(Math.max(1, number), doc.lines));
  }
}

function extensions() {
  const python = new cm.LanguageSupport(cm.pythonLanguage, [
    cm.pythonLanguage.data.of({ autocomplete: cm.localCompletionSource }),
    cm.pythonLanguage.data.of({ autocomplete: completeNames }),
  ]);
  return [
    cm.lineNumbers(),
    cm.highlightActiveLineGutter(),
    cm.highlightSpecialChars(),
    cm.history(),
    cm.foldGutter(),
    cm.drawSelection(),
    cm.EditorState.allowMultipleSelections.of(true),
    cm.indentUnit.of("    "),
    cm.EditorState.tabSize.of(4),
    cm.indentOnInput(),
    cm.syntaxHighlighting(cm.classHighlighter),
    cm.bracketMatching(),
    cm.closeBrackets(),
    cm.autocompletion({ maxRenderedOptions: 40 }),
    cm.highlightActiveLine(),
    cm.highlightSelectionMatches(),
    cm.search({ top: true }),
    cm.lintGutter(),
    python,
    cm.EditorView.contentAttributes.of({
      "aria-label": "Source of the script. Escape, then Tab leaves it.",
      spellcheck: "false",
      autocapitalize: "off",
      autocorrect: "off",
    }),
    cm.keymap.of([
      ...cm.closeBracketsKeymap,
      // The page's own keys come first: these would insert a line.
      { key: "Mod-Enter", run: () => true },
      { key: "Tab", run: cm.acceptCompletion },
      { key: "Tab", run: cm.indentMore, shift: cm.indentLess },
      ...cm.defaultKeymap,
      ...cm.searchKeymap,
      ...cm.historyKeymap,
      ...cm.foldKeymap,
      ...cm.completionKeymap,
      ...cm.lintKeymap,
    ]),
  ];
}

function completeNames(context) {
  const word = context.matchBefore(/[\w.]+/);
  if (!word || word.text.includes(".")) return null;
  if (word.from === word.to && !context.explicit) return null;
  return { from: word.from, options: [...API_COMPLETIONS, ...PYTHON_COMPLETIONS], validFor: /^\w*$/ };
}
