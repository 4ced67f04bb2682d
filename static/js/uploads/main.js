// While a file is being read its page asks how far it is, and loads itself again at the end.

const PAUSE_MS = 1000;
const PATIENT_PAUSE_MS = 10000;
const PATIENT_AFTER = 120;

const section = document.querySelector(".how-far[data-state-url]");
if (section) follow(0);

async function follow(times) {
  await new Promise((done) => setTimeout(done, times < PATIENT_AFTER ? PAUSE_MS : PATIENT_PAUSE_MS));
  const told = document.hidden ? undefined : await ask();
  if (told === null) return; // signed out, or the upload is gone: nothing more to ask for
  if (told && (told.state === "done" || told.state === "failed")) return location.reload();
  if (told) show(told);
  return follow(times + 1);
}

async function ask() {
  try {
    const reply = await fetch(section.dataset.stateUrl, {
      headers: { Accept: "application/json" },
      redirect: "error",
    });
    return reply.ok ? await reply.json() : null;
  } catch {
    return undefined; // the platform is away for a moment
  }
}

function show({ percent, rows_done: done, rows_total: total }) {
  section.querySelector("progress").value = percent;
  if (total !== null) section.querySelector(".said").textContent = `${done} of ${total} rows.`;
}
