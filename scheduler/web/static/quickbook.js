// The one box of the booking form: people while one types (a combobox after WAI-ARIA), and reasons by a digit.
// Without it the button beside the box asks the same. The place is held meanwhile, which the form can do without.
"use strict";

(() => {
  const box = document.getElementById("who");
  if (!box) return;
  const form = box.form;
  const list = document.getElementById("who-options");
  const status = document.getElementById("who-status");
  const taken = document.getElementById("who-taken");
  const fields = ["name", "number", "household", "born", "email", "phone", "address"];
  const boxes = ["interpreter", "companion", "step_free", "on_file"];
  const before = {}; // the language stays the office's where nobody is chosen
  let asked = 0;
  let timer;
  let chosen = !taken.hidden;

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-expanded", "false");
  box.setAttribute("aria-controls", list.id);
  form.querySelector("button[value=find]").hidden = true;
  before.language = form.elements.language.value;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const active = () => list.querySelector("[aria-selected=true]");

  function close() {
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function mark(option) {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  }

  async function ask() {
    const number = ++asked;
    const text = box.value.trim();
    if (text.length < 2) return close();
    let answer;
    try {
      answer = await fetch(`${box.dataset.suggestions}?q=${encodeURIComponent(text)}`);
    } catch {
      return close(); // the form works without
    }
    if (number !== asked) return;
    if (!answer.ok || answer.redirected) return close();
    const words = await answer.text();
    if (number !== asked) return;
    list.replaceChildren(...new DOMParser().parseFromString(words, "text/html").body.childNodes);
    list.hidden = false;
    box.setAttribute("aria-expanded", String(options().length > 0));
    const note = list.querySelector(".suggestions__note");
    status.textContent = options().map((one) => one.textContent).slice(0, 1).concat(note ? note.textContent : []).join(". ");
  }

  function take(option) {
    chosen = true;
    asked++;
    for (const name of fields) form.elements[name].value = option.dataset[name];
    const language = [...form.elements.language.options].some((one) => one.value === option.dataset.language);
    if (language) form.elements.language.value = option.dataset.language;
    for (const name of boxes) form.elements[name].checked = option.dataset.ticked.split(" ").includes(name);
    box.value = option.dataset.name;
    taken.textContent = option.textContent;
    taken.hidden = false;
    status.textContent = option.textContent;
    close();
  }

  // What was taken over goes with whom it belongs to; what somebody typed stays.
  function forget() {
    form.elements.name.value = "";
    if (!chosen) return;
    chosen = false;
    for (const name of fields) form.elements[name].value = "";
    for (const name of boxes) form.elements[name].checked = false;
    form.elements.language.value = before.language;
    taken.hidden = true;
  }

  box.addEventListener("input", () => {
    forget();
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  box.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const all = options();
    const open = !list.hidden && all.length > 0;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && open) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      const at = all.indexOf(active());
      mark(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]);
      event.preventDefault();
    } else if (event.key === "ArrowDown" && list.hidden) {
      ask();
      event.preventDefault();
    } else if (event.key === "Enter" && open && active()) {
      take(active());
      event.preventDefault();
    } else if (event.key === "Escape" && !list.hidden) {
      close();
      event.preventDefault();
    }
  });
  box.addEventListener("blur", () => setTimeout(close, 150));
  // Before the box loses the focus.
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    event.preventDefault();
    if (option) take(option);
  });

  // One key picks the reason while the reasons or the concerns have the focus.
  form.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !event.target.matches("[type=radio]")) return;
    if (document.body.dataset.keys === "off" || !/^[1-9]$/.test(event.key)) return;
    const reasons = form.querySelectorAll("[data-digits] [type=radio]");
    const reason = reasons[Number(event.key)]; // the first is “no reason given”
    if (!reason || reason.offsetParent === null) return;
    reason.checked = true;
    reason.focus();
    event.preventDefault();
  });

  // Colleagues see that the place is being given away, as long as somebody types here.
  const RENEWED_EVERY_MS = 60000;
  let heldAt = -RENEWED_EVERY_MS;
  let sent = false;

  function said(...names) {
    const all = new FormData(form);
    return new URLSearchParams(["csrf_token", "key", ...names].map((name) => [name, all.get(name) ?? ""]));
  }

  async function hold() {
    heldAt = performance.now();
    const body = said("starts_at", "resource", "service", "booked_by");
    try {
      const answer = await fetch(form.dataset.holds, { method: "POST", headers: shownHere, body, keepalive: true });
      const words = answer.ok && !answer.redirected ? await answer.text() : "";
      const note = document.getElementById("held");
      if (note.textContent !== words) note.textContent = words; // else it would be read out again
    } catch {
      heldAt = -RENEWED_EVERY_MS; // the form works without
    }
  }

  if (form.dataset.holds) {
    hold();
    form.addEventListener("input", () => performance.now() - heldAt > RENEWED_EVERY_MS && hold());
    form.addEventListener("change", (event) => ["starts_at", "resource", "service"].includes(event.target.name) && hold());
    form.addEventListener("submit", () => (sent = true)); // booking uses what is held
    addEventListener("pagehide", () => sent || navigator.sendBeacon(form.dataset.letsGo, said()));
    addEventListener("pageshow", (event) => {
      sent = false;
      if (event.persisted) hold();
    });
  }
})();
