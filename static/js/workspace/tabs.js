// The parts of the workspace as tabs: arrows move among them; on a desk the code stays beside.

export class Tabs {
  #page;
  #tabs;
  #narrow = matchMedia("(max-width: 63.99rem)"); // as in workspace.css

  constructor(page) {
    this.#page = page;
    this.#tabs = [...page.querySelectorAll("[role=tab]")];
    for (const tab of this.#tabs) {
      tab.addEventListener("click", () => this.show(tab.dataset.shows));
      tab.addEventListener("keydown", (event) => this.#move(event, tab));
    }
    this.#narrow.addEventListener("change", () => this.show(this.#page.dataset.tab));
    this.show("code");
  }

  show(name) {
    const isDesk = !this.#narrow.matches;
    // Beside the code there is room for both in one.
    if (isDesk && (name === "result" || name === "code")) name = "parameters";
    if (this.#page.dataset.tab !== name) this.#page.querySelector(".beside").scrollTop = 0;
    this.#page.dataset.tab = name;
    for (const tab of this.#tabs) {
      const isShown = tab.dataset.shows === name;
      tab.setAttribute("aria-selected", String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
    }
  }

  #move(event, tab) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const seen = this.#tabs.filter((one) => one.offsetParent !== null);
    const next = seen[(seen.indexOf(tab) + step + seen.length) % seen.length];
    next.focus();
    this.show(next.dataset.shows);
  }
}
