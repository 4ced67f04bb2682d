// The requests of the page. Every failure carries the server's own sentence.

export class ApiProblem extends Error {
  constructor(status, body) {
    super(body.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.code = body.code;
  }
}

/** Return what there is to show for one script on one instrument. */
export const fetchState = (address, instrument, { lines = false } = {}) =>
  request(`${address}?${new URLSearchParams({ instrument, ...(lines && { lines: 1 }) })}`);

/** Return closed bars, oldest first, as the chart wants them. */
export async function fetchBars(instrument, timeframe, count) {
  const query = new URLSearchParams({ instrument, timeframe, bars: count });
  const reply = await request(`/data/market?${query}`);
  return reply.bars.map(({ opened_at: openedAt, ...prices }) => ({
    ...prices,
    time: Date.parse(openedAt) / 1000,
  }));
}

/** Ask for the script to be run on an instrument from now on. */
export const subscribe = (address, body) => change("POST", address, body);

/** End a subscription of one's own. */
export const unsubscribe = (id) => change("DELETE", `/subscriptions/${id}`);

function change(method, address, body) {
  return request(address, {
    method,
    body: body && JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
  });
}

async function request(address, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  const response = await fetch(address, { ...options, headers });
  const isJson = response.headers.get("Content-Type")?.includes("json");
  const body = isJson ? await response.json() : {};
  if (!response.ok) throw new ApiProblem(response.status, body);
  return body;
}

function csrfToken() {
  return document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ?? "";
}
