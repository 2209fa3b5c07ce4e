// Tables that the page was written with: sorted by a column, filtered by words and by verdict.

function startTables() {
  for (const table of document.querySelectorAll("table[data-sortable]")) startSorting(table);
  for (const form of document.querySelectorAll("form[data-filters]")) startFiltering(form);
  addEventListener("hashchange", showLinkedRow);
  showLinkedRow();
}

/** Make the heads of columns buttons that sort the rows. */
function startSorting(table) {
  for (const head of table.tHead.querySelectorAll("[data-sort]")) {
    const button = element("button", { type: "button", class: "sort" }, head.textContent);
    button.addEventListener("click", () => sortRows(table, head));
    head.replaceChildren(button);
  }
}

/** Sort by a column: texts begin with A, figures with the largest; missing ones are last. */
function sortRows(table, head) {
  const isText = head.dataset.sort === "text";
  const before = head.getAttribute("aria-sort");
  const down = before === null ? !isText : before === "ascending";
  for (const each of table.tHead.querySelectorAll("[aria-sort]")) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const keyed = [...table.tBodies[0].rows].map((row) => [keyOf(row.cells[head.cellIndex]), row]);
  keyed.sort(([one], [other]) => compareKeys(one, other, down ? -1 : 1));
  table.tBodies[0].append(...keyed.map(([, row]) => row));
}

function keyOf(cell) {
  const figure = cell.querySelector("data");
  if (figure !== null) return Number(figure.value);
  const text = cell.textContent.trim();
  return text === "-" ? null : text.toLowerCase();
}

function compareKeys(one, other, sign) {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return one < other ? -sign : sign;
}

/** Let a form hide the rows of its table that do not match. */
function startFiltering(form) {
  const table = document.getElementById(form.dataset.filters);
  form.hidden = false;
  form.addEventListener("input", () => filterRows(form, table));
  form.addEventListener("submit", (event) => event.preventDefault());
}

function filterRows(form, table) {
  const words = form.querySelector("input").value.toLowerCase().split(/\s+/u).filter(Boolean);
  const verdict = form.querySelector("select")?.value ?? "";
  const rows = [...table.tBodies[0].rows];
  for (const row of rows) {
    const name = row.cells[0].textContent.toLowerCase();
    const isFound = words.every((word) => name.includes(word));
    row.hidden = !isFound || (verdict !== "" && row.dataset.verdict !== verdict);
  }
  const found = rows.filter((row) => !row.hidden).length;
  const which = found < rows.length ? `${found.toLocaleString("en")} of ` : "";
  document.querySelector(`[data-count="${table.id}"]`).textContent =
    `${which}${rows.length.toLocaleString("en")} test${rows.length === 1 ? "" : "s"}`;
}

/** Go to the test that the address names, also if it is filtered out. */
function showLinkedRow() {
  const match = /^#test=([^&]*)/u.exec(location.hash);
  if (match === null) return;
  const row = [...document.querySelectorAll("tr[data-test]")].find((each) => each.dataset.test === match[1]);
  for (const other of document.querySelectorAll("tr[aria-current]")) other.removeAttribute("aria-current");
  if (row === undefined) return;
  row.hidden = false;
  row.setAttribute("aria-current", "true");
  row.scrollIntoView({ block: "center" });
  row.querySelector("a").focus({ preventScroll: true });
}

/** A table as CSV: figures as they are, not as they are shown. */
function csvOf(table) {
  const heads = [...table.tHead.rows[0].cells].map((cell) => csvCell(cell.textContent.trim()));
  const rows = [...table.tBodies[0].rows].filter((row) => !row.hidden).map((row) => [...row.cells].map(csvOfCell));
  return [heads, ...rows].map((cells) => cells.join(",")).join("\r\n") + "\r\n";
}

function csvOfCell(cell) {
  const figure = cell.querySelector("data");
  if (figure !== null) return figure.value;
  const name = cell.parentElement.dataset.test;
  if (cell.tagName === "TH" && name !== undefined) return csvCell(decodeURIComponent(name));
  const text = cell.textContent.trim();
  return csvCell(text === "-" ? null : text);
}

/** Buttons that save the data that the page was written from, and its table. */
function startTableSaving(name, tableId) {
  const json = document.getElementById("save-json");
  json.hidden = document.getElementById(`data-${name}`) === null;
  json.addEventListener("click", async () => download(`scer-${name}.json`, await readBytes(name)));
  const csv = document.getElementById("save-csv");
  if (csv === null) return;
  csv.hidden = false;
  csv.addEventListener("click", () => {
    download(`scer-${name}.csv`, new Blob([csvOf(document.getElementById(tableId))], { type: "text/csv" }));
  });
}
