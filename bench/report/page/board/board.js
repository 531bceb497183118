// The board: rows that fold, filters, chips of columns, a slider of search seconds, and
// CSV and JSON of what is shown.

const boards = [...document.querySelectorAll(".board")];
const filters = document.getElementById("filters");
const narrow = matchMedia("(max-width: 45rem)").matches;

// Folding

function fold(body, isOpen) {
  const button = body.querySelector(".fold");
  if (!button) return;
  button.setAttribute("aria-expanded", String(isOpen));
  for (const row of [...body.rows].slice(1)) row.hidden = !isOpen;
}

const isOpen = (body) => body.querySelector(".fold")?.getAttribute("aria-expanded") === "true";

for (const row of document.querySelectorAll("tr[data-children]")) {
  const body = row.parentNode;
  const name = row.querySelector("th");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "fold";
  const count = row.dataset.children;
  const label = `${count} more ${count === "1" ? "row" : "rows"} of ${name.dataset.value}`;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", () => fold(body, !isOpen(body)));
  name.prepend(button);
  fold(body, false);
}

// Filters and chips

function applyFilters() {
  const words = filters.text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = (name) => filters[name]?.value ?? "";
  let shown = 0;
  let all = 0;
  for (const board of boards) {
    board.hidden = wanted("task") !== "" && board.dataset.task !== wanted("task");
    for (const body of board.querySelectorAll(".board-table > tbody")) {
      const isReference = body.rows[0].classList.contains("reference");
      body.hidden =
        !words.every((word) => body.dataset.text.includes(word)) ||
        ["tuner", "budget"].some(
          (name) => !isReference && wanted(name) !== "" && body.dataset[name] !== wanted(name),
        );
      all += 1;
      shown += !body.hidden && !board.hidden;
    }
  }
  say(shown === all ? `${all} rows.` : `${shown} of ${all} rows.`);
}

function applyChips() {
  const chosen = [...filters.querySelectorAll("[name=columns]:checked")].map((box) => box.value);
  for (const board of boards) {
    const table = board.querySelector(".board-table");
    if (!table) continue;
    headings(table).forEach((heading, column) => {
      const group = heading.dataset.group;
      const isHidden = group !== undefined && !chosen.includes(group);
      for (const row of table.rows) row.cells[column].hidden = isHidden;
    });
    const shown = headings(table).filter((heading) => !heading.hidden);
    table.style.setProperty("--columns", shown.length);
  }
}

if (filters) {
  if (narrow) {
    for (const box of filters.querySelectorAll("[name=columns]")) box.checked = box.value === "score";
  }
  filters.addEventListener("submit", (event) => event.preventDefault());
  for (const kind of ["input", "change"]) {
    filters.addEventListener(kind, (event) => {
      if (event.target.name === "columns") applyChips();
      else applyFilters();
    });
  }
  applyChips();
}

// At equal cost: the best validation score that each search had after so many seconds

function duration(seconds) {
  if (seconds < 60) return `${seconds.toFixed(1).replace(/\.0$/, "")}s`;
  const rounded = Math.round(seconds);
  const minutes = Math.floor(rounded / 60);
  const pad = (number, unit) => (number ? String(number).padStart(2, "0") + unit : "");
  if (minutes < 60) return `${minutes}m${pad(rounded % 60, "s")}`;
  return `${Math.floor(minutes / 60)}h${pad(minutes % 60, "m")}`;
}

function readAt(board, seconds) {
  const table = board.querySelector(".board-table");
  const column = headings(table).findIndex((heading) => heading.dataset.key === "best_so_far");
  for (const row of table.querySelectorAll("tr[data-steps]")) {
    const steps = JSON.parse(row.dataset.steps).filter(([time]) => time <= seconds);
    const cell = row.cells[column];
    if (steps.length) {
      const score = steps.at(-1)[1];
      cell.dataset.value = score;
      cell.textContent = score.toFixed(Number(table.dataset.digits));
    } else {
      delete cell.dataset.value;
      cell.textContent = "nothing yet";
    }
  }
  sortBy(table, column, headings(table)[column].dataset.first);
}

for (const board of boards) {
  const slider = board.querySelector(".equal-cost input");
  if (!slider) continue;
  const output = board.querySelector(".equal-cost output");
  const [low, high] = [Number(slider.dataset.low), Number(slider.dataset.high)];
  const show = (seconds) => {
    output.textContent = duration(seconds);
    const place = `${(100 * Math.log(seconds / low)) / Math.log(high / low)}%`;
    const mark = board.querySelector(".now");
    mark.removeAttribute("hidden");
    for (const end of ["x1", "x2"]) mark.setAttribute(end, place);
    slider.setAttribute("aria-valuetext", `after ${duration(seconds)} of search`);
    const box = filters.querySelector("[name=columns][value=search]");
    if (!box.checked) {
      box.checked = true;
      applyChips();
    }
    readAt(board, seconds);
  };
  const secondsAt = (share) => low * (high / low) ** share;
  slider.addEventListener("input", () => show(secondsAt(slider.value / slider.max)));
  for (const button of board.querySelectorAll(".equal-cost button")) {
    button.addEventListener("click", () => {
      const seconds = Number(button.value);
      slider.value = (slider.max * Math.log(seconds / low)) / Math.log(high / low);
      show(seconds);
    });
  }
}

// One chart of costs at a time

for (const choice of document.querySelectorAll(".choice")) {
  const show = () => {
    const chosen = choice.querySelector(":checked").value;
    const figures = choice.closest(".board").querySelectorAll("[data-cost]");
    for (const figure of figures) figure.hidden = figure.dataset.cost !== chosen;
  };
  choice.addEventListener("input", show);
  show();
}

// CSV and JSON of what is shown

function shownRows(table) {
  const columns = headings(table)
    .map((heading, column) => ({ heading, column }))
    .filter(({ heading }) => !heading.hidden);
  const rows = [...table.tBodies]
    .filter((body) => !body.hidden)
    .flatMap((body) => [...body.rows].filter((row) => !row.hidden));
  return rows.map((row) => {
    const values = { dataset: table.dataset.dataset };
    for (const { heading, column } of columns) {
      const { value, low, high } = row.cells[column].dataset;
      const typed = (text) =>
        text === undefined ? null : heading.classList.contains("number") ? Number(text) : text;
      values[heading.dataset.key] = typed(value);
      if (heading.hasAttribute("data-interval")) {
        values[`${heading.dataset.key}_low`] = typed(low);
        values[`${heading.dataset.key}_high`] = typed(high);
      }
    }
    return values;
  });
}

function csvCell(value) {
  if (value === null || typeof value === "number") return value ?? "";
  // A spreadsheet takes such a text for a formula.
  const text = /^[=+\-@]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value;
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function asCsv(rows) {
  const names = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => names.map((name) => csvCell(row[name])).join(","));
  return [names.join(","), ...lines, ""].join("\n");
}

function download(name, kind, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: kind }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

for (const button of document.querySelectorAll(".tools button")) {
  const board = button.closest(".board");
  const table = board.querySelector(".board-table");
  button.addEventListener("click", () => {
    if (button.dataset.does === "open") {
      const isPressed = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(isPressed));
      for (const body of table.tBodies) fold(body, isPressed);
    } else if (button.dataset.does === "csv") {
      download(`${board.id}.csv`, "text/csv", asCsv(shownRows(table)));
    } else {
      const text = JSON.stringify(shownRows(table), null, 1);
      download(`${board.id}.json`, "application/json", text);
    }
  });
}
