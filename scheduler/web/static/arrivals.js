// Arriving, paper and the wall: what these pages do quicker with scripts. Every page works without them.
"use strict";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// A scanner types at once: the box for it has the focus, unless something else has asked for it.
document.querySelector("[data-scan] input")?.focus();

// The wall asks for itself anew every three seconds, and says so once it has not been answered for fifteen.
if (document.body.dataset.wall !== undefined) {
  const EVERY_MS = 3000;
  const OLD_MS = 15000;
  const calls = () => [...document.querySelectorAll("[data-call]")];
  let known = new Set(calls().map((one) => one.dataset.call));
  let answered = Date.now();
  const look = async () => {
    try {
      const answer = await fetch(location.href, {
        headers: { "Theke-As-Of": document.body.dataset.asOf },
        cache: "no-store",
        signal: AbortSignal.timeout(EVERY_MS * 2),
      });
      const wall = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("wall");
      if (answer.ok && wall) {
        answered = Date.now();
        document.getElementById("wall").replaceChildren(...wall.childNodes);
        const fresh = calls().filter((one) => !known.has(one.dataset.call));
        known = new Set(calls().map((one) => one.dataset.call));
        for (const one of fresh) one.classList.add("wall__call--fresh");
        if (fresh.length > 0) {
          const said = fresh.map((one) => `${document.body.dataset.number} ${one.textContent.trim().replace(/\s+/g, " ")}`);
          document.getElementById("wall-said").textContent = said.join(". ");
        }
      }
    } catch {
      // The next look may be answered; until then the page says how old it is.
    }
    document.getElementById("wall-old").hidden = Date.now() - answered < OLD_MS;
    setTimeout(look, EVERY_MS);
  };
  setTimeout(look, EVERY_MS);
}

// The silent alarm goes out without a new page, so that nobody who looks sees anything happen; F9 presses its button.
const alarmForm = document.querySelector("[data-alarm]");
alarmForm?.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = alarmForm.querySelector("button");
  const lost = document.getElementById("alarm-lost");
  // Never by a new page: a sign-in page, or one that says what went wrong, betrays whoever called.
  const send = (wait) =>
    fetch(alarmForm.action, { method: "POST", body: new FormData(alarmForm), redirect: "manual", keepalive: true })
      .then((answer) => {
        if (answer.type !== "opaqueredirect" && !answer.ok) throw new Error(`${answer.status}`);
        lost.hidden = true;
      })
      .catch(() => {
        // As quiet as the button: whoever called has to know that nobody heard, and nobody else has to.
        lost.hidden = false;
        setTimeout(send, wait, Math.min(2 * wait, 30000));
      });
  send(1000);
  button.blur();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "F9" || !alarmForm || event.repeat) return;
  event.preventDefault();
  alarmForm.requestSubmit();
});
