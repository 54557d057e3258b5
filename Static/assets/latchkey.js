// The settings page, for every provider alike: what differs stands in the cards' data- attributes, which the build
// writes from the providers' files. Loading this file is enough, here and on any page with a #auth-providers slot.

import { loadAccounts, switchAccount } from "./latchkey/accounts.js";
import { connect, copyInputValue, onClick, onEnter } from "./latchkey/actions.js";
import { loadApps } from "./latchkey/apps.js";
import { Card } from "./latchkey/card.js";
import { base, endpoint } from "./latchkey/companion.js";
import { closeFeed, loadStatus, onVisibility, openFeed, refreshStatus } from "./latchkey/feed.js";
import { hydrateAuthFromConfig, onChange, onInput, saveSetting } from "./latchkey/fields.js";
import { enablePacking } from "./latchkey/packing.js";
import { $, all, cardOf, cards, enter, readStrings, setValIfExists } from "./latchkey/page.js";
import { enableSearch, openLinked } from "./latchkey/search.js";

/** Fills #auth-providers when it is empty, and brings the cards in it to life. Calling it again is harmless. */
async function mountAuthProviders() {
  const slot = document.getElementById("auth-providers");
  if (!enter(slot)) return;
  if (!$("[data-provider]")) slot.append(await fetchCards());
  slot.classList.add("latchkey");
  readStrings();
  fixImages();
  cards.clear();
  for (const root of all("[data-provider]")) cards.set(root.dataset.provider, new Card(root));
  listen(slot);
  enableSearch();
  enablePacking();
  openLinked();
  setInterval(showTime, 60_000);
  await Promise.all([hydrateAuthFromConfig(), loadStatus(), loadApps(), loadAccounts()]);
  openFeed();
}

// "in 2 hours" gets less while the page stays open.
function showTime() {
  for (const card of cards.values()) if (card.status) card.showAccount();
}

async function fetchCards() {
  // SECURITY: the fragment is a static file of our own companion and holds nothing that a person or provider typed.
  const template = document.createElement("template");
  const response = await fetch(endpoint("api/auth/providers/html")).catch(() => null);
  if (response?.ok) template.innerHTML = await response.text();
  return template.content;
}

// On another page, the cards' paths are still relative to the companion.
function fixImages() {
  for (const image of all("img[src]")) {
    const url = new URL(image.getAttribute("src"), base).href;
    if (image.src !== url) image.src = url;
  }
}

function listen(slot) {
  slot.addEventListener("click", onClick);
  slot.addEventListener("keydown", onEnter);
  slot.addEventListener("input", onInput);
  slot.addEventListener("change", onChange);
  slot.addEventListener("change", chooseAccount);
  slot.addEventListener("submit", (event) => event.preventDefault()); // changes are saved already, or wait for their button
  document.addEventListener("visibilitychange", onVisibility);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) Promise.all([loadApps(), loadAccounts()]); });
  addEventListener("hashchange", openLinked);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", ({ persisted }) => { if (persisted) onVisibility(); });
}

function chooseAccount({ target }) {
  const card = "accounts" in target.dataset ? cardOf(target) : null;
  if (card) switchAccount(card, target.value).catch((failure) => card.say(failure.message, true));
}

// The browser may keep the page for its Back button: not with a token in sight.
function leave() {
  closeFeed();
  for (const card of cards.values()) card.hideToken();
}

/** What request<P>Pin does: a code of the provider, by the method that is chosen or else by its first with a code. */
async function requestPin(name) {
  const card = cards.get(name);
  if (!card) return false;
  const byCode = ({ dataset }) => dataset.kind === "device" || dataset.kind === "approval";
  const coded = [card.panel(), ...card.panels()].find((panel) => panel && byCode(panel));
  if (coded) card.choose(coded.dataset.method);
  try {
    await connect(card);
  } catch (failure) {
    card.say(failure.message, true);
    return false;
  }
  return true;
}

// The generic functions by the names people look for; those of each provider are in hooks.js.
Object.assign(window, { mountAuthProviders, hydrateAuthFromConfig, copyInputValue, setValIfExists, saveSetting });
window.Latchkey = {
  requestPin,
  updateHint: (name) => cards.get(name)?.updateHint(),
  refreshTokenUI: (name) => refreshStatus(cards.get(name)).catch(() => undefined),
};

mountAuthProviders();
