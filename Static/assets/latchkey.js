// The settings page, for every provider alike: what differs stands in the cards' data- attributes, which the build
// writes from the providers' files. The functions with names of their own are in hooks.js and at the end of this file.

const MASK = "\u2022".repeat(8); // what the companion shows in place of a secret
const REVEAL_MS = 30_000;
const FAILED = new Set(["access_denied", "expired_token", "already_used", "invalid_code", "app_rejected", "cancelled"]);
const NEEDS_NEW_CODE = new Set(["expired_token", "already_used", "invalid_code"]);
const TONES = {
  connected: "good", pending: "wait", expired: "warn", reconnect_needed: "bad", misconfigured: "bad", unreachable: "warn",
};

// Relative to this file, not to the page: the cards also live on pages elsewhere.
const base = new URL("../", import.meta.url);
const account = new URLSearchParams(location.search).get("account");
const cards = new Map();
const strings = new Map();
let slot = null;
let config = {};
let configTag = null;
let demo = null;
let saving = Promise.resolve();

// ---- Small things ----

const $ = (selector, root = slot) => root?.querySelector(selector) ?? null;
const all = (selector, root = slot) => [...(root?.querySelectorAll(selector) ?? [])];
const at = (object, path) => path.split(".").reduce((value, key) => value?.[key], object);
const show = (element, visible) => { if (element) element.hidden = !visible; };
const nested = (path, value) => path.split(".").reduceRight((inner, key) => ({ [key]: inner }), value);

