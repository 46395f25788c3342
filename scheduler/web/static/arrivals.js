// Arriving, paper and the wall: what these pages do quicker with scripts. Every page works without them.
"use strict";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// A scanner types at once: the box for it has the focus, unless something else has asked for it.
document.querySelector("[data-scan] input")?.focus();
