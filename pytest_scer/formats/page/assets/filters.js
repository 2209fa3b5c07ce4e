// Filters of the table: a search, and a choice for each column whose values differ.

const FILTERS = [
  ["outcome", "Outcome"], ["budget", "Budget"], ["baseline", "Baseline"], ["marks", "Marker"],
  ["model", "Model"], ["phase", "Phase"], ["worker", "Worker"],
];

function startFilters() {
  const form = document.getElementById("filters");
  for (const [key, title] of FILTERS) {
    const values = [...new Set(tests.columns[key].flat())].filter((value) => value !== null).sort();
    const isChoice = values.length > 1 || (values.length === 1 && tests.columns[key].some((value) => value === null || value.length === 0));
    if (!isChoice) continue;
    const options = values.map((value) => element("option", { value }, value));
    form.append(element("label", {}, title, element("select", { "data-filter": key }, element("option", { value: "" }, "all"), options)));
  }
  const clear = element("button", { type: "reset", class: "quiet" }, "Clear");
  form.append(clear);
  form.hidden = false;
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(showTests, 120);
  });
  form.addEventListener("reset", () => setTimeout(showTests));
  form.addEventListener("submit", (event) => event.preventDefault());
}

/** The numbers of the tests that match the search and every choice. */
function filtered() {
  const words = document.getElementById("query").value.toLowerCase().split(/\s+/u).filter(Boolean);
  const chosen = [...document.querySelectorAll("[data-filter]")]
    .filter((select) => select.value !== "")
    .map((select) => [tests.columns[select.dataset.filter], select.value]);
  const names = lowerNames();
  const found = [];
  for (let number = 0; number < names.length; number += 1) {
    const isFound = words.every((word) => names[number].includes(word));
    if (isFound && chosen.every(([values, value]) => values[number] === value || (Array.isArray(values[number]) && values[number].includes(value)))) found.push(number);
  }
  return found;
}

function lowerNames() {
  tests.columns.lower ??= tests.columns.nodeid.map((nodeid) => visible(nodeid).toLowerCase());
  return tests.columns.lower;
}

function clearFilters() {
  document.getElementById("query").value = "";
  for (const select of document.querySelectorAll("[data-filter]")) select.value = "";
}
