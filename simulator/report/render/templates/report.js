"use strict";
// Without this script, and on paper, tables read as they were written.
const BLANK = /^[–-]?$/;
const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

const keyOf = cell => cell?.dataset.value !== undefined ? Number(cell.dataset.value) : (cell?.textContent ?? "").trim();
const parts = text => text.match(/\d+(?:\.\d+)?|\D+/g) ?? [];

function compareText(one, other) {
  const [left, right] = [parts(one), parts(other)];
  for (let place = 0; place < Math.min(left.length, right.length); place++) {
    const numbers = Number(left[place]) - Number(right[place]);
    const found = Number.isNaN(numbers) ? left[place].localeCompare(right[place]) : numbers;
    if (found) return found;
  }
  return left.length - right.length;
}

// What is not known stays last, whichever way the rest goes; so does text in a column of numbers.
function sorted(rows, column, direction) {
  const keyed = rows.map(row => ({ row, key: keyOf(row.cells[column]) }));
  const hasNumbers = keyed.some(({ key }) => typeof key === "number");
  const isLast = key => hasNumbers ? typeof key !== "number" : BLANK.test(key);
  const sign = direction === "descending" ? -1 : 1;
  keyed.sort(({ key: one }, { key: other }) =>
    isLast(one) || isLast(other) ? isLast(one) - isLast(other)
      : sign * (hasNumbers ? one - other : compareText(one, other)));
  return keyed.map(({ row }) => row);
}

function makeSortable(table) {
  const body = table.tBodies[0];
  const written = [...body.rows];
  if (written.length < 2) return;
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.dataset.sort === "off" || !head.textContent.trim()) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const direction = NEXT[head.getAttribute("aria-sort")];
      heads.forEach(other => other.hasAttribute("aria-sort") && other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", direction);
      body.append(...(direction === "none" ? written : sorted(written, column, direction)));
    });
  });
}

document.querySelectorAll("table.sortable").forEach(makeSortable);

// Only what pans needs to be reached by the keyboard.
const watch = new ResizeObserver(entries => entries.forEach(({ target }) => {
  target.toggleAttribute("data-pans", target.scrollWidth > target.clientWidth);
  if (target.hasAttribute("data-pans")) target.tabIndex = 0;
  else target.removeAttribute("tabindex");
}));
document.querySelectorAll(".wide").forEach(frame => watch.observe(frame));
