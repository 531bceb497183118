"use strict";
// Tables that sort, as the W3C's example of a sortable table does: a button in each
// heading, and aria-sort on the heading by which the rows are sorted. In a table with
// data-grouped each <tbody> is moved as a whole, by its first row; else rows are. A cell is
// sorted by its data-value; one without comes last in both directions.

document.documentElement.classList.add("scripted");

const headings = (table) => [...table.tHead.rows[0].cells];

function say(text) {
  const status = document.getElementById("status");
  if (status) status.textContent = text;
}

function makeSortable(table) {
  headings(table).forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...[...heading.childNodes].filter((node) => node.nodeName !== "SMALL"));
    heading.prepend(button);
    button.addEventListener("click", () => {
      const now = heading.getAttribute("aria-sort");
      const first = heading.dataset.first || "ascending";
      sortBy(table, column, now ? opposite(now) : first);
      say(`Sorted by ${button.textContent.trim()}, ${heading.getAttribute("aria-sort")}.`);
    });
  });
}

const opposite = (direction) => (direction === "ascending" ? "descending" : "ascending");

function sortBy(table, column, direction) {
  const heading = headings(table)[column];
  const isNumber = heading.classList.contains("number");
  const isGrouped = table.hasAttribute("data-grouped");
  const moved = isGrouped ? [...table.tBodies] : [...table.tBodies[0].rows];
  const keyed = moved.map((element) => {
    const row = isGrouped ? element.rows[0] : element;
    const value = row.cells[column].dataset.value;
    return [value === undefined ? null : isNumber ? Number(value) : value, element];
  });
  const sign = direction === "ascending" ? 1 : -1;
  keyed.sort(([one], [other]) => {
    if (one === null || other === null) return (one === null) - (other === null);
    return sign * (isNumber ? one - other : one.localeCompare(other, "en", { numeric: true }));
  });
  moved[0].parentNode.append(...keyed.map(([, element]) => element));
  for (const each of headings(table)) each.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", direction);
}

document.querySelectorAll("table.sortable").forEach(makeSortable);
