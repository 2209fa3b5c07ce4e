// The page of a history.

function startPage() {
  startTables();
  startTableSaving("history", "trends");
}
