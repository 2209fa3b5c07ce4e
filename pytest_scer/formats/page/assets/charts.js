// Charts: Vega draws them as SVG, interprets expressions (no eval), and inserts no styles.

const EMBEDDING = {
  actions: false,
  ast: true,
  defaultStyle: false,
  renderer: "svg",
  tooltip: showTip,
};

/** Draw all charts of the page, one after the other, and leave time to the reader in between. */
async function startCharts() {
  const specs = await readData("charts");
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    await idle();
    await draw(figure, specs[figure.dataset.chart]);
  }
}

/** Draw one chart into a figure. */
async function draw(figure, spec) {
  const drawing = element("div", { "aria-hidden": "true" });
  figure.querySelector(".canvas").replaceChildren(drawing);
  const { view } = await vegaEmbed(drawing, spec, EMBEDDING);
  const save = figure.querySelector(".save-svg");
  if (save === null) return;
  save.hidden = false;
  save.addEventListener("click", async () => {
    const svg = await view.toSVG();
    download(`scer-${figure.dataset.chart}.svg`, new Blob([svg], { type: "image/svg+xml" }));
  });
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

function idle() {
  return new Promise((resolve) => setTimeout(resolve));
}
