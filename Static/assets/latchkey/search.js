// Finding a provider: the search above the cards, and links to a card.

import { switchAccount } from "./accounts.js";
import { $, all, cards, show, text } from "./page.js";

// Without accents and capitals: what people type is seldom spelled as the label is.
const plain = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const input = () => $("[data-search]");

/** Shows the search where there is one. What was typed into it is kept nowhere. */
export function enableSearch() {
  if (!input()) return;
  show(input().closest("[role=search]"), true);
  input().addEventListener("input", search);
  input().addEventListener("keydown", onKey);
  search();
}

function search() {
  const words = plain(input().value).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { root } of cards.values()) {
    const group = root.closest("[data-title]")?.dataset.title ?? "";
    const about = plain(`${root.dataset.label} ${root.dataset.provider} ${group}`);
    root.hidden = !words.every((word) => about.includes(word));
    if (!root.hidden) count += 1;
  }
  for (const group of all("[data-title]")) show(group, $("[data-provider]:not([hidden])", group) !== null);
  const key = count > 0 ? "search.found" : "search.nothing";
  const values = { count, total: cards.size, text: input().value.trim() };
  $("[data-found]").textContent = words.length ? text(key, values) : "";
}

function clear() {
  if (!input()?.value) return;
  input().value = "";
  search();
}

function onKey(event) {
  if (event.key === "Escape") clear();
  else if (event.key === "Enter") $("[data-provider]:not([hidden]) > .head")?.focus();
  else return;
  event.preventDefault();
}

/** Opens the card that the address names, with the account that it names: #sec-trakt, #sec-trakt@alice. */
export function openLinked() {
  const [id, name] = location.hash.slice(1).split("@");
  const card = [...cards.values()].find(({ root }) => root.id === id);
  if (!card) return;
  if (name && name !== card.account) switchAccount(card, name).catch((failure) => card.say(failure.message, true));
  if (card.root.hidden) clear();
  card.open();
  card.root.scrollIntoView({ block: "nearest" });
}
