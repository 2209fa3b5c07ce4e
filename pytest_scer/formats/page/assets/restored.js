// The report as it was measured: what condensed.py left out, calculated again.

/** The whole report, or that of the tests that cost most. */
async function readReport() {
  const report = (await readData("report")) ?? (await readData("details"));
  const { pue, carbon_intensity: grid } = report;
  for (const test of report.tests) {
    for (const measured of Object.values(test.stages)) restore(measured, pue, grid.g_per_kwh);
    if (test.measurement === "call") test.measurement = test.stages.call;
    else restore(test.measurement, pue, grid.g_per_kwh);
  }
  return report;
}

function restore(measured, pue, gPerKwh) {
  if (measured === null) return;
  const energy = measured.energy_j;
  if (!("total" in energy)) energy.total = (energy.cpu ?? 0) + (energy.gpu ?? 0) + (energy.ram ?? 0);
  if (!("co2e_g" in measured)) measured.co2e_g = grams(energy.total, pue, gPerKwh);
  if (!("power_w" in measured)) measured.power_w = energy.total / measured.duration_s;
}

/** Grams of CO2e of IT energy in joules; the order of operations is that of Conversion.grams. */
function grams(joules, pue, gPerKwh) {
  return ((joules / 3.6e6) * pue) * gPerKwh;
}
