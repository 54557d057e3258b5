// The apps that have a key: what each may ask for, and the button that takes its key back.

import { call } from "./companion.js";
import { $, announce, ask, cards, language, relative, show, text } from "./page.js";

/** Shows the apps as they are now. A companion that does not answer is told of elsewhere. */
export async function loadApps() {
  const answer = await call("api/apikeys").catch(() => null);
  if (answer) showApps(answer.keys ?? []);
}

function showApps(keys) {
  show($("[data-apps]"), keys.length > 0);
  $("[data-app-list]")?.replaceChildren(...keys.map(row));
}

function row({ name, allow, created_at: made, last_used_at: used }) {
  const item = $("#latchkey-app").content.firstElementChild.cloneNode(true);
  const set = (selector, sentence) => { $(selector, item).textContent = sentence; };
  set("[data-app-name]", name);
  set("[data-app-allow]", allow.map(account).join(", "));
  set("[data-app-used]", used ? text("apps.used", { when: relative(used * 1000 - Date.now()) }) : text("apps.unused"));
  const day = new Date(made * 1000).toLocaleDateString(language(), { dateStyle: "medium" });
  set("[data-app-made]", text("apps.made", { when: day }));
  const button = $("button", item);
  button.dataset.name = name;
  button.ariaLabel = text("apps.revoke_label", { name });
  return item;
}

// "trakt", "plex:alice" and "simkl:*", as people call them.
function account(grant) {
  const [provider, name] = grant.split(":");
  const label = cards.get(provider)?.root.dataset.label ?? provider;
  if (!name) return label;
  return name === "*" ? text("apps.every", { label }) : text("apps.account", { label, name });
}

/** Takes a key back, when the person says so twice. */
export async function revokeApp(button) {
  const { name } = button.dataset;
  const sure = await ask(
    text("apps.sure", { name }), text("apps.sure_text", { name }), text("apps.revoke"), text("apps.keep"));
  if (!sure) return;
  const alert = $("[data-apps-alert]");
  alert.textContent = "";
  try {
    await call("api/apikeys/revoke", { name });
    announce(text("apps.revoked", { name }));
  } catch (failure) {
    alert.textContent = failure.message;
  }
  await loadApps();
  const next = $("[data-apps] h2");
  if (next?.checkVisibility()) next.focus();
  else $("[data-provider] > .head")?.focus();
}
