// Keeps the landing page's numbers fresh: the server renders the part, the page swaps it in.

import { fetchPart } from "./rendered_part.js";

const EVERY_MS = 3000;
const overview = document.querySelector("#overview");

async function refresh() {
  if (document.hidden || overview.contains(document.activeElement)) return;
  const swap = await fetchPart(overview);
  swap();
  overview.removeAttribute("aria-busy");
}

if (overview) {
  setInterval(() => refresh().catch(() => overview.setAttribute("aria-busy", "true")), EVERY_MS);
}
