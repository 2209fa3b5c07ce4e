// The page of a comparison.

function startPage() {
  startTables();
  startTableSaving("comparison", "compared");
}
