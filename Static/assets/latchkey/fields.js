// The settings: shown from the config, saved one by one as they change.

import { account, exchange } from "./companion.js";
import { $, MASK, all, announce, cardOf, cards, relabel, show, text } from "./page.js";

const tags = new Map(); // of the config of each account, as it is shown here
let queue = Promise.resolve();

const isSecret = (input) => "secret" in input.dataset;
const fieldOf = (element) => element.closest("[data-field]");
const read = (object, path) => path.split(".").reduce((value, key) => value?.[key], object);
const nest = (path, value) => path.split(".").reduceRight((inner, key) => ({ [key]: inner }), value);

/** Resolves when all that was typed so far has been saved or refused. */
export const saved = () => queue;

/** Brings the config's values into the fields, of each account that is shown. */
export async function hydrateAuthFromConfig() {
  const names = new Set([account, ...[...cards.values()].map((card) => card.account)]);
  await Promise.all([...names].map(hydrateAccount));
}

/** As above, for one account. */
export async function hydrateAccount(name) {
  let config;
  try {
    const { answer, etag } = await exchange("api/config", undefined, name);
    config = answer;
    tags.set(name, etag);
  } catch {
    return; // the feed says when the server is away
  }
  const inputs = all("[data-path]").filter((input) => accountOf(input) === name);
  for (const input of inputs) fill(input, read(config, input.dataset.path) ?? "");
  for (const card of cards.values()) card.updateHint();
}

const accountOf = (input) => (input && cardOf(input)?.account) ?? account;

/** Empties a field that is about to be another account's. */
export function clearField(input) {
  if (input === document.activeElement) input.blur();
  showError(input, "");
  $("[data-saved]", fieldOf(input)).textContent = "";
  delete input.dataset.dirty;
  fill(input, "");
}

/** Follows changes made elsewhere; our own saves have been shown. */
export function configChanged({ account: name, etag }) {
  if (tags.has(name) && etag !== tags.get(name)) hydrateAccount(name);
}

function fill(input, value) {
  // What a person is typing is worth more than what the server had.
  if (input === document.activeElement || input.dataset.dirty) return;
  if (isSecret(input)) setSecretMode(input, value ? "saved" : "empty");
  else input.value = value || (input.dataset.default ?? "");
}

// A saved secret never comes back from the server. "saved" shows the mask, "editing" takes a new one in its place.
export function setSecretMode(input, mode) {
  input.value = mode === "saved" ? MASK : "";
  input.readOnly = mode === "saved";
  delete input.dataset.dirty;
  peek(input, false);
  for (const button of all("[data-when]", fieldOf(input))) show(button, button.dataset.when.split(" ").includes(mode));
}

export function peek(input, visible = input.type === "password") {
  input.type = visible ? "text" : "password";
  relabel($('[data-action="peek"]', fieldOf(input)), text(visible ? "field.hide" : "field.show"));
}

export const secretOf = (button) => $("[data-secret]", fieldOf(button));

/** Saves one setting; true when it was stored. Saves go one after the other, in the order of the changes. */
export function saveSetting(path, value) {
  const typed = typeof value === "string" ? value.trim() : value;
  if (typed === MASK) return Promise.resolve(true); // a mask means "unchanged": nothing to send
  const input = all("[data-path]").find(({ dataset }) => dataset.path === path);
  const name = accountOf(input); // the card may show another one by the time it is sent
  queue = queue.then(() => store(path, typed === "" ? null : typed, input, name));
  return queue;
}

async function store(path, value, input, name) {
  let found, cleared;
  try {
    const { answer, etag } = await exchange("api/config", nest(path, value), name);
    tags.set(name, etag);
    found = answer.instances?.[path];
    cleared = answer.cleared ?? [];
  } catch (failure) {
    if (input) refuse(input, failure);
    return false;
  }
  if (input) showSaved(input, value === null);
  if (input && found) showFound(input, found);
  for (const other of cleared) showCleared(other, name);
  return true;
}

// A secret that was for another address is gone; at its field it is said why.
function showCleared(path, name) {
  const input = all("[data-path]").find((input) => input.dataset.path === path && accountOf(input) === name);
  if (!input || input.dataset.dirty) return;
  setSecretMode(input, "empty");
  cardOf(input)?.updateHint();
  showRefusal(input, text("field.cleared"));
}

// An address as it is kept, and what is the matter there.
function showFound(input, { ok, url, message, hint }) {
  if (input !== document.activeElement) input.value = url;
  if (!ok) showError(input, [message, hint].filter(Boolean).join(" "));
}

function refuse(input, failure) {
  const { path, name } = input.dataset;
  const mine = failure.fields?.find(({ key }) => key === path || path.endsWith(`.${key}`));
  showRefusal(input, mine?.message ?? text("field.not_saved", { field: name, reason: failure.message }));
}

/** Says at a field why it was refused, for eyes and ears. */
export function showRefusal(input, sentence) {
  showError(input, sentence);
  announce(sentence);
}

export function showError(input, sentence) {
  $("[data-error]", fieldOf(input)).textContent = sentence;
  show(document.getElementById(`${input.id}-error`), sentence !== "");
  if (sentence) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

/** Shows that a field is saved, or empty again. */
export function showSaved(input, removed) {
  const field = fieldOf(input);
  const mark = $("[data-saved]", field);
  delete input.dataset.dirty;
  showError(input, "");
  if (isSecret(input)) setSecretMode(input, removed ? "empty" : "saved");
  cardOf(input)?.updateHint();
  mark.textContent = text(removed ? "field.removed" : "field.saved");
  announce(text("field.said", { field: input.dataset.name, what: mark.textContent }));
  clearTimeout(field.timer);
  field.timer = setTimeout(() => { mark.textContent = ""; }, 4000);
}

/** Asks for what is missing, at the first empty field. */
export function complain(inputs) {
  for (const input of inputs) showError(input, text("field.enter", { field: input.dataset.name }));
  const keys = inputs[0].closest("details");
  if (keys) keys.open = true;
  inputs[0].focus();
}

export function onInput({ target }) {
  if (!target.dataset.path) return;
  target.dataset.dirty = "yes";
  const card = cardOf(target);
  card?.updateHint();
  if (card?.status) card.showConnect();
}

export function onChange({ target }) {
  if (target.type === "radio") cardOf(target)?.choose(target.value);
  const blankSecret = isSecret(target) && !target.value.trim(); // taking a secret away has a button of its own
  if (!target.dataset.path || blankSecret) return;
  if (target.value.trim() && cardOf(target)?.holds(target)) return showError(target, ""); // its button sends it
  saveSetting(target.dataset.path, target.value);
}
