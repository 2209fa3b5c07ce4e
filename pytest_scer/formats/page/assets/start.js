// What runs when the page was read.

async function start() {
  startTheme();
  startCopying();
  await startCharts();
  document.documentElement.dataset.ready = "yes";
}
start();
