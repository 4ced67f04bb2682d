// Loaded in the head and before anything is painted, so that a stored theme shows without a flash.
// The admin keeps its choice under the same key.
(() => {
  const MODES = ["auto", "light", "dark"];
  const root = document.documentElement;

  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // storage is switched off: the system's theme it is
    }
  };
  const show = (mode) => {
    root.dataset.theme = MODES.includes(mode) ? mode : "auto";
  };
  const remember = (mode) => {
    try {
      localStorage.setItem("theme", mode);
    } catch {
      // the choice lasts until the page is left
    }
  };
  const next = () => {
    const systemIsDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const order = systemIsDark ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    return order[(order.indexOf(root.dataset.theme) + 1) % order.length];
  };

  show(stored("theme"));
  if (stored("colours") === "safe") root.dataset.colours = "safe";
  addEventListener("storage", (event) => event.key === "theme" && show(event.newValue));
  addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.addEventListener("click", () => {
        const mode = next();
        show(mode);
        remember(mode);
        button.setAttribute("aria-label", `Theme: ${mode}. Change`);
        dispatchEvent(new CustomEvent("themechange"));
      });
    }
  });
})();
