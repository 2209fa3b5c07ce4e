// Quantities in readable units: the same as pytest_scer/core/units.py, which rounds exact halves to even digits.

const SCALES = {
  g: [["ug", 1e-6], ["mg", 1e-3], ["g", 1], ["kg", 1e3], ["t", 1e6]],
  J: [["uJ", 1e-6], ["mJ", 1e-3], ["J", 1], ["kJ", 1e3], ["kWh", 3.6e6]],
  W: [["mW", 1e-3], ["W", 1], ["kW", 1e3], ["MW", 1e6]],
  s: [["us", 1e-6], ["ms", 1e-3], ["s", 1]],
  L: [["uL", 1e-6], ["mL", 1e-3], ["L", 1]],
};

/** The best unit for a value, and its size. */
function scaleOf(value, unit) {
  const magnitude = Math.abs(Number(value.toExponential(2))); // 999.6 rounds to 1000
  const fitting = SCALES[unit].filter(([, size]) => magnitude >= size);
  return value ? (fitting.at(-1) ?? SCALES[unit][0]) : [unit, 1];
}

/** A number with significant digits, never with an exponent. */
function significant(value, digits = 3) {
  if (value === 0) return "0";
  const exponent = Number(value.toExponential(digits - 1).split("e")[1]);
  const decimals = digits - 1 - exponent;
  return decimals > 0 ? value.toFixed(Math.min(decimals, 100)) : Number(value.toPrecision(digits)).toFixed(0);
}

/** A quantity in a unit scaled to its size; "-" for a missing figure, which is not zero. */
function quantity(value, unit, digits = 3) {
  if (value === null || value === undefined) return "-";
  const [symbol, size] = scaleOf(value, unit);
  return `${significant(value / size, digits)} ${symbol}`;
}

/** A quantity with its uncertainty, both in the unit of the quantity. */
function uncertain(value, uncertainty, unit, digits = 3) {
  if (value === null || uncertainty === null || uncertainty === undefined) return quantity(value, unit, digits);
  const [symbol, size] = scaleOf(value || uncertainty, unit);
  const shown = significant(value / size, digits);
  const last = 10 ** -(shown.split(".")[1] ?? "").length;
  const blur = uncertainty / size;
  const around = blur < last / 2 ? `<${last}` : significant(blur, 2);
  return `${shown} ± ${around} ${symbol}`;
}

/** A share in percent. */
function percent(share) {
  if (share === null || share === undefined) return "-";
  return share > 0 && share < 0.005 ? "<1%" : `${Math.round(100 * share)}%`;
}

/** A growth in percent, with its sign. */
function growth(change) {
  if (change === null || change === undefined) return "-";
  const rounded = Math.round(100 * Math.abs(change));
  return `${change < 0 ? "-" : "+"}${rounded}%`;
}
