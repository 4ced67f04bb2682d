// What is on the page as a file, and the whole history from the server where it offers that.

const COLUMNS = ["bar_opened_at", "timestamp", "seq", "confirmed", "side", "value", "reason", "metadata"];
const FORMULA = /^[=+\-@\t\r]/; // a spreadsheet would compute a text that begins so

/** Return outputs as CSV, oldest first, times in UTC. */
export function csvOf(outputs) {
  const rows = outputs.map((entry) => [
    new Date(entry.barOpenedAt * 1000).toISOString(),
    new Date(entry.knownAt * 1000).toISOString(),
    entry.seq,
    entry.confirmed,
    entry.side ?? "",
    typeof entry.value === "object" ? JSON.stringify(entry.value) : entry.value,
    entry.reason,
    JSON.stringify(entry.metadata),
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** Hand a text to the visitor as a file. */
export function download(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** Return a file's name that every system takes. */
export const fileName = (...parts) =>
  `${parts.join("-").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").toLowerCase()}.csv`;

function cell(value) {
  if (typeof value !== "string") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
