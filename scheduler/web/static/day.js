// Moving on the day: a visit is cut (x) and put into a free cell (Enter), dragged there, or parked meanwhile. Where
// it may go the server says; each way ends at the same form as without this script.
"use strict";

const dayPanel = document.getElementById("day");
const strip = document.getElementById("parked");
const idOf = (visit) => visit.getAttribute("href").split("/").pop();

// The day opens where it stands, with what has just been above it.
for (const now of document.querySelectorAll(".grid tbody th.now")) {
  const frame = now.closest(".grid-frame");
  frame.scrollTop += now.getBoundingClientRect().top - frame.getBoundingClientRect().top - frame.clientHeight / 4;
}

function movingNow() {
  return new URL(dayPanel.dataset.live, location).searchParams.get("moving");
}
// Lets the day say where this visit may go; none: as usual again.
async function moving(id) {
  const [part, page] = [new URL(dayPanel.dataset.live, location), new URL(location)];
  for (const address of [part, page]) {
    if (id) address.searchParams.set("moving", id);
    else address.searchParams.delete("moving");
  }
  await turn(dayPanel, part.pathname + part.search, page);
}
async function park(id, deed = "park") {
  const token = document.querySelector("input[name=csrf_token]:not([value=''])").value;
  await fetch(`/bookings/${id}/${deed}`, {
    method: "POST",
    headers: shownHere,
    body: new URLSearchParams({ csrf_token: token, next: "/readyz" }),
    redirect: "manual",
  });
  await ask(strip);
}

document.addEventListener("keydown", (event) => {
  if (!strip || event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const isChord = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  const isSingle = !event.ctrlKey && !event.metaKey && !event.altKey && !areKeysOff();
  const visit = event.target.closest(".grid .visit");
  const free = event.target.closest(".grid--moving .yes a, .grid--moving .more");
  if (event.key === "x" && visit && (isChord || isSingle)) {
    event.preventDefault();
    park(idOf(visit)).then(() => moving(idOf(visit)));
  } else if (event.key === "v" && free && (isChord || isSingle)) {
    event.preventDefault();
    free.click();
  } else if (event.key === "Escape" && movingNow()) {
    event.preventDefault();
    moving(null);
  }
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-moving]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  moving(link.dataset.moving).then(() => dayPanel.querySelector(".grid--moving .yes a")?.focus());
});

// ------------------------------------------------------------------------------------------ by the mouse
const FAR_PX = 6;
let drag = null;

document.addEventListener("dragstart", (event) => event.target.closest?.(".visit") && event.preventDefault());
document.addEventListener("pointerdown", (event) => {
  const visit = event.target.closest(".grid .visit");
  if (!strip || !visit || event.button || event.pointerType === "touch" || event.ctrlKey || event.metaKey) return;
  drag = { id: idOf(visit), x: event.clientX, y: event.clientY, text: visit.querySelector("b").textContent };
});
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (!drag.ghost) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < FAR_PX) return;
    drag.ghost = document.createElement("div");
    drag.ghost.className = "ghost";
    document.body.append(drag.ghost);
    document.body.classList.add("dragging");
    drag.ready = moving(drag.id);
  }
  drag.ghost.style.translate = `${event.clientX + 12}px ${event.clientY + 12}px`;
  if (!strip.matches(":hover")) scrollAtEdges(event);
  const { free, why } = below(event);
  drag.ghost.textContent = why ? `${drag.text}: ${why}` : drag.text;
  document.querySelector(".drop")?.classList.remove("drop");
  free?.classList.add("drop");
});
document.addEventListener("pointerup", async (event) => {
  const ended = drag;
  drag = null;
  if (!ended?.ghost) return;
  swallowNextClick();
  const isParked = strip.contains(document.elementFromPoint(event.clientX, event.clientY));
  endOf(ended);
  await ended.ready;
  const { free } = below(event);
  if (free && !isParked) return location.assign(free.href);
  if (isParked) await park(ended.id);
  await moving(null);
});
document.addEventListener("pointercancel", () => {
  endOf(drag);
  drag = null;
});
// Whoever drags to the edge of what is seen, of the page or of the day in it, sees what lies beyond.
function scrollAtEdges(event) {
  const edge = 48;
  const frame = document.elementFromPoint(event.clientX, event.clientY)?.closest(".grid-frame");
  const box = frame?.getBoundingClientRect() ?? { left: 0, right: innerWidth, top: 0, bottom: innerHeight };
  const beyond = (at, first, last) => (at < first + edge ? -edge : at > last - edge ? edge : 0);
  const top = beyond(event.clientY, Math.max(box.top, 0), Math.min(box.bottom, innerHeight));
  scrollBy({ top, behavior: "instant" });
  frame?.scrollBy({ top, left: beyond(event.clientX, box.left, box.right), behavior: "instant" });
}
function endOf(one) {
  one?.ghost?.remove();
  document.body.classList.remove("dragging");
}
// The click that ends a drag opens nothing.
function swallowNextClick() {
  const swallow = (click) => {
    click.preventDefault();
    click.stopPropagation();
  };
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
}

// What lies under the pointer: a cell that takes the visit, or why it does not.
function below(event) {
  const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest(".grid--moving td");
  return { free: cell?.querySelector(".more") ?? cell?.querySelector(":scope.yes > a") ?? null, why: cell?.querySelector(".no__why")?.textContent };
}
