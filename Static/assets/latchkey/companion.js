// Speaking with the companion server.

import { text } from "./page.js";

// Relative to this file, not to the page: the cards also live on pages elsewhere.
export const base = new URL("../../", import.meta.url);

/** The account that the page is about: ?account=NAME in its own address. */
export const account = new URLSearchParams(location.search).get("account");

/** What went wrong, as a sentence for the person; `fields` when single settings were refused. */
export class Failure extends Error {
  constructor(sentence, details = {}) {
    super(sentence);
    Object.assign(this, details);
  }
}

export function endpoint(path) {
  const url = new URL(path, base);
  if (account) url.searchParams.set("account", account);
  return url;
}

/** GET, or POST when there is a body. Throws a Failure. */
export async function call(path, body) {
  return (await exchange(path, body)).answer;
}

export async function exchange(path, body) {
  const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let response, answer;
  try {
    const signal = AbortSignal.timeout(60_000);
    response = await fetch(endpoint(path), { cache: "no-store", signal, ...(body && post) });
    answer = await response.json();
  } catch {
    throw new Failure(text("error.offline"), { offline: true }); // a static host answers with a page, not with JSON
  }
  if (response.ok && answer.ok !== false) return { answer, etag: response.headers.get("ETag") };
  if (answer.error === "not_signed_in") signIn();
  const sentence = [answer.message, answer.hint].filter(Boolean).join(" ");
  throw new Failure(sentence || text("error.unknown"), { fields: answer.fields, code: answer.error });
}

// The session has ended: back here after the sign-in. A page elsewhere stays, and shows what the companion says.
function signIn() {
  if (!location.href.startsWith(base.href)) return;
  const url = new URL("sign-in/", base);
  url.searchParams.set("next", "/" + location.href.slice(base.href.length).replace(/#.*/, ""));
  location.assign(url);
}

/** Ends the session of this browser, or of all browsers of the person. */
export async function signOut(everywhere) {
  await call("api/sign-out", { everywhere });
  location.assign(new URL("sign-in/?out=1", base));
}

// SECURITY: addresses come from providers' answers; only web pages may become links or be opened.
export function webAddress(address) {
  const url = address && URL.canParse(address, base) ? new URL(address, base) : null;
  return url && /^https?:$/.test(url.protocol) ? url : null;
}
