// The table of tests: sorted, filtered, searched, one screen of rows at a time.

const PER_PAGE = 50;
const STATES = {
  passed: "good", failed: "bad", error: "bad", ok: "good", exceeded: "bad", regression: "bad",
  improved: "good", inconclusive: "doubtful", unmeasured: "doubtful",
};
const tests = { columns: null, shown: [], view: [], page: 0, sort: { key: "energy_j", down: true }, opened: new Map() };

async function startTable() {
  const columns = await readData("tests");
  if (columns === null || columns.nodeid.length === 0) return;
  tests.columns = columns;
  const joules = columns.energy_j;
  columns.co2e_g = joules.map((value) => (value === null ? null : grams(value, columns.pue, columns.g_per_kwh)));
  columns.power_w = joules.map((value, number) => (value !== null && columns.duration_s[number] > 0 ? value / columns.duration_s[number] : null));
  columns.name = columns.nodeid.map((nodeid, number) => {
    const again = columns.attempt[number] > 1 ? ` #${columns.attempt[number]}` : "";
    return nodeid.slice(columns.shared.length) + again;
  });
  tests.shown = shownColumns(columns);
  startFilters();
  document.getElementById("table").addEventListener("click", clickedTable);
  document.getElementById("pages").addEventListener("click", clickedPages);
  document.addEventListener("scer-open", (event) => openTest(event.detail));
  showTests();
}

/** The columns to show: figures in the unit of the largest, and what differs between tests. */
function shownColumns(columns) {
  const figures = (...wanted) => wanted.map(([key, title, unit]) => {
    const largest = columns[key].reduce((most, value) => Math.max(most, value ?? 0), 0);
    const [symbol, size] = scaleOf(largest, unit);
    return { key, title: `${title} (${symbol})`, size, largest: key === "energy_j" ? largest : null };
  });
  const badges = [["outcome", "Outcome"], ["budget", "Budget"], ["baseline", "Baseline"]];
  const texts = [["model", "Model"], ["worker", "Worker"]];
  return [
    { key: "name", title: "Test" },
    ...figures(["energy_j", "Energy", "J"], ["co2e_g", "CO2e", "g"]),
    ...badges.filter(([key]) => columns[key].some((value) => value !== null)).map(([key, title]) => ({ key, title, badge: true })),
    ...figures(["power_w", "Power", "W"], ["duration_s", "Time", "s"], ["cpu_time_s", "CPU time", "s"]),
    ...texts.filter(([key]) => new Set(columns[key]).size > 1).map(([key, title]) => ({ key, title })),
  ];
}

/** Filter and sort all tests, and show the first of them. */
function showTests() {
  tests.view = sorted(filtered());
  tests.page = 0;
  showPage();
}

/** Sort the numbers of tests by the chosen column; missing figures come last. */
function sorted(numbers) {
  const values = tests.columns[tests.sort.key];
  const sign = tests.sort.down ? -1 : 1;
  return numbers.sort((one, other) => {
    const [a, b] = [values[one], values[other]];
    if (a === b) return one - other;
    if (a === null) return 1;
    if (b === null) return -1;
    return a < b ? -sign : sign;
  });
}

function showPage() {
  const first = tests.page * PER_PAGE;
  const rows = tests.view.slice(first, first + PER_PAGE);
  const body = element("tbody", {}, rows.flatMap((number) => [testRow(number), tests.opened.get(number)]));
  document.getElementById("table").replaceChildren(header(), body);
  const [found, all] = [tests.view.length, tests.columns.nodeid.length];
  const which = found > PER_PAGE ? `${(first + 1).toLocaleString("en")} to ${Math.min(first + PER_PAGE, found).toLocaleString("en")} of ` : "";
  const total = found < all ? `${found.toLocaleString("en")} of ${all.toLocaleString("en")}` : all.toLocaleString("en");
  document.getElementById("count").textContent = `${which}${total} test${all === 1 ? "" : "s"}`;
  document.getElementById("pages").replaceChildren(...pageButtons(found));
}

