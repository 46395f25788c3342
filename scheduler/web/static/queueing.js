// The next two hours by keyboard: keys act on the row that has the focus. Every key is a button too.
"use strict";

const firstIn = (row) => row.querySelector("th a, button");
const queueRows = () => [...document.querySelectorAll("[data-queue-row]")].filter((row) => row.getClientRects().length);

document.addEventListener(
  "keydown",
  (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, textarea, select")) return;
    const row = event.target.closest("[data-queue-row]");
    const rows = queueRows();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (row && step) {
      event.preventDefault();
      firstIn(rows[rows.indexOf(row) + step] ?? row)?.focus();
    } else if (document.body.dataset.keys === "off") {
      return;
    } else if (event.key === "q" && rows.length) {
      event.preventDefault();
      firstIn(rows[0])?.focus();
    } else if (row) {
      const button = row.querySelector(`[data-row-key="${CSS.escape(event.key)}"]`);
      if (!button) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      button.click();
    }
  },
  true,
);
