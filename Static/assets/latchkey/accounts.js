// Several accounts with one provider: which there are, and which of them a card shows.

import { DEFAULT, account, call } from "./companion.js";
import { followAccounts, refreshStatus } from "./feed.js";
import { hydrateAccount, saved, showError } from "./fields.js";
import { $, announce, ask, cards, show, text } from "./page.js";

/** Asks which accounts there are. A companion that does not answer is told of elsewhere. */
export async function loadAccounts() {
  const answer = await call("api/accounts").catch(() => null);
  for (const card of cards.values()) card.accounts.add(account);
  for (const { provider, account: name } of answer?.accounts ?? []) cards.get(provider)?.accounts.add(name);
  for (const card of cards.values()) showAccounts(card);
}

function showAccounts(card) {
  const select = card.find("[data-accounts]");
  if (!select) return;
  const names = [...card.accounts].filter((name) => name !== DEFAULT).sort();
  select.replaceChildren(...[DEFAULT, ...names].map((name) => {
    const label = name === DEFAULT ? text("accounts.default") : name;
    return new Option(label, name, false, name === card.account);
  }));
  show(card.part("accounts"), names.length > 0);
  show(card.find('[data-action="remove-account"]'), card.account !== DEFAULT);
}

/** Shows another account of the card's provider. What was typed for the one before is saved under its name first. */
export async function switchAccount(card, name) {
  await saved();
  card.accounts.add(name);
  card.reset(name);
  showAccounts(card);
  followAccounts();
  await Promise.all([hydrateAccount(name), refreshStatus(card)]);
}

/** The account that was typed; one that is there already is shown. */
export async function addAccount(card) {
  const input = card.find("[data-new-account]");
  const name = input.value.trim();
  if (!name) return refuse(input, text("field.enter", { field: text("accounts.name") }));
  try {
    await call(`api/${card.name}/status`, undefined, name); // the companion knows which names are allowed
  } catch (failure) {
    return refuse(input, failure.message);
  }
  showError(input, "");
  input.value = "";
  card.part("another").open = false;
  await switchAccount(card, name);
  card.find("[data-accounts]").focus();
  announce(card.text("accounts.shown", { name }));
}

function refuse(input, sentence) {
  showError(input, sentence);
  input.focus();
}

/** Forgets an account with all that is kept of it, when the person says so twice. */
export async function removeAccount(card) {
  const name = card.account;
  const sure = await ask(
    card.text("accounts.sure", { name }), card.text("accounts.sure_text", { name }), text("accounts.remove"),
    text("accounts.keep"));
  if (!sure) return;
  await call(`api/${card.name}/account/remove`, {}, name).catch((failure) => {
    if (failure.code !== "unknown_account") throw failure; // nothing was ever kept of it
  });
  card.accounts.delete(name);
  await switchAccount(card, DEFAULT);
  card.say(card.text("accounts.removed", { name }));
  card.find(".head").focus();
}
