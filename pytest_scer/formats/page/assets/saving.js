// Downloads: the JSON report, and the table as it is filtered and sorted.

const SAVED = ["nodeid", "attempt", "outcome", "budget", "baseline", "change", "energy_j", "co2e_g",
  "power_w", "duration_s", "cpu_time_s", "runs", "model", "phase", "worker", "marks"];
const ACTIVE = /^['=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/u;

function startSaving() {
  const json = document.getElementById("save-json");
  if (json !== null) {
    json.hidden = false;
    json.addEventListener("click", async () => download("scer-report.json", new Blob([JSON.stringify(await readReport())], { type: "application/json" })));
  }
  const csv = document.getElementById("save-csv");
  csv.hidden = tests.columns === null;
  csv.addEventListener("click", () => download("scer-tests.csv", new Blob([csvText()], { type: "text/csv" })));
}

function csvText() {
  const rows = tests.view.map((number) => SAVED.map((key) => csvCell(tests.columns[key][number])));
  return [SAVED, ...rows].map((cells) => cells.join(",")).join("\r\n") + "\r\n";
}

/** A cell (RFC 4180); spreadsheets run a text that begins like a formula, so it gets an apostrophe. */
function csvCell(value) {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = Array.isArray(value) ? value.join(" ") : value;
  const harmless = ACTIVE.test(text) ? `'${text}` : text;
  return /[",\u0000-\u001f\u007f-\u009f]|^ | $/u.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
