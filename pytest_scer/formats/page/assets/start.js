// What runs when the page was read: what a reader needs first comes first.

async function start() {
  startTheme();
  startCopying();
  if (typeof startPage === "function") await startPage();
  document.documentElement.dataset.ready = "text";
  await startCharts();
  document.documentElement.dataset.ready = "yes";
}
start();
