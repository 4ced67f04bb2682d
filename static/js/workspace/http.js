// Requests of the workspace. Every failure carries a sentence that can be shown.

export class Problem extends Error {
  constructor(message, { status = 0, body = {} } = {}) {
    super(message);
    this.status = status; // 0: no answer came at all
    this.body = body;
    this.code = body.code;
  }
}

export const fetchJSON = (address) => request(address);

/** Send a form's fields. */
export const send = (address, fields) =>
  request(address, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { "X-CSRFToken": csrfToken() },
  });

async function request(address, options = {}) {
  let response;
  try {
    response = await fetch(address, {
      ...options, headers: { Accept: "application/json", ...options.headers },
    });
  } catch {
    throw new Problem("There is no connection to the server.");
  }
  if (response.redirected) {
    throw new Problem("You are signed out. Sign in in another tab; nothing here is lost.");
  }
  const isJSON = response.headers.get("Content-Type")?.includes("json");
  const body = isJSON ? await response.json() : {};
  if (!response.ok) {
    const said = body.detail ?? `The server answered ${response.status}.`;
    throw new Problem(said, { status: response.status, body });
  }
  return body;
}

function csrfToken() {
  return document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ?? "";
}
