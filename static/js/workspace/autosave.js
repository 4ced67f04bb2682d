// Saves what stands in the fields a moment after each change, one save at a time, and never over
// what somebody saved in between.

import { send } from "./http.js";

const REST_MS = 1000; // after the last change
const AT_LATEST_MS = 6000; // for somebody who never rests
const RETRY_MS = [2000, 4000, 8000, 15000, 30000];

export class Autosave {
  #form;
  #url;
  #on;
  #changes = 0; // counted, so that what changes during a save is saved after it
  #saved = 0;
  #timer = null;
  #oldestChange = 0;
  #saving = null;
  #failures = 0;
  #stopped = false;

  constructor(form, url, { onSaving, onSaved, onFailed, onConflict }) {
    this.#form = form;
    this.#url = url;
    this.#on = { onSaving, onSaved, onFailed, onConflict };
    addEventListener("online", () => this.isDirty && this.flush());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.isDirty) this.flush();
    });
    addEventListener("beforeunload", (event) => {
      if (this.isDirty) event.preventDefault();
    });
  }

  get isDirty() {
    return this.#changes !== this.#saved;
  }

  /** Tell that something changed. */
  changed() {
    if (!this.isDirty) this.#oldestChange = Date.now();
    this.#changes += 1;
    const latest = this.#oldestChange + AT_LATEST_MS - Date.now();
    this.#schedule(Math.max(0, Math.min(REST_MS, latest)));
  }

  /** Save now; returns what the server said, or null where it could not be saved. */
  async flush({ asked = false } = {}) {
    clearTimeout(this.#timer);
    if (this.#stopped) return null;
    // Several may wait here: each looks again, for another may have begun to save.
    while (this.#saving) await this.#saving;
    this.#saving = this.#save(asked);
    try {
      return await this.#saving;
    } finally {
      this.#saving = null;
    }
  }

  /** Go on after a conflict, with what is on the page or with what was taken over. */
  resume(edition, { isMine }) {
    this.#form.elements.edition.value = edition;
    this.#stopped = false;
    if (isMine) return this.flush({ asked: true });
    clearTimeout(this.#timer);
    this.#saved = this.#changes;
    return null;
  }

  async #save(asked) {
    const upTo = this.#changes;
    this.#on.onSaving();
    try {
      const fields = [...new FormData(this.#form)].filter(([name]) => name !== "csrfmiddlewaretoken");
      if (asked) fields.push(["asked", "yes"]);
      const state = await send(this.#url, fields);
      this.#form.elements.edition.value = state.edition;
      this.#saved = upTo;
      this.#failures = 0;
      this.#oldestChange = Date.now();
      this.#on.onSaved(state);
      if (this.isDirty) this.#schedule(REST_MS);
      return state;
    } catch (problem) {
      this.#fail(problem);
      return null;
    }
  }

  #fail(problem) {
    if (problem.code === "draft_changed_elsewhere") {
      this.#stopped = true;
      this.#on.onConflict(problem.body.saved);
      return;
    }
    const again = problem.status === 0 || problem.status >= 500;
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
    if (again) this.#schedule(wait);
    this.#on.onFailed(problem, { secondsUntilNext: again ? wait / 1000 : null });
  }

  #schedule(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), milliseconds);
  }
}
