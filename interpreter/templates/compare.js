"use strict";
// Filters the rows by text and plant, and sorts tables by a column. Without it everything is shown, in order.
(() => {
  const byId = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll("#rows tr[data-row]")];
  const apply = () => {
    const wanted = byId("filter").value.trim().toLowerCase();
    const plant = byId("plant").value;
    const shown = new Set();
    for (const row of rows) {
      if (row.dataset.head) continue;
      const fits = (!plant || !row.dataset.plant || row.dataset.plant === plant) && (!wanted || row.dataset.text.includes(wanted));
      row.hidden = !fits;
      if (fits) shown.add(row.dataset.row);
    }
    for (const row of rows) if (row.dataset.head) row.hidden = !shown.has(row.dataset.row);
    byId("count").textContent = String(rows.filter((r) => !r.dataset.head && !r.hidden).length);
  };
  byId("filter").addEventListener("input", apply);
  byId("plant").addEventListener("change", apply);
  apply();
  for (const button of document.querySelectorAll("th button.sort")) {
    button.addEventListener("click", () => {
      const head = button.closest("th");
      const table = head.closest("table");
      const place = [...head.parentNode.children].indexOf(head);
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => row.children[place].dataset.sort ?? row.children[place].textContent.trim();
      const body = table.tBodies[0];
      [...body.rows]
        .map((row, index) => ({ row, index, key: key(row), number: Number(key(row)) }))
        .sort((a, b) => {
          const numbers = a.key !== "" && b.key !== "" && !Number.isNaN(a.number) && !Number.isNaN(b.number);
          const order = numbers ? a.number - b.number : a.key.localeCompare(b.key);
          return (up ? order : -order) || a.index - b.index;
        })
        .forEach(({ row }) => body.append(row));
    });
  }
})();