function text(key, values = {}) {
  return (strings.get(key) ?? "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function announce(sentence) {
  const live = $("[data-live]");
  if (!live) return;
  live.textContent = "";
  setTimeout(() => { live.textContent = sentence; }, 50); // a change is read out, the same text again is not
}

// SECURITY: addresses come from providers' answers; only web pages may become links.
function webAddress(address) {
  const url = address && URL.canParse(address, base) ? new URL(address, base) : null;
  return url && /^https?:$/.test(url.protocol) ? url : null;
}

// ---- The companion ----

class Failure extends Error {
  constructor(sentence, details = {}) {
    super(sentence);
    Object.assign(this, details);
  }
}

function endpoint(path) {
  const url = new URL(path, base);
  if (account) url.searchParams.set("account", account);
  return url;
}

async function call(path, body) {
  const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let response, answer;
  try {
    response = await fetch(endpoint(path), { cache: "no-store", ...(body && post), signal: AbortSignal.timeout(60_000) });
    answer = await response.json();
  } catch {
    throw new Failure(text("error.offline"), { offline: true }); // a static host answers with a page, not with JSON
  }
  if (!response.ok || answer.ok === false) {
    const sentence = [answer.message, answer.hint].filter(Boolean).join(" ");
    throw new Failure(sentence || text("error.unknown"), { fields: answer.fields });
  }
  if (path === "api/config") configTag = response.headers.get("ETag");
  return answer;
}

// ---- Card: the state of one provider on the page ----

class Card {
  constructor(root) {
    this.root = root;
    this.name = root.dataset.provider;
    this.values = { label: root.dataset.label };
    this.status = null;
    this.link = null;
    this.deadline = 0;
    this.clock = 0;
    this.hiding = 0;
  }

  part(name) { return $(`[data-part="${name}"]`, this.root); }
  panels() { return all("[data-method]", this.root); }
  panel() { return this.panels().find((panel) => !panel.hidden) ?? null; }
  input(key) { return document.getElementById(`${this.name}_${key}`); }
  text(key) { return text(key, this.values); }

  say(sentence, failed = false) {
    $("[data-say]", this.root).textContent = failed ? "" : sentence;
    $("[data-alert]", this.root).textContent = failed ? sentence : "";
  }

  choose(id) {
    if (!this.panels().some((panel) => panel.dataset.method === id)) return;
    for (const panel of this.panels()) show(panel, panel.dataset.method === id);
    const radio = document.getElementById(`${this.name}_method_${id}`);
    if (radio) radio.checked = true;
    this.updateHint();
  }

  /** The inputs that the chosen method needs and that are empty. */
  missing() {
    const panel = this.panel();
    const needs = (panel?.dataset.needs ?? "").split(/[\s,]+/).filter(Boolean);
    return needs.map((key) => this.input(key)).filter((input) => input && !input.value.trim());
  }

  updateHint() {
    show(this.input("hint"), this.missing().length > 0);
    const address = this.redirectAddress();
    const shown = this.input("redirect");
    if (shown) shown.value = address;
    for (const element of all("[data-needs-redirect]", this.root)) show(element, address !== "");
  }

  /** What the provider's app registration asks for: the fixed address for codes, our own for redirects. */
  redirectAddress() {
    const oob = $("[data-oob]", this.root)?.dataset.oob ?? "";
    return this.panel()?.dataset.kind === "redirect" ? this.status?.redirect_uri ?? "" : oob;
  }

  apply(status) {
    const before = this.status;
    this.status = status;
    if (status.state !== before?.state) this.changed(before, status);
    if (status.state !== before?.state || status.flow?.status !== before?.flow?.status) this.explain(before);
    this.showChip();
    this.showAccount();
    this.showFlow();
    this.showConnect();
    this.updateHint();
    this.keepFocus();
  }

  changed(before, { state, method, flow }) {
    this.root.dataset.state = state;
    const settled = state === "connected" || state === "pending";
    const keys = this.part("keys");
    if (keys) keys.open = !settled;
    this.choose(flow?.method ?? method);
    if (state !== "connected") this.hideToken();
  }

  /** One sentence for every state and every end of a flow. */
  explain(before) {
    const { state, flow, message, connected } = this.status;
    const waiting = state === "pending";
    if (waiting) this.say(this.text(`status.${flow?.status ?? "authorization_pending"}`) || message);
    else if (state === "connected") this.say(before && !before.connected ? this.text("status.ok") : "");
    else if (flow && flow.status !== "ok") this.sayEnd(flow);
    else if (strings.has(`state.${state}`)) this.say(this.text(`state.${state}`), true);
    else if (before?.connected && !connected) this.say(this.text("account.disconnected"));
    else this.say("");
  }

  sayEnd({ status, message }) {
    const detailed = ["app_rejected", "unreachable", "invalid_code"].includes(status);
    this.say((detailed && message) || this.text(`status.${status}`) || message, status !== "cancelled");
  }

  showChip() {
    const chip = $("[data-chip]", this.root);
    chip.textContent = text(`chip.${this.status.state}`) || this.status.message;
    chip.dataset.tone = TONES[this.status.state] ?? "off";
    show(chip, true);
  }

  showAccount() {
    const { state, connected, account_name: name, expires_at: expires } = this.status;
    const known = connected || state === "expired" || state === "reconnect_needed";
    show(this.part("account"), known);
    show($("[data-who]", this.root), Boolean(name));
    $("[data-name]", this.root).textContent = name ?? "";
    show($("[data-token]", this.root), connected);
    show($("[data-expiry]", this.root), Boolean(expires));
    show($('[data-action="refresh"]', this.root), Boolean(expires) && state !== "reconnect_needed");
    if (expires) this.showExpiry(expires * 1000);
  }

  showExpiry(when) {
    const date = new Date(when);
    const key = when > Date.now() ? "account.expires" : "account.expired";
    const time = $("[data-expiry] time", this.root);
    $("[data-when]", this.root).textContent = text(key, { when: relative(when - Date.now()) });
    time.dateTime = date.toISOString();
    time.textContent = date.toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
  }

  showConnect() {
    const { state, flow } = this.status;
    show(this.part("connect"), state !== "connected" && state !== "pending");
    for (const button of all('[data-action="connect"]', this.root)) {
      const mine = button.closest("[data-method]").dataset;
      const renew = mine.kind === "device" && flow?.method === mine.method && NEEDS_NEW_CODE.has(flow.status);
      const again = state === "expired" || state === "reconnect_needed";
      button.textContent = renew ? text("method.new_code") : again ? text("method.again") : button.dataset.text;
    }
  }

  showFlow() {
    const { state, flow } = this.status;
    const live = state === "pending" && flow && !FAILED.has(flow.status);
    show(this.part("flow"), live);
    if (!live) return this.endFlow();
    setValIfExists(`${this.name}_pin`, flow.user_code ?? "");
    show($("[data-code]", this.root), Boolean(flow.user_code));
    this.showLink(webAddress(flow.verification_url_complete) ?? webAddress(flow.verification_url) ?? this.link);
    if (flow.expiresIn > 0) this.count(flow.expiresIn);
    else show($("progress", this.root), false);
  }

  endFlow() {
    clearInterval(this.clock);
    this.link = null;
    this.deadline = 0;
    show($("[data-blocked]", this.root), false);
  }

  showLink(url) {
    const link = $("[data-link]", this.root);
    this.link = url;
    show(link, url !== null);
    if (!url) return;
    link.href = url.href;
    $("[data-host]", link).textContent = url.host;
  }

  count(seconds) {
    const deadline = Date.now() + seconds * 1000;
    // Each event says the time left in whole seconds: do not let the clock jump back and forth by one.
    if (Math.abs(deadline - this.deadline) < 2000) return;
    this.deadline = deadline;
    const bar = $("progress", this.root);
    bar.max = seconds;
    show(bar, true);
    clearInterval(this.clock);
    this.clock = setInterval(() => this.tick(), 1000);
    this.tick();
  }

  tick() {
    const left = Math.max(0, Math.round((this.deadline - Date.now()) / 1000));
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    $("progress", this.root).value = left;
    $("[data-countdown]", this.root).textContent = text("flow.left", { time });
    const flow = { ...this.status.flow, status: "expired_token" };
    if (left === 0) this.apply({ ...this.status, state: "needs_sign_in", flow });
  }

  hideToken() {
    clearTimeout(this.hiding);
    setValIfExists(`${this.name}_token`, MASK);
    label($('[data-action="reveal"]', this.root), text("field.show"));
  }

  /** Focus must not fall back to the top of the page when its button goes away. */
  keepFocus() {
    if (!this.root.contains(document.activeElement) || document.activeElement.checkVisibility()) return;
    const next = all('[data-link], [data-action="cancel"], [data-action="connect"], h2', this.root);
    next.find((element) => element.checkVisibility())?.focus();
  }
}

const language = () => document.documentElement.lang || undefined;
const cardOf = (element) => cards.get(element.closest("[data-provider]")?.dataset.provider);

function label(button, word) {
  const target = $("[data-label-text]", button);
  if (target) target.textContent = word;
}

function relative(ms) {
  const units = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3600], ["minute", 60]];
  const [unit, size] = units.find(([, size]) => Math.abs(ms) >= size * 1000) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(Math.round(ms / 1000 / size), unit);
}