function header() {
  const cells = tests.shown.map(({ key, title, size }) => {
    const isChosen = tests.sort.key === key;
    const direction = isChosen ? (tests.sort.down ? "descending" : "ascending") : null;
    const button = element("button", { type: "button", class: "sort", "data-sort": key }, title);
    return element("th", { scope: "col", "aria-sort": direction, class: size ? "number" : null }, button);
  });
  return element("thead", {}, element("tr", {}, cells));
}

function testRow(number) {
  const isOpen = tests.opened.has(number);
  const cells = tests.shown.slice(1).map((column) => testCell(column, tests.columns[column.key][number]));
  const button = element("button", { type: "button", class: "open name", "data-test": number, "aria-expanded": String(isOpen) }, tests.columns.name[number]);
  return element("tr", { class: isOpen ? "is-open" : null }, element("th", { scope: "row", class: "wide-name" }, button), cells);
}

function testCell(column, value) {
  if (value === null) return element("td", { class: column.size ? "number" : null }, "-");
  if (column.badge) return element("td", {}, element("span", { class: `badge ${STATES[value] ?? ""}` }, value));
  if (!column.size) return element("td", {}, value);
  const figure = element("data", { value }, significant(value / column.size));
  if (column.largest === null) return element("td", { class: "number" }, figure);
  const bar = element("span", { class: "share-bar", "aria-hidden": "true" });
  bar.style.inlineSize = `${column.largest > 0 ? (100 * Math.max(value, 0)) / column.largest : 0}%`;
  return element("td", { class: "number" }, figure, bar);
}

function pageButtons(found) {
  const last = Math.max(Math.ceil(found / PER_PAGE) - 1, 0);
  if (last === 0) return [];
  const button = (text, step, isOff) => element("button", { type: "button", "data-step": step, disabled: isOff }, text);
  return [
    button("Previous", -1, tests.page === 0),
    element("span", {}, `page ${(tests.page + 1).toLocaleString("en")} of ${(last + 1).toLocaleString("en")}`),
    button("Next", 1, tests.page === last),
  ];
}

function clickedTable(event) {
  const { sort, test } = event.target.closest("button")?.dataset ?? {};
  if (sort !== undefined) {
    const isText = typeof tests.columns[sort].find((value) => value !== null) === "string";
    tests.sort = { key: sort, down: tests.sort.key === sort ? !tests.sort.down : !isText };
    showTests();
    document.querySelector(`[data-sort="${sort}"]`).focus();
  } else if (test !== undefined) toggleTest(Number(test));
}

function clickedPages(event) {
  const step = event.target.closest("button")?.dataset.step;
  if (step === undefined) return;
  tests.page += Number(step);
  showPage();
  const again = document.querySelector(`[data-step="${step}"]:not(:disabled)`) ?? document.querySelector("#pages button:not(:disabled)");
  again.focus({ preventScroll: true });
  document.getElementById("tests").scrollIntoView();
}

/** Open a test below its row, or close it. */
async function toggleTest(number) {
  if (tests.opened.has(number)) tests.opened.delete(number);
  else {
    tests.opened.set(number, detailsRow(number, tests.shown.length));
    history.replaceState(null, "", `#${linkOf(number)}`);
  }
  showPage();
  buttonOf(number)?.focus({ preventScroll: true });
}

/** Open a test wherever it is, and go to it. */
function openTest(number) {
  if (!tests.view.includes(number)) {
    clearFilters();
    showTests();
  }
  tests.page = Math.floor(tests.view.indexOf(number) / PER_PAGE);
  if (tests.opened.has(number)) showPage();
  else toggleTest(number);
  buttonOf(number).scrollIntoView({ block: "start" });
  buttonOf(number).focus({ preventScroll: true });
}

function buttonOf(number) {
  return document.querySelector(`#table [data-test="${number}"]`);
}
