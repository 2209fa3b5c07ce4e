// Runs of a test as points, with the interval of its figure; and those of its baseline.

function runsOf(test, number) {
  const measured = test.measurement;
  if (!measured?.runs) return null;
  const lane = `${measured.run_count} runs`;
  const total = measured.energy_j.total;
  const points = measured.runs.map((run, at) => ({ lane, run: at + 1, energy_j: run.energy_j.total }));
  const blur = measured.uncertainty_j;
  const intervals = blur === null ? [] : [{ lane, low_j: Math.max(total - blur, 0), middle_j: total, high_j: total + blur }];
  const said = `Energy of ${measured.run_count} runs as points, their median, and its 95 % interval.`;
  return titled("Runs", strip(`runs-${number}`, "Energy of each run", said, points, intervals));
}

function baselineOf(test, number) {
  const entry = test.baseline;
  if (entry === null) return null;
  const text = entry.change === null
    ? `not compared: ${entry.reason}`
    : `${entry.verdict}: ${growth(entry.change)} ± ${percent(entry.noise)}, limit ${percent(entry.threshold)}; ${entry.components.join(" + ")}`;
  const notes = [...entry.notes, entry.method].filter(Boolean);
  const points = [["baseline", entry.baseline_samples], ["this session", entry.samples]].flatMap(([lane, samples]) =>
    samples.map(([joules], at) => ({ lane, run: at + 1, energy_j: joules })).filter(({ energy_j }) => energy_j !== null));
  const drawing = points.length < 2 ? null
    : strip(`baseline-${number}`, "Runs of the baseline and of this session, as measured", "Energy of the compared components in each run, not corrected for machine speed.", points, []);
  return element("div", {}, element("p", { class: STATES[entry.verdict] ?? "" }, text), element("ul", { class: "remarks" }, notes.map((note) => element("li", {}, note))), drawing);
}

/** A strip plot, to be drawn by `addChart` once it is in the page. */
function strip(name, title, description, points, intervals) {
  const save = element("button", { type: "button", class: "quiet save-svg", hidden: true, "aria-label": `SVG of the picture: ${title}` }, "SVG");
  const made = element("figure", { class: "chart", "data-chart": name },
    element("figcaption", {}, element("span", { class: "chart-title" }, title), save),
    element("div", { class: "canvas", role: "img", "aria-label": description }));
  made.chart = filled({ points, intervals });
  return made;
}

/** The strip plot's specification with data in it. */
function filled(values) {
  const data = stripPlot.data.map((each) => (each.name in values ? { ...each, values: values[each.name] } : each));
  return { ...stripPlot, data };
}
