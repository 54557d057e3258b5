// What the modules share: the slot with its cards, the sentences, and short ways to reach elements.

/** What the companion shows in place of a secret. */
export const MASK = "\u2022".repeat(8);

/** Each provider's card by name; latchkey.js fills it. */
export const cards = new Map();

const strings = new Map();
let slot = null;

export const $ = (selector, root = slot) => root?.querySelector(selector) ?? null;
export const all = (selector, root = slot) => [...(root?.querySelectorAll(selector) ?? [])];
export const show = (element, visible) => { if (element) element.hidden = !visible; };
export const cardOf = (element) => cards.get(element.closest("[data-provider]")?.dataset.provider);

/** Says where the cards are. False when that is known already. */
export function enter(element) {
  if (!element || element === slot) return false;
  slot = element;
  return true;
}

/** The page's language in the person's own form of it, where the browser names one: 20/11 or 11/20 in English. */
export function language() {
  const page = document.documentElement.lang || navigator.language;
  return navigator.languages.find((own) => own.split("-")[0] === page) ?? page;
}

export function readStrings() {
  for (const line of all("[data-t]", $("#latchkey-strings")?.content)) strings.set(line.dataset.t, line.textContent);
}

/** A sentence of Templates/strings with its {places} filled in; empty when there is none by that name. */
export function text(key, values = {}) {
  return (strings.get(key) ?? "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Tells a screen reader what the eye sees anyway. */
export function announce(sentence) {
  const live = $("[data-live]");
  if (!live) return;
  live.textContent = "";
  setTimeout(() => { live.textContent = sentence; }, 50); // only a change is read out, not the same text again
}

export function setValIfExists(id, value) {
  const element = document.getElementById(id);
  if (element && "value" in element) element.value = value;
  else if (element) element.textContent = value;
}

/** Changes a button's visible word and leaves the rest of its name, which says what it belongs to. */
export function relabel(button, word) {
  const target = $("[data-word]", button);
  if (target) target.textContent = word;
}

/** A span of time from now, in words: in 2 hours, 3 days ago. */
export function relative(milliseconds) {
  const units = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3600], ["minute", 60]];
  const seconds = milliseconds / 1000;
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

/** Asks a question in the dialog. True when the person says yes. */
export function ask(title, sentence, yes, no) {
  const dialog = $("#latchkey-dialog");
  $("h2", dialog).textContent = title;
  $("p", dialog).textContent = sentence;
  $('[data-close="yes"]', dialog).textContent = yes;
  $('[data-close="no"]', dialog).textContent = no;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
