// What the buttons do: signing in, the token, disconnecting. Each action gets its card and its button.

import { addAccount, removeAccount } from "./accounts.js";
import { revokeApp } from "./apps.js";
import { Failure, base, call, webAddress, signOut } from "./companion.js";
import { copy } from "./copy.js";
import { demoValues, refreshStatus } from "./feed.js";
import {
  complain, hydrateAuthFromConfig, peek, saveSetting, saved, secretOf, setSecretMode, showRefusal, showSaved,
} from "./fields.js";
import { $, MASK, all, announce, ask, cardOf, cards, show, text } from "./page.js";

const REVEALED_FOR = 30_000;

// ---- Signing in ----

/** Begins to connect. The window opens at once, while the click still counts as one; its address comes later. */
export async function connect(card) {
  const panel = card.panel();
  if (!panel) return;
  card.open();
  const missing = card.missing();
  if (missing.length) return complain(missing);
  const { method, kind } = panel.dataset;
  const opened = kind === "key" ? null : openWindow(kind);
  try {
    await begin(card, method, kind, opened);
  } catch (failure) {
    opened?.close();
    if (tellAtFields(card, failure)) return;
    // The service may be off: what was entered can be kept all the same.
    const button = $('[data-action="save-unchecked"]', panel);
    if (button) show(button, failure.code === "unreachable");
    throw failure;
  }
}

function openWindow(kind) {
  // A code has to stay in sight while it is typed, so its page opens beside this one.
  const opened = window.open("about:blank", "_blank", kind === "redirect" ? "" : "popup,width=560,height=760");
  if (!opened) return null;
  opened.opener = null; // SECURITY: the provider's page must not be able to steer this one
  opened.document.title = opened.document.body.textContent = text("flow.opening");
  return opened;
}

// What is sent once leaves the page with it; what is saved when it is good stays until it is known to be.
function takeEntered(card) {
  const inputs = card.entered().filter((input) => input.value !== "");
  const once = inputs.map((input) => [input.dataset.once, input.value]);
  for (const input of inputs) if (input.type === "password") input.value = "";
  return Object.fromEntries([...once, ...card.held().map((input) => [fieldKey(input), input.value.trim()])]);
}

const fieldKey = (input) => input.closest("[data-field]").dataset.field;

// A key or an address that was refused at its field has said why there. True when there is one.
function isRefused(card) {
  const refused = all("[data-path][data-dirty][aria-invalid]", card.root).filter((input) => !card.holds(input));
  refused[0]?.focus();
  return refused.length > 0;
}

// What single fields were refused for stands at these.
function tellAtFields(card, { fields }) {
  const inputs = (fields ?? []).map(({ key }) => {
    const input = $(`[data-path="${key}"]`, card.root);
    return input && card.holds(input) ? input : card.once(key.slice(card.name.length + 1));
  });
  if (!inputs.length || !inputs.every(Boolean)) return false;
  inputs.forEach((input, index) => showRefusal(input, fields[index].message));
  inputs[0].focus();
  return true;
}

async function begin(card, method, kind, opened, more = {}) {
  card.say("");
  await saved(); // a key typed just before the click is on its way
  if (isRefused(card)) return opened?.close();
  const byCode = kind === "device" || kind === "approval";
  const held = card.held();
  const values = takeEntered(card);
  if (Object.keys(values).length) more.values = values;
  const answer = await card.call(byCode ? "pin/new" : "authorize", { method, ...more });
  for (const input of held) showSaved(input, false);
  if (kind === "key") return refreshStatus(card);
  const flow = { ...answer, method, status: "authorization_pending" };
  flow.verification_url ??= answer.authorization_url;
  const url = webAddress(flow.verification_url_complete ?? flow.verification_url);
  if (!url) throw new Failure(text("flow.link_refused"));
  card.apply({ ...card.status, state: "pending", flow });
  opened?.location.replace(url.href);
  show(card.find("[data-blocked]"), !opened);
}

async function saveUnchecked(card) {
  const { method, kind } = card.panel().dataset;
  await begin(card, method, kind, null, { unchecked: true });
}

async function cancel(card) {
  await card.call("pin/cancel", {});
  await refreshStatus(card);
}

// ---- The token ----

