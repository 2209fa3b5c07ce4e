// On paper: light colours, and what is folded on the screen.

function startPrinting() {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const each of folded) each.open = true;
    redrawCharts("light");
  });
  addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
    redrawCharts();
  });
}