// ---- Fields ----

function fillField(input) {
  // What a person is typing is worth more than what the server had.
  if (input === document.activeElement || input.dataset.dirty) return;
  const value = at(config, input.dataset.path) ?? "";
  if ("secret" in input.dataset) setSecretMode(input, value ? "saved" : "empty");
  else input.value = value;
}

function setSecretMode(input, mode) {
  const field = input.closest("[data-field]");
  field.dataset.mode = mode;
  input.value = mode === "saved" ? MASK : "";
  input.readOnly = mode === "saved";
  delete input.dataset.dirty;
  peek(field, false);
  for (const button of all("[data-when]", field)) show(button, button.dataset.when.split(" ").includes(mode));
}

function peek(field, visible) {
  const input = $("[data-secret]", field);
  input.type = visible ? "text" : "password";
  label($('[data-action="peek"]', field), text(visible ? "field.hide" : "field.show"));
}

function showError(input, sentence) {
  const error = document.getElementById(`${input.id}-error`);
  if (!error) return;
  $("[data-error]", error).textContent = sentence;
  show(error, sentence !== "");
  if (sentence) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

function showSaved(input, word) {
  const field = input.closest("[data-field]");
  const mark = $("[data-saved]", field);
  if (!mark) return;
  mark.textContent = word;
  clearTimeout(field.timer);
  field.timer = setTimeout(() => { mark.textContent = ""; }, 4000);
  announce(text("field.said", { field: input.dataset.name, what: word }));
}

function fieldError(input, failure) {
  const path = input.dataset.path;
  const mine = failure.fields?.find(({ key }) => key === path || path.endsWith(`.${key}`));
  const reason = mine?.message ?? failure.message;
  showError(input, mine ? reason : text("field.not_saved", { field: input.dataset.name, reason }));
  announce(reason);
}

/** Saves one setting. Saves run one after the other, in the order of the person's changes. */
function saveSetting(path, value) {
  const typed = typeof value === "string" ? value.trim() : value;
  if (typed === MASK) return Promise.resolve(true); // a mask says "unchanged", so there is nothing to send
  const stored = typed === "" ? null : typed;
  const result = saving.then(() => store(path, stored));
  saving = result;
  return result;
}

async function store(path, value) {
  const input = all("[data-path]").find((field) => field.dataset.path === path);
  try {
    await call("api/config", nested(path, value));
  } catch (failure) {
    if (input) fieldError(input, failure);
    return false;
  }
  if (input) fieldSaved(input, value);
  return true;
}

function fieldSaved(input, value) {
  delete input.dataset.dirty;
  showError(input, "");
  if ("secret" in input.dataset) setSecretMode(input, value === null ? "empty" : "saved");
  showSaved(input, text(value === null ? "field.removed" : "field.saved"));
  cardOf(input)?.updateHint();
}

// ---- Copying ----

/** Copies a text, or what a promise of one brings: Safari wants the write to begin inside the click. */
async function copyText(source) {
  try {
    const blob = Promise.resolve(source).then((value) => new Blob([value], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    return true;
  } catch {
    return copyByCommand(await source); // plain http in a LAN has no clipboard API
  }
}

function copyByCommand(value) {
  // Never straight from a password field: there the browser says yes and copies nothing. So the "copy" event of a
  // text area out of sight is what counts.
  const area = Object.assign(document.createElement("textarea"), { value, readOnly: true, className: "lk-unseen" });
  const focused = document.activeElement;
  let copied = false;
  area.addEventListener("copy", () => { copied = true; });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  focused?.focus();
  return copied;
}

async function copyWith(button, source) {
  const copied = await copyText(source);
  announce(text(copied ? "token.copied" : "token.copy_failed"));
  if (copied && button) flash(button, text("token.copied"));
  return copied;
}

function flash(button, word) {
  const words = [...button.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  if (!words || button.dataset.flashing) return;
  const before = words.data;
  button.dataset.flashing = "yes";
  words.data = word;
  setTimeout(() => { words.data = before; delete button.dataset.flashing; }, 2000);
}

function copyInputValue(id, button) {
  const input = document.getElementById(id);
  if (!input) return Promise.resolve(false);
  const card = cardOf(input);
  const secret = card && id === `${card.name}_token`;
  return secret ? copyToken(card, button).catch(() => false) : copyWith(button, input.value || input.textContent);
}

async function copyToken(card, button) {
  const token = tokenOf(card);
  if (await copyWith(button, token)) return true;
  showToken(card, await token);
  card.input("token").select();
  card.say(text("token.copy_failed"), true);
  return false;
}

// ---- The token ----

async function tokenOf(card) {
  return (await call(`api/${card.name}/token/reveal`, {})).access_token;
}

function showToken(card, token) {
  card.input("token").value = token;
  label($('[data-action="reveal"]', card.root), text("field.hide"));
  clearTimeout(card.hiding);
  card.hiding = setTimeout(() => card.hideToken(), REVEAL_MS);
}

async function toggleToken(card) {
  const hidden = card.input("token").value === MASK;
  if (hidden) showToken(card, await tokenOf(card));
  else card.hideToken();
  announce(text(hidden ? "token.visible" : "token.hidden"));
}

// ---- Signing in ----

/** Opens the window while the click still counts as one; its address comes later. */
function openWindow(kind) {
  const tab = window.open("about:blank", "_blank", kind === "redirect" ? "" : "popup,width=560,height=760");
  if (!tab) return null;
  tab.opener = null; // SECURITY: the provider's page must not be able to steer this one
  tab.document.title = tab.document.body.textContent = text("flow.opening");
  return tab;
}

function complain(inputs) {
  for (const input of inputs) showError(input, text("field.enter", { field: input.dataset.name }));
  const keys = inputs[0].closest("details");
  if (keys) keys.open = true;
  inputs[0].focus();
}

function connect(card) {
  const panel = card.panel();
  const missing = card.missing();
  if (!panel) return Promise.resolve();
  if (missing.length) return Promise.resolve(complain(missing));
  const { method, kind } = panel.dataset;
  const tab = kind === "key" ? null : openWindow(kind);
  return begin(card, method, kind, tab).catch((failure) => {
    tab?.close();
    throw failure;
  });
}

async function begin(card, method, kind, tab) {
  card.say("");
  await saving; // a key typed just before the click is on its way
  const path = kind === "redirect" || kind === "key" ? "authorize" : "pin/new";
  const answer = await call(`api/${card.name}/${path}`, { method });
  if (kind === "key") return refreshStatus(card);
  const { authorization_url, verification_url = authorization_url, ...rest } = answer;
  const url = webAddress(rest.verification_url_complete ?? verification_url);
  if (!url) throw new Failure(text("flow.link_refused"));
  const flow = { status: "authorization_pending", ...rest, method, verification_url };
  card.apply({ ...card.status, state: "pending", flow });
  tab?.location.replace(url.href);
  show($("[data-blocked]", card.root), !tab);
}

async function disconnect(card) {
  if (!await confirmed(card)) return;
  await call(`api/${card.name}/disconnect`, {});
  await refreshStatus(card);
}

function confirmed(card) {
  const dialog = $("#latchkey-dialog");
  $("h2", dialog).textContent = card.text("dialog.title");
  $("p", dialog).textContent = card.text("dialog.text");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
  });
}

async function refreshToken(card) {
  await call(`api/${card.name}/refresh`, {});
  await refreshStatus(card);
  card.say(card.text("account.refreshed"));
}

async function fillDemo() {
  const saved = await Promise.all(Object.entries(demo?.values ?? {}).map(([path, value]) => saveSetting(path, value)));
  await hydrateAuthFromConfig();
  if (saved.every(Boolean)) announce(text("notice.demo_filled"));
}

const secretOf = (button) => $("[data-secret]", button.closest("[data-field]"));

const actions = {
  connect,
  disconnect,
  reveal: toggleToken,
  refresh: refreshToken,
  "fill-demo": fillDemo,
  cancel: async (card) => { await call(`api/${card.name}/pin/cancel`, {}); await refreshStatus(card); },
  "copy-token": copyToken,
  "copy-pin": (card, button) => copyWith(button, card.input("pin").value),
  "copy-redirect": (card, button) => copyWith(button, card.redirectAddress()),
  peek: (card, button) => peek(button.closest("[data-field]"), secretOf(button).type === "password"),
  keep: (card, button) => setSecretMode(secretOf(button), "saved"),
  replace: (card, button) => { setSecretMode(secretOf(button), "editing"); secretOf(button).focus(); },
  remove: (card, button) => saveSetting(secretOf(button).dataset.path, null),
};

// ---- What the person does ----

async function onClick({ target }) {
  const close = target.closest("[data-close]");
  if (close) close.closest("dialog").close(close.dataset.close);
  const button = target.closest("[data-action]");
  if (!button || button.getAttribute("aria-busy")) return;
  const card = cardOf(button);
  button.setAttribute("aria-busy", "true");
  try {
    await actions[button.dataset.action](card, button);
  } catch (failure) {
    card?.say(failure.message, true);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function onInput({ target }) {
  if (!target.dataset.path) return;
  target.dataset.dirty = "yes";
  cardOf(target)?.updateHint();
}

function onChange({ target }) {
  if (target.type === "radio") cardOf(target)?.choose(target.value);
  if (!target.dataset.path) return;
  const blankSecret = "secret" in target.dataset && !target.value.trim();
  if (!blankSecret) saveSetting(target.dataset.path, target.value);
}

// ---- What the companion tells: events, or else asking ----

const feed = { source: null, timer: 0, delay: 0, opened: 0 };

function receive(status) {
  const card = cards.get(status.provider);
  if (!card || (status.account ?? "default") !== (account ?? "default")) return;
  card.apply(status);
  summarize();
}

function summarize() {
  const known = [...cards.values()].filter((card) => card.status);
  const connected = known.filter((card) => card.status.connected).length;
  const line = document.querySelector("[data-summary]");
  if (line && known.length) line.textContent = text("page.summary", { connected, total: cards.size });
}

async function loadStatus() {
  try {
    const answer = await call("api/status");
    demo = answer.demo ?? null;
    Object.values(answer.providers).forEach(receive);
    showNotices(false);
    return true;
  } catch (failure) {
    showNotices(Boolean(failure.offline));
    return false;
  }
}

function showNotices(offline) {
  show($('[data-notice="offline"]'), offline);
  show($('[data-notice="demo"]'), demo !== null);
  const link = $("[data-demo-link]");
  const url = webAddress(demo?.approve_url);
  show(link, url !== null);
  if (url) link.href = url.href;
}

async function refreshStatus(card) {
  receive(await call(`api/${card.name}/status`));
}

function openFeed() {
  closeFeed();
  feed.opened = Date.now();
  feed.source = new EventSource(endpoint("api/events"));
  feed.source.addEventListener("status", ({ data }) => { heard(); receive(JSON.parse(data)); });
  feed.source.addEventListener("config", ({ data }) => {
    heard();
    if (JSON.parse(data).etag !== configTag) hydrateAuthFromConfig();
  });
  feed.source.addEventListener("error", () => askLater(2000));
  askLater(4000); // a proxy may hold the stream back: until something is heard, ask
}

function heard() {
  clearTimeout(feed.timer);
  feed.delay = 0;
}

function closeFeed() {
  feed.source?.close();
  clearTimeout(feed.timer);
}

function askLater(soonest) {
  const waiting = [...cards.values()].some((card) => card.status?.state === "pending");
  feed.delay = Math.min(Math.max(soonest, feed.delay * 1.5), waiting ? 3000 : 30_000);
  clearTimeout(feed.timer);
  feed.timer = setTimeout(ask, feed.delay);
}

async function ask() {
  const wasOffline = !$('[data-notice="offline"]').hidden;
  const reached = await loadStatus();
  if (reached && wasOffline) await hydrateAuthFromConfig();
  const closed = feed.source.readyState === EventSource.CLOSED;
  if (reached && closed && Date.now() - feed.opened > 20_000) openFeed();
  else if (!document.hidden) askLater(2000);
}

// A hidden page neither asks nor holds one of the browser's six connections; it catches up when it is seen again.
function onVisibility() {
  if (document.hidden) closeFeed();
  else loadStatus().then(openFeed);
}

function onLeave() {
  closeFeed();
  for (const card of cards.values()) card.hideToken();
}

// ---- Beginning ----

async function fetchCards() {
  const response = await fetch(endpoint("api/auth/providers/html")).catch(() => null);
  if (!response?.ok) return;
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  slot.append(template.content);
}

function wire() {
  slot.classList.add("latchkey");
  for (const line of all("[data-t]", $("#latchkey-strings")?.content)) strings.set(line.dataset.t, line.textContent);
  for (const root of all("[data-provider]")) cards.set(root.dataset.provider, new Card(root));
  for (const image of all("img[src]")) {
    const url = new URL(image.getAttribute("src"), base).href;
    if (image.src !== url) image.src = url; // on a page elsewhere, the path is still relative to the companion
  }
  slot.addEventListener("click", onClick);
  slot.addEventListener("input", onInput);
  slot.addEventListener("change", onChange);
  slot.addEventListener("submit", (event) => event.preventDefault()); // every change is saved already
  document.addEventListener("visibilitychange", onVisibility);
  addEventListener("pagehide", onLeave);
  addEventListener("pageshow", ({ persisted }) => { if (persisted) onVisibility(); });
}

/** Fills #auth-providers when it is empty, and brings the cards in it to life. Again is harmless. */
async function mountAuthProviders() {
  const found = document.getElementById("auth-providers");
  if (!found || found === slot) return;
  slot = found;
  if (!$("[data-provider]")) await fetchCards();
  wire();
  await Promise.all([hydrateAuthFromConfig(), loadStatus()]);
  openFeed();
}

async function hydrateAuthFromConfig() {
  try {
    config = await call("api/config");
  } catch {
    return; // loadStatus says that the server is away
  }
  all("[data-path]").forEach(fillField);
  for (const card of cards.values()) card.updateHint();
}

function setValIfExists(id, value) {
  const element = document.getElementById(id);
  if (element && "value" in element) element.value = value;
  else if (element) element.textContent = value;
}

function requestPin(name) {
  const card = cards.get(name);
  if (!card) return Promise.resolve(false);
  const coded = card.panels().find(({ dataset }) => dataset.kind === "device" || dataset.kind === "approval");
  if (coded && !["device", "approval"].includes(card.panel()?.dataset.kind)) card.choose(coded.dataset.method);
  return connect(card).then(() => true, (failure) => { card.say(failure.message, true); return false; });
}

Object.assign(window, { mountAuthProviders, hydrateAuthFromConfig, copyInputValue, setValIfExists, saveSetting });
window.Latchkey = {
  requestPin,
  updateHint: (name) => cards.get(name)?.updateHint(),
  refreshTokenUI: (name) => refreshStatus({ name }).catch(() => undefined),
};

mountAuthProviders();
