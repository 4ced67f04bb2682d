// While evidence is being made the page asks whether it is there, and loads itself again then.

const PAUSE_MS = 3000;
const PATIENT_PAUSE_MS = 15000;
const PATIENT_AFTER = 40;

export function watchForNews() {
  const page = document.querySelector(".dossier[data-state-url]");
  if (page) ask(page, 0);
}

async function ask(page, times) {
  await new Promise((done) => setTimeout(done, times < PATIENT_AFTER ? PAUSE_MS : PATIENT_PAUSE_MS));
  const state = document.hidden ? page.dataset.state : await readState(page.dataset.stateUrl);
  if (state === null) return; // signed out, or the version is gone: nothing more to ask for
  if (state === page.dataset.state) return ask(page, times + 1);
  if (somethingIsWritten()) document.querySelector("#newer").hidden = false;
  else location.reload();
}

async function readState(url) {
  try {
    const reply = await fetch(url, { headers: { Accept: "application/json" }, redirect: "error" });
    return reply.ok ? (await reply.json()).state : null;
  } catch {
    return null;
  }
}

// What somebody has begun to write or to tick is not taken from them.
function somethingIsWritten() {
  const texts = [...document.querySelectorAll(".dossier textarea")];
  const ticked = document.querySelector(".dossier input[type=checkbox]:checked");
  return Boolean(ticked) || texts.some((field) => field.value.trim() !== "");
}
