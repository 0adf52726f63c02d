// Sorting of tables, the address of MLflow's UI in links, and the filter by verdict.
"use strict";

for (const table of document.querySelectorAll("table.sorted")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    const value = row => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    const rows = [...table.tBodies[0].rows];
    const numbers = rows.every(row => value(row) === "" || !isNaN(value(row)));
    rows.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === "" || y === "") return (x === "") - (y === "");
      return (down ? -1 : 1) * (numbers ? x - y : x.localeCompare(y));
    });
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    table.tBodies[0].append(...rows);
    if (table.id === "runs") showRows();
  }));
}

// Links follow the address in the field. Shown inside MLflow's UI, the page takes the address of that UI; opened as a
// file, the one that was entered last, which the browser keeps.
const field = document.getElementById("ui");
const runLink = id => document.querySelector(`a[data-run="${CSS.escape(id)}"]`)?.href;
if (field) {
  const kept = {
    get: () => { try { return localStorage.getItem("zerosweep-ui"); } catch { return null; } },
    set: address => { try { localStorage.setItem("zerosweep-ui", address); } catch { /* a sandbox has no storage */ } },
  };
  const around = window.parent === window ? null : location.ancestorOrigins?.[0] ?? document.referrer;
  const follow = text => {
    const address = /^\d+$/.test(text) ? `http://127.0.0.1:${text}` : text;
    if (!/^https?:\/\/[^/]+/.test(address)) return false;
    const base = address.replace(/\/+$/, "");
    document.querySelectorAll("a[data-path]").forEach(link => { link.href = base + link.dataset.path; });
    field.value = base;
    return true;
  };
  for (const address of [around && around.match(/^https?:\/\/[^/]+/)?.[0], kept.get()]) if (address && follow(address)) break;
  field.addEventListener("change", () => { if (follow(field.value.trim())) kept.set(field.value); });
}

// The table of runs shows the runs with the chosen verdicts, a page of them at first: thousands of rows take seconds.
const filters = [...document.querySelectorAll("#filter input")];
const shownStates = () => new Set(filters.filter(box => box.checked).map(box => box.value));
const more = document.getElementById("more");
let rowsShown = more ? +more.dataset.page : Infinity;
function showRows() {
  const shown = shownStates();
  let count = 0;
  for (const row of document.querySelectorAll("#runs tbody tr")) {
    row.hidden = filters.length > 0 && !shown.has(row.dataset.state);
    row.classList.toggle("later", !row.hidden && ++count > rowsShown);
  }
  if (more) more.hidden = count <= rowsShown;
}
filters.forEach(box => box.addEventListener("change", showRows));
if (filters.length) document.getElementById("filter").hidden = false;
more?.addEventListener("click", () => { rowsShown *= 4; showRows(); });

addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(folded => { folded.open = true; }));
