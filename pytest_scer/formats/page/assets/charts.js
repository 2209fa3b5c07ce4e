// Charts: Vega draws them as SVG, interprets expressions (no eval), and inserts no styles.

const EMBEDDING = {
  actions: false,
  ast: true,
  defaultStyle: false,
  logLevel: 1, // errors: layers without data are no reason to warn
  renderer: "svg",
  tooltip: showTip,
};
const drawings = new Map(); // from figures to what they show

/** Draw all charts of the page, one after the other, and leave time to the reader in between. */
async function startCharts() {
  const charts = await readData("charts");
  for (const [name, chart] of Object.entries(charts)) {
    await new Promise((resolve) => setTimeout(resolve));
    await addChart(document.querySelector(`figure[data-chart="${name}"]`), chart);
  }
}

/** Draw a chart into a figure, and let its picture be saved. */
async function addChart(figure, chart) {
  drawings.set(figure, { chart, view: null });
  await draw(figure, colours());
  const save = figure.querySelector(".save-svg");
  save.hidden = false;
  save.addEventListener("click", () => saveChart(figure));
}

async function draw(figure, theme) {
  const drawing = drawings.get(figure);
  const { chart } = drawing;
  const canvas = element("div", { "aria-hidden": "true" });
  figure.querySelector(".canvas").replaceChildren(canvas);
  drawing.view?.finalize();
  const { view } = await vegaEmbed(canvas, { ...chart[theme], data: chart.data }, EMBEDDING);
  drawing.view = view;
  view.addEventListener("click", (event, item) => openChosen(item));
}

/** Draw all charts again, in the colours of the page or in others. */
async function redrawCharts(theme = colours()) {
  for (const figure of drawings.keys()) {
    if (figure.isConnected) await draw(figure, theme);
    else drawings.delete(figure);
  }
}

/** Offer a picture in the colours of the page, on its background. */
async function saveChart(figure) {
  const canvas = figure.querySelector(".canvas");
  const svg = await drawings.get(figure).view.toSVG();
  const background = getComputedStyle(canvas).getPropertyValue("background-color");
  const file = svg.replace("<svg ", `<svg style="background:${background}" `);
  download(`scer-${figure.dataset.chart}.svg`, new Blob([file], { type: "image/svg+xml" }));
}

/** Open the test that a mark stands for. */
function openChosen(item) {
  const number = item?.datum?.test;
  if (typeof number === "number") document.dispatchEvent(new CustomEvent("scer-open", { detail: number }));
}

/** Show what a mark stands for beside the pointer; Vega calls it without a value to hide it. */
function showTip(handler, event, item, value) {
  const tip = document.getElementById("tip");
  const isShown = value !== null && value !== undefined && value !== "";
  tip.hidden = !isShown;
  if (!isShown) return;
  const rows = typeof value === "object" ? Object.entries(value) : [["", value]];
  tip.replaceChildren(
    element("dl", {}, rows.flatMap(([key, text]) => [element("dt", {}, key), element("dd", {}, text)])),
  );
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, innerWidth - width - 8))}px`;
  tip.style.top = `${Math.max(8, Math.min(event.clientY + 14, innerHeight - height - 8))}px`;
}
