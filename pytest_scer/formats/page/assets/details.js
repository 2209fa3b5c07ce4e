// What a test opens to: its figures, stages and sections, runs, budgets, baseline and findings.

let reading; // of the report, once the first test was opened

/** A row below that of a test, which fills as soon as the report was read. */
function detailsRow(number, span) {
  const cell = element("td", { colspan: span }, element("p", { class: "faint" }, "Reading ..."));
  fillDetails(number, cell);
  return element("tr", { class: "details" }, cell);
}

async function fillDetails(number, cell) {
  const at = tests.columns.detail[number];
  if (at === null) {
    cell.replaceChildren(element("p", { class: "faint" }, "This page holds the details of the tests that cost most. For those of this one: pytest-scer show -v"));
    return;
  }
  reading ??= readReport();
  const report = await reading;
  const test = report.tests[at];
  cell.replaceChildren(element("div", { class: "test" },
    element("p", { class: "test-name" }, element("code", {}, test.nodeid), copyLink(number)),
    test.unmeasured === null ? null : element("p", { class: "doubtful" }, `not measured: ${test.unmeasured}`),
    figuresOf(test),
    titled("Stages and sections", stagesOf(test)),
    runsOf(test, number),
    titled("Budgets", budgetsOf(test)),
    titled("Baseline", baselineOf(test, number)),
    titled("Findings", findingsOf(test, report)),
  ));
  for (const figure of cell.querySelectorAll("figure")) await addChart(figure, figure.chart);
}

function titled(title, content) {
  return content === null ? null : element("section", {}, element("h3", {}, title), content);
}

function copyLink(number) {
  const button = element("button", { type: "button", class: "quiet" }, "Copy link");
  button.addEventListener("click", async () => {
    await copyText(`${location.href.split("#")[0]}#${linkOf(number)}`);
    say("Copied");
    button.textContent = "Copied";
  });
  return button;
}

function figuresOf(test) {
  const measured = test.measurement;
  const rows = [
    ["outcome", test.outcome + (test.budget_failed ? ", over its budget" : "")],
    ["phase", test.phase], ["category", test.category], ["model", test.model],
    ["markers", test.marks.join(", ")],
    ["counted", Object.entries(test.units).map(([unit, count]) => `${unit}: ${count.toLocaleString("en")}`).join(", ")],
    ["process", `${test.worker} on ${test.host}${test.attempt > 1 ? `, attempt ${test.attempt}` : ""}`],
    ["started", test.start_s === null ? null : `${quantity(test.start_s, "s")} into the session`],
  ];
  if (measured !== null) {
    const of = measured.run_count > 1 ? `median of ${measured.run_count} runs` : "what its budgets read";
    rows.push(
      ["energy", [figure(measured.energy_j.total, uncertain(measured.energy_j.total, measured.uncertainty_j, "J")), ` (${of})`]],
      ["CO2e", figure(measured.co2e_g, quantity(measured.co2e_g, "g"))],
      ["power", figure(measured.power_w, quantity(measured.power_w, "W"))],
      ["without idle", measured.active_energy_j === null ? null : figure(measured.active_energy_j, quantity(measured.active_energy_j, "J"))],
      ["water", measured.water_l === null ? null : figure(measured.water_l, quantity(measured.water_l, "L"))],
      ["resolution", measured.below_resolution ? "no larger than its uncertainty" : null],
    );
  }
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return element("dl", { class: "facts" }, shown.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

/** A figure as text, with the number that it stands for. */
function figure(value, text) {
  return value === null || value === undefined ? "-" : element("data", { value }, text);
}

function stagesOf(test) {
  const stages = Object.entries(test.stages).filter(([, measured]) => measured !== null);
  const sections = test.sections.map((section) => [`section ${section.name}${section.phase ? ` (${section.phase})` : ""}`, section.measurement]);
  const rows = [...stages, ...sections].filter(([, measured]) => measured !== null);
  if (rows.length === 0) return null;
  const parts = ["cpu", "gpu", "ram"].filter((part) => rows.some(([, measured]) => measured.energy_j[part] !== null));
  const called = { cpu: "CPU:", gpu: "GPU:", ram: "Memory:" };
  return tableOf(
    ["", "Energy:", ...parts.map((part) => called[part]), "CO2e:", "Power:", "Time:", "CPU time:"],
    rows.map(([name, measured]) => [
      name,
      figure(measured.energy_j.total, uncertain(measured.energy_j.total, measured.uncertainty_j, "J")),
      ...parts.map((part) => figure(measured.energy_j[part], quantity(measured.energy_j[part], "J"))),
      figure(measured.co2e_g, quantity(measured.co2e_g, "g")),
      figure(measured.power_w, quantity(measured.power_w, "W")),
      figure(measured.duration_s, quantity(measured.duration_s, "s")),
      figure(measured.cpu_time_s, quantity(measured.cpu_time_s, "s")),
    ]),
    "Stages and sections",
  );
}

/** A table whose first column holds names; columns whose titles end with a colon hold figures. */
function tableOf(titles, rows, label) {
  const kinds = titles.map((title) => (title.endsWith(":") ? "number" : null));
  const head = titles.map((title, at) => (title ? element("th", { scope: "col", class: kinds[at] }, title.replace(":", "")) : element("td")));
  const body = rows.map(([name, ...values]) => element("tr", {}, element("th", { scope: "row" }, name), values.map((value, at) => element("td", { class: kinds[at + 1] }, value))));
  const table = element("table", {}, element("thead", {}, element("tr", {}, head)), element("tbody", {}, body));
  return element("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, table);
}

function budgetsOf(test) {
  if (test.budgets.length === 0) return null;
  return tableOf(
    ["Limit", "Cost:", "Used:", "Runs:", "Verdict", "Set by"],
    test.budgets.map((budget) => {
      const unit = budget.unit[0];
      const cost = budget.actual === null ? "-" : figure(budget.actual, uncertain(budget.actual, budget.uncertainty, unit) + budget.unit.slice(1));
      const used = budget.actual === null || budget.limit_value === 0 ? "-" : percent(budget.actual / budget.limit_value);
      const verdict = element("span", { class: `badge ${STATES[budget.verdict]}` }, budget.verdict);
      return [budget.limit, cost, used, budget.runs, [verdict, budget.reason ? ` ${budget.reason}` : ""], budget.place ?? budget.source];
    }),
    "Budgets of the test",
  );
}

function findingsOf(test, report) {
  const found = report.findings.filter((finding) => finding.nodeids.includes(test.nodeid));
  if (found.length === 0) return null;
  return element("ul", { class: "findings" }, found.map((finding) => {
    const copy = element("button", { type: "button", class: "quiet copy", "aria-label": `Copy: ${finding.remedy}` }, "Copy");
    const remedy = finding.remedy === null ? null : element("div", { class: "remedy" }, element("code", {}, finding.remedy.split("   ")[0]), copy);
    return element("li", {}, element("p", {}, `${finding.text} (${finding.kind})`), remedy);
  }));
}
