// Light or dark: as the system has it, until the reader chooses.

const THEMES = ["auto", "light", "dark"];
const THEME_NAMES = { auto: "System colours", light: "Light", dark: "Dark" };

function startTheme() {
  const button = document.getElementById("theme");
  const set = (theme) => {
    document.documentElement.dataset.theme = theme;
    button.textContent = THEME_NAMES[theme];
    button.setAttribute("aria-label", `Colours: ${THEME_NAMES[theme]}. Change`);
  };
  set(stored() ?? "auto");
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
    set(next);
    store(next);
    redrawCharts();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redrawCharts());
}

/** The colours in use: "light" or "dark". */
function colours() {
  const theme = document.documentElement.dataset.theme;
  if (theme !== "auto") return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

// A page that was opened as a file may have no storage.
function stored() {
  try {
    const theme = localStorage.getItem("scer-theme");
    return THEMES.includes(theme) ? theme : null;
  } catch {
    return null;
  }
}

function store(theme) {
  try {
    localStorage.setItem("scer-theme", theme);
  } catch {
    // The choice holds until the page is closed.
  }
}
