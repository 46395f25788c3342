// What makes pages quicker by keyboard. Every page works without it.
"use strict";

const isSeen = (one) => one.checkVisibility({ visibilityProperty: true });

// What is folded in the head closes by itself once somebody goes on elsewhere, and by Escape.
document.addEventListener("click", (event) => {
  for (const fold of document.querySelectorAll(".ways__fold[open]")) if (!fold.contains(event.target)) fold.open = false;
});
document.addEventListener("keydown", (event) => {
  const fold = event.key === "Escape" && document.querySelector(".ways__fold[open]");
  if (!fold) return;
  fold.open = false;
  fold.querySelector("summary").focus();
});

// One stop of the Tab key for each grid; arrows move between its cells.
const cellsOf = (grid) => [...grid.querySelectorAll("tbody a")].filter(isSeen);
function choose(link) {
  for (const other of link.closest("[data-grid]").querySelectorAll("tbody a")) other.tabIndex = -1;
  link.tabIndex = 0;
}
function settle(within) {
  for (const grid of within.querySelectorAll("[data-grid]")) {
    const chosen = grid.querySelector("tbody a[tabindex='0']");
    const first = chosen && isSeen(chosen) ? chosen : grid.querySelector("tbody .yes a") ?? cellsOf(grid)[0];
    if (first) choose(first);
  }
}
document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-grid] tbody a")) choose(event.target);
});
document.addEventListener("keydown", (event) => {
  const from = event.target.closest("[data-grid] tbody a");
  if (!from || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = neighbour(from, cellsOf(from.closest("[data-grid]")), event.key);
  if (!to) return;
  event.preventDefault();
  to.focus();
});

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
addEventListener("pageshow", (event) => {
  document.querySelectorAll("form button").forEach((button) => (button.disabled = false));
  // What the page that was kept has sent is done; a button of its parts pressed again means another time.
  if (event.persisted) for (const input of document.querySelectorAll("[data-live] input[name=key]")) input.value = freshKey();
});

// Single keys, as far as the page has something for them, nobody is typing, and the reader wants them. What the
// page has for them (`data-key`) is what the help lists.
const keyed = () => [...document.querySelectorAll("[data-key]")].filter(isSeen);
const isTyping = (target) => target.matches("input, textarea, select, [contenteditable]");
const areKeysOff = () => document.body.dataset.keys === "off";
document.addEventListener("keydown", (event) => {
  if (areKeysOff() || event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const target = keyed().find((one) => one.dataset.key === event.key);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input")) target.focus();
  else target.click();
});

// Ctrl+Z takes back what was done last, as long as the page offers it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || isTyping(event.target)) return;
  const undo = document.querySelector("[data-undo]");
  if (!undo) return;
  event.preventDefault();
  undo.click();
});

// Help: the page's keys, and those of its parts (rows with `data-when`) where the page has such a part.
function listKeys(dialog) {
  const list = dialog.querySelector("[data-keys-list]");
  for (const row of list.querySelectorAll(".keys__own")) row.remove();
  for (const row of list.querySelectorAll("[data-when]")) row.hidden = !document.querySelector(row.dataset.when);
  const own = new Map();
  for (const one of keyed()) if (!own.has(one.dataset.key)) own.set(one.dataset.key, one);
  for (const [key, one] of own) {
    const row = document.createElement("div");
    row.className = "keys__own";
    const [term, says] = [document.createElement("dt"), document.createElement("dd")];
    term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    says.textContent = one.dataset.says ?? one.labels?.[0]?.textContent ?? one.ariaLabel ?? one.textContent;
    row.append(term, says);
    list.append(row);
  }
}
document.addEventListener("click", (event) => {
  const dialog = document.getElementById(event.target.closest("[data-opens]")?.dataset.opens ?? "");
  if (!dialog) return;
  if (dialog.matches("#keys")) listKeys(dialog);
  dialog.showModal();
});

// What went wrong is read first.
document.querySelector("[data-focus]")?.focus();

// ------------------------------------------------------------------------------------------ what changes
// Parts of the page (`data-live`: the address, `data-tag`: what stands there) are asked for again while somebody
// looks, and only what differs is put in their place: focus, scroll, open folds and typed text stay.
const EVERY_MS = 2000;
// A page of the present never shows a part as of another date, nor the other way round: another tab may have changed it.
const shownHere = { "Theke-As-Of": document.body.dataset.asOf ?? "present" };
const STRUCTURE = "section, div, nav, table, thead, tbody, tr, ul, ol, dl, details";
const said = new WeakMap(); // what the server said of each piece, before this script touched it

