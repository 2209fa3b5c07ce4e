// What runs when the page was read: what a reader needs first comes first.

async function start() {
  startTheme();
  startCopying();
  startPrinting();
  if (typeof startPage === "function") await startPage();
  document.documentElement.dataset.ready = "text";
  await startCharts();
  document.documentElement.dataset.ready = "yes";
}

// A browser may lack what a page needs; the texts and figures of the page are there all the same.
start().catch((error) => {
  const trouble = document.getElementById("trouble");
  trouble.hidden = false;
  trouble.append(String(error));
  throw error;
});
