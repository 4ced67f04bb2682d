// Keeps the landing page's numbers fresh: the server renders the part, the page swaps it in.

const EVERY_MS = 3000;
const overview = document.querySelector("#overview");

async function refresh() {
  if (document.hidden || overview.contains(document.activeElement)) return;
  const response = await fetch(overview.dataset.url, { headers: { Accept: "text/html" } });
  if (response.ok) overview.innerHTML = await response.text();
}

if (overview) {
  setInterval(() => refresh().catch(() => overview.setAttribute("aria-busy", "true")), EVERY_MS);
}