function isStructure(one) {
  if (!one.matches(STRUCTURE)) return false;
  return ![...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
}
function learn(one) {
  if (isStructure(one)) for (const child of one.children) learn(child);
  else if (!said.has(one)) said.set(one, one.outerHTML);
}
// What tells a form that is sent twice from two; 32 hexadecimal digits, as a page of its own has them.
function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
function fillIn(within) {
  const token = document.querySelector("input[name=csrf_token]:not([value=''])")?.value ?? "";
  for (const input of within.querySelectorAll("input[name=csrf_token][value='']")) input.value = token;
  for (const input of within.querySelectorAll("input[name=key][value='']")) input.value = freshKey();
}
function holdsTyping(one) {
  const fields = [...one.querySelectorAll("input:not([type=hidden]), textarea, select")];
  const isTyped = (field) =>
    field === document.activeElement ||
    (field.matches("select")
      ? [...field.options].some((option) => option.selected !== option.defaultSelected && option.defaultSelected)
      : field.matches("[type=checkbox], [type=radio]")
        ? field.checked !== field.defaultChecked
        : field.value !== field.defaultValue);
  return fields.some(isTyped);
}
function isSame(old, fresh) {
  if (old.localName !== fresh.localName) return false;
  if (isStructure(fresh)) return isStructure(old) && old.id === fresh.id;
  return (said.get(old) ?? old.outerHTML) === fresh.outerHTML;
}
function patch(old, fresh) {
  for (const { name, value } of fresh.attributes) if (name !== "tabindex") old.setAttribute(name, value);
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && !["tabindex", "open"].includes(name)) old.removeAttribute(name);
  let here = old.firstElementChild;
  for (const next of [...fresh.children]) {
    let found = here;
    while (found && !isSame(found, next)) found = found.nextElementSibling;
    if (!found && here && !isStructure(here) && here.localName === next.localName && holdsTyping(here)) found = here;
    if (found) {
      while (here !== found) {
        const gone = here;
        here = here.nextElementSibling;
        gone.remove();
      }
      here = found.nextElementSibling;
      if (isStructure(next)) patch(found, next);
    } else {
      old.insertBefore(next, here);
      learn(next);
    }
  }
  while (here) {
    const gone = here;
    here = here.nextElementSibling;
    gone.remove();
  }
}
function show(panel, text) {
  const fresh = new DOMParser().parseFromString(text, "text/html").body;
  const focused = panel.contains(document.activeElement) ? document.activeElement : null;
  const place = focused?.getBoundingClientRect();
  const address = focused?.getAttribute("href");
  const beside = focused?.closest("[data-grid]") !== null;
  const shell = panel.cloneNode(false);
  shell.append(...fresh.childNodes);
  patch(panel, shell);
  fillIn(panel);
  settle(panel);
  if (focused && !focused.isConnected) {
    const links = [...panel.querySelectorAll("a[href], button, summary")].filter(isSeen);
    const again =
      links.find((one) => (focused.id && one.id === focused.id) || (address && one.getAttribute("href") === address)) ??
      (beside ? nearest(links.filter((one) => one.closest("[data-grid] tbody")), place) : null) ?? panel;
    again.focus({ preventScroll: true });
  }
  panel.dispatchEvent(new CustomEvent("theke:changed", { bubbles: true }));
}
function nearest(links, place) {
  const distance = (link) => {
    const r = link.getBoundingClientRect();
    return Math.hypot(r.left - place.left, r.top - place.top);
  };
  return links.reduce((best, link) => (!best || distance(link) < distance(best) ? link : best), null);
}
async function ask(panel) {
  const address = panel.dataset.live;
  const headers = { "Theke-Live": "1", ...shownHere };
  if (panel.dataset.tag) headers["If-None-Match"] = `"${panel.dataset.tag}"`;
  const answer = await fetch(address, { headers, cache: "no-store", redirect: "manual" });
  if (answer.status === 304 || panel.dataset.live !== address) return;
  if (!answer.ok) throw new Error(`${answer.status}`);
  const text = await answer.text();
  if (panel.dataset.live !== address) return;
  panel.dataset.tag = answer.headers.get("ETag")?.replaceAll(/^W\/|"/g, "") ?? "";
  show(panel, text);
}
async function askAll() {
  const lost = document.getElementById("lost");
  try {
    for (const panel of document.querySelectorAll("[data-live]")) await ask(panel);
    if (lost) lost.hidden = true;
  } catch {
    if (lost) lost.hidden = false;
  }
}
let waiting = 0;
async function goOn() {
  clearTimeout(waiting);
  if (!document.hidden) await askAll();
  clearTimeout(waiting);
  waiting = setTimeout(goOn, EVERY_MS);
}
// Shows a part of the page another way: at once here, and with a page of its own where there is no script.
async function turn(panel, address, page) {
  panel.dataset.live = address;
  delete panel.dataset.tag;
  if (page) history.replaceState(null, "", page);
  await askAll();
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-turns]");
  const panel = link?.closest("[data-live]");
  if (!panel || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  turn(panel, link.dataset.turns, link.href);
});

for (const panel of document.querySelectorAll("[data-live]")) {
  learn(panel);
  fillIn(panel);
}
settle(document);
if (document.querySelector("[data-live]")) {
  waiting = setTimeout(goOn, EVERY_MS);
  document.addEventListener("visibilitychange", () => document.hidden || goOn());
}
