// What makes pages quicker by keyboard. Every page works without it.
"use strict";

// One stop of the Tab key for each grid; arrows move between its cells.
for (const grid of document.querySelectorAll("[data-grid]")) {
  const links = () => [...grid.querySelectorAll("tbody a")];
  const choose = (link) => {
    for (const other of links()) other.tabIndex = -1;
    link.tabIndex = 0;
  };
  const first = grid.querySelector("tbody .yes a") ?? links()[0];
  if (first) choose(first);
  grid.addEventListener("focusin", (event) => {
    if (event.target.matches("tbody a")) choose(event.target);
  });
  grid.addEventListener("keydown", (event) => {
    const from = event.target.closest("tbody a");
    if (!from || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = neighbour(from, links(), event.key);
    if (!to) return;
    event.preventDefault();
    to.focus();
  });
}

// The nearest link in the direction of the key, by where it stands: cells span rows, so counting would not do.
function neighbour(from, links, key) {
  if (key === "Home") return links[0];
  if (key === "End") return links[links.length - 1];
  const here = from.getBoundingClientRect();
  const x = here.left + here.width / 2;
  const y = here.top + Math.min(here.height / 2, 12);
  const within = {
    ArrowDown: (r) => r.top >= here.bottom - 1 && overlapsAcross(r, here),
    ArrowUp: (r) => r.bottom <= here.top + 1 && overlapsAcross(r, here),
    ArrowRight: (r) => r.left >= here.right - 1,
    ArrowLeft: (r) => r.right <= here.left + 1,
  }[key];
  if (!within) return null;
  let best = null;
  let least = Infinity;
  for (const link of links) {
    const r = link.getBoundingClientRect();
    if (link === from || !within(r)) continue;
    const across = key === "ArrowDown" || key === "ArrowUp";
    const dx = Math.abs(r.left + r.width / 2 - x);
    const dy = y >= r.top && y <= r.bottom ? 0 : Math.min(Math.abs(r.top - y), Math.abs(r.bottom - y));
    const distance = across ? dy * 4 + dx : dx + dy * 16;
    if (distance < least) [best, least] = [link, distance];
  }
  return best;
}

function overlapsAcross(a, b) {
  return a.left < b.right && b.left < a.right;
}

// A second click while the first is on its way changes nothing twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  // Only afterwards: a disabled button would not be sent along.
  setTimeout(() => form.querySelectorAll("button").forEach((button) => (button.disabled = true)));
});
// Whoever comes back finds them usable, also where the browser keeps the state of forms.
addEventListener("pageshow", () => {
  document.querySelectorAll("form button").forEach((button) => (button.disabled = false));
});

// Single keys, as far as the page has something for them, nobody is typing, and the reader wants them.
document.addEventListener("keydown", (event) => {
  if (document.body.dataset.keys === "off") return;
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, textarea, select")) return;
  const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input")) target.focus();
  else target.click();
});

// What went wrong is read first.
document.querySelector("[data-focus]")?.focus();
