// The page of a report.

let stripPlot; // the specification that runs.js fills

async function startPage() {
  stripPlot = (await readData("strip")) ?? null;
  await startTable();
  startPermalinks();
  startSaving();
}
