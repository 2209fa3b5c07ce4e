// A link to each test: its node ID, and which one of them if it was run several times.

function linkOf(number) {
  const nodeid = tests.columns.nodeid[number];
  const before = tests.columns.nodeid.slice(0, number).filter((each) => each === nodeid).length;
  return `test=${encodeURIComponent(nodeid)}${before ? `&run=${before + 1}` : ""}`;
}

/** The number of the test that the address names, or null. */
function linkedTest() {
  const match = /^#test=([^&]*)(?:&run=(\d+))?$/u.exec(location.hash);
  if (match === null || tests.columns === null) return null;
  const nodeid = decodeURIComponent(match[1]);
  const found = tests.columns.nodeid.flatMap((each, number) => (each === nodeid ? [number] : []));
  return found[Number(match[2] ?? 1) - 1] ?? found[0] ?? null;
}

function startPermalinks() {
  const follow = () => {
    const number = linkedTest();
    if (number !== null) openTest(number);
  };
  addEventListener("hashchange", follow);
  follow();
}