const askToken = async (card) => (await card.call("token/reveal", {})).access_token;

async function reveal(card) {
  const hidden = card.element("token").value === MASK;
  if (hidden) card.showToken(await askToken(card), REVEALED_FOR);
  else card.hideToken();
  announce(text(hidden ? "token.visible" : "token.hidden"));
}

async function copyToken(card, button) {
  const token = askToken(card);
  if (await copy(token, button)) return true;
  card.showToken(await token, REVEALED_FOR);
  return copyByHand(card, "token");
}

async function copyField(card, button, key) {
  return await copy(card.element(key).value, button) || copyByHand(card, key);
}

function copyByHand(card, key) {
  card.element(key).select();
  card.say(text("token.copy_failed"), true);
  return false;
}

/** Copies what an element holds; of a token, the token and not its mask. */
export async function copyInputValue(id, button) {
  const element = document.getElementById(id);
  if (!element) return false;
  const card = cardOf(element);
  if (card?.element("token") !== element) return copy(element.value ?? element.textContent, button);
  return copyToken(card, button).catch((failure) => card.say(failure.message, true) ?? false);
}

// ---- Afterwards ----

async function refresh(card) {
  await card.call("refresh", {});
  await refreshStatus(card);
  card.say(card.text("account.refreshed"));
}

async function disconnect(card) {
  if (!await confirmed(card)) return;
  const { message, revoked } = await card.call("disconnect", {});
  await refreshStatus(card);
  // Honest about the other half: where the provider was not told, the person can end it there.
  card.say(message || card.text("account.disconnected"), false, revoked ? null : webAddress(card.status.revoke_url));
}

const confirmed = (card) =>
  ask(card.text("dialog.title"), card.text("dialog.text"), text("dialog.yes"), text("dialog.no"));

async function fillDemo() {
  const shown = Object.entries(demoValues()).filter(([path]) => cards.has(path.split(".")[0]));
  const config = {};
  for (const [path, value] of shown) {
    const [provider, key] = path.split(".");
    const once = all(`[data-once="${key}"]`, cards.get(provider).root);
    for (const input of once) input.value = value;
    if (!once.length) (config[provider] ??= {})[key] = value;
  }
  await call("api/config", config);
  await hydrateAuthFromConfig();
  announce(text("notice.demo_filled"));
}

// Where the provider will send the browser, tried through whatever stands in front of the companion.
async function checkAddress(card) {
  const { findings } = await call(`api/address/check?page=${encodeURIComponent(base.href)}`);
  card.showFindings(findings);
}

function replace(card, button) {
  const input = secretOf(button);
  setSecretMode(input, "editing");
  input.focus();
}

const actions = {
  connect, cancel, reveal, refresh, disconnect, replace,
  "save-unchecked": saveUnchecked,
  "copy-token": copyToken,
  "copy-pin": (card, button) => copyField(card, button, "pin"),
  "copy-redirect": (card, button) => copyField(card, button, "redirect"),
  "check-address": checkAddress,
  "fill-demo": fillDemo,
  "sign-out": () => signOut(false),
  "sign-out-everywhere": () => signOut(true),
  "add-account": addAccount,
  "remove-account": removeAccount,
  "revoke-app": (card, button) => revokeApp(button),
  peek: (card, button) => peek(secretOf(button)),
  keep: (card, button) => setSecretMode(secretOf(button), "saved"),
  remove: (card, button) => saveSetting(secretOf(button).dataset.path, null),
};

/** Enter in a field that is sent by a button does what the button does. */
export function onEnter({ key, target }) {
  if (key !== "Enter" || !target.matches("[data-once], [data-path]")) return;
  const card = cardOf(target);
  if ("once" in target.dataset || card?.holds(target)) $('[data-action="connect"]', card.panel()).click();
}

export async function onClick({ target }) {
  const close = target.closest("[data-close]");
  if (close) close.closest("dialog").close(close.dataset.close);
  const button = target.closest("[data-action]");
  if (!button || button.ariaBusy) return; // a second click while the first is at work changes nothing
  const card = cardOf(button);
  button.ariaBusy = "true";
  try {
    await actions[button.dataset.action](card, button);
  } catch (failure) {
    card?.say(failure.message, true);
  } finally {
    button.ariaBusy = null;
  }
}
