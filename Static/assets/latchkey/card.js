// One provider on the page. apply() takes the companion's STATUS and makes the card look like it.

import { account, base, call, webAddress } from "./companion.js";
import { clearField } from "./fields.js";
import { $, MASK, all, language, relabel, relative, setValIfExists, show, text } from "./page.js";

const NOTHING_WRONG = new Set(["ok", "authorization_pending", "slow_down"]);
const ENDED = new Set(["access_denied", "expired_token", "already_used", "invalid_code", "app_rejected", "cancelled"]);
const NEEDS_NEW_CODE = new Set(["expired_token", "already_used", "invalid_code"]);
const TOLD_BY_SERVER = new Set(["app_rejected", "invalid_code", "unreachable"]); // its sentence knows the cause
const LAST_SECOND = 8.64e12; // of a Date; beyond it, its methods throw
const TONES = {
  connected: "good",
  pending: "wait",
  expiring: "warn",
  expired: "warn",
  unreachable: "warn",
  reconnect_needed: "bad",
  misconfigured: "bad",
};

export class Card {
  constructor(root) {
    this.root = root;
    this.name = root.dataset.provider;
    /** The account that it shows, and all that are known. */
    this.account = account;
    this.accounts = new Set([account]);
    this.status = null;
    this.link = null;
    this.deadline = 0;
    this.clock = 0;
    this.hiding = 0;
  }

  find(selector) { return $(selector, this.root); }
  part(name) { return this.find(`[data-part="${name}"]`); }
  panels() { return all("[data-method]", this.root); }
  panel() { return this.panels().find((panel) => !panel.hidden) ?? null; }
  element(key) { return document.getElementById(`${this.name}_${key}`); }
  text(key, values) { return text(key, { label: this.root.dataset.label, ...values }); }

  /** Calls one of the provider's endpoints about the account that the card shows. */
  call(path, body) { return call(`api/${this.name}/${path}`, body, this.account); }

  /** Makes it ready to show another account. */
  reset(name) {
    this.hideToken();
    this.endFlow();
    this.say("");
    this.showFindings([]);
    for (const input of all("[data-path]", this.root)) clearField(input);
    Object.assign(this, { account: name, status: null });
  }

  /** Unfolds the card. Nothing folds one but the person. */
  open() { this.root.open = true; }

  /** Shows a sentence, and below it a link to a page that helps further. */
  say(sentence, failed = false, page = null) {
    const link = this.find("[data-help]");
    if (failed) this.open();
    this.find("[data-say]").textContent = failed ? "" : sentence;
    this.find("[data-alert]").textContent = failed ? sentence : "";
    show(link, page !== null);
    if (page) Object.assign(link, { href: page.href, textContent: page.host });
  }

  /** Chooses a way to connect; the ways of other providers are ignored. */
  choose(id) {
    if (!this.panels().some((panel) => panel.dataset.method === id)) return;
    for (const panel of this.panels()) show(panel, panel.dataset.method === id);
    const radio = this.element(`method_${id}`);
    if (radio) radio.checked = true;
    this.updateHint();
  }

  /** The input of the chosen method for something that is sent once and not stored. */
  once(key) { return this.entered().find((input) => input.dataset.once === key) ?? null; }

  isNeeded(input) { return (this.panel()?.dataset.needs ?? "").split(" ").includes(input.dataset.once); }

  /** Whether what is typed into a field is saved only when the provider has found it good: the keys of a method that has
      nothing else. An address is not among them; what answers there is said as soon as it is entered. */
  holds(input) {
    const { kind, needs = "" } = this.panel()?.dataset ?? {};
    return kind === "key" && input.type !== "url" && needs.split(" ").includes(input.closest("[data-field]").dataset.field);
  }

  /** The inputs with something in them that waits for that. */
  held() { return all("[data-path][data-dirty]", this.root).filter((input) => input.value.trim() && this.holds(input)); }

  /** The inputs of the chosen method for what is sent once. */
  entered() { return this.panel() ? all("[data-once]", this.panel()) : []; }

  /** The inputs that the chosen method needs and that are empty. */
  missing() {
    if (this.status?.shared_keys || this.status?.default_keys) {
      return this.entered().filter((input) => this.isNeeded(input) && !input.value.trim());
    }
    const needs = (this.panel()?.dataset.needs ?? "").split(/[\s,]+/).filter(Boolean);
    const inputs = needs.map((key) => this.once(key) ?? this.element(key));
    return inputs.filter((input) => input && !input.value.trim());
  }

  updateHint() {
    show(this.element("hint"), this.missing().some((input) => !input.dataset.once) && this.status?.state !== "pending");
    for (const element of all("[data-shared-keys]", this.root)) show(element, Boolean(this.status?.shared_keys));
    for (const element of all("[data-default-keys]", this.root)) show(element, Boolean(this.status?.default_keys));
    const address = this.redirectAddress();
    setValIfExists(`${this.name}_redirect`, address);
    for (const element of all("[data-needs-redirect]", this.root)) show(element, address !== "");
    const isOwn = this.panel()?.dataset.kind === "redirect";
    for (const element of all("[data-own-redirect]", this.root)) show(element, isOwn);
    if (!isOwn) this.showFindings([]);
    const problem = isOwn ? this.status?.redirect_problem ?? "" : "";
    const place = this.find("[data-redirect-problem]");
    if (place) place.textContent = problem;
    show(place, problem !== "");
    this.showFields();
  }

  /** Shows the fields of the chosen method, and no heading where there are none. */
  showFields() {
    const chosen = this.panel()?.dataset.method;
    for (const field of all("[data-methods]", this.root)) {
      show(field, !chosen || field.dataset.methods.split(" ").includes(chosen));
    }
    const keys = this.part("keys");
    show(keys, all("[data-field], [data-own-address]", keys).some((field) => !field.hidden));
  }

  /** What the app's registration asks for: the provider's fixed address for codes, our own for redirects. */
  redirectAddress() {
    if (this.panel()?.dataset.kind === "redirect") return this.status?.redirect_uri ?? "";
    return this.find("[data-oob]")?.dataset.oob ?? "";
  }

  /** What the check of the redirect address found. */
  showFindings(findings) {
    this.find("[data-findings]")?.replaceChildren(...findings.map(({ level, message, hint }) => {
      const item = document.createElement("li");
      item.dataset.level = level;
      const word = document.createElement("strong");
      word.textContent = text(`finding.${level}`);
      item.append(word, " ", [message, hint].filter(Boolean).join(" "));
      return item;
    }));
  }

  apply(status) {
    const before = this.status;
    const sameState = status.state === before?.state;
    this.status = status;
    if (!sameState) this.changed(before === null);
    if (!sameState || status.flow?.status !== before?.flow?.status) this.explain(before);
    this.showChip();
    this.showAccount();
    this.showDoubts();
    this.showFlow();
    this.showConnect();
    this.updateHint();
    this.keepFocus();
  }

  changed(first) {
    const { state, connected, configured, method, flow } = this.status;
    this.root.dataset.state = state;
    this.choose(flow?.method ?? method);
    if (TONES[state]) this.open(); // it is in use: connected, on the way to it, or in trouble
    if (!connected) this.hideToken();
    const keys = this.part("keys");
    if (!keys) return;
    if (first) keys.open = !configured;
    // Not on every change: the keys must not fold away between typing the first and the second.
    if (connected || state === "pending") keys.open = false;
    if (state === "not_set_up" || state === "misconfigured") keys.open = true;
  }

  /** One sentence for every state that needs one, and for every end of a flow. */
  explain(before) {
    const { state, flow, message, hint, connected, linked_at } = this.status;
    const stateText = this.text(`state.${state}`);
    if (state === "pending") this.say(this.text(`status.${flow?.status ?? "authorization_pending"}`) || message);
    // Of a connection that is there and in trouble the companion knows the cause.
    else if (state === "expiring" || (linked_at && (state === "unreachable" || state === "reconnect_needed"))) {
      this.say([message, hint].filter(Boolean).join(" "), state !== "expiring");
    }
    // Less was allowed than was asked for: what will not work.
    else if (connected && this.status.not_granted) this.say([message, hint].filter(Boolean).join(" "));
    // Connecting anew may have failed while the connection stayed: also when the answer to the click is there already.
    else if (flow && !NOTHING_WRONG.has(flow.status) && (before?.connected || !connected)) this.explainEnd(flow);
    else if (connected) this.say(before && !before.connected ? this.text("status.ok") : "");
    else if (stateText) this.say(stateText, true);
    else this.say(before?.connected ? this.text("account.disconnected") : "");
  }

  explainEnd({ status, message, hint }) {
    const told = [message, hint].filter(Boolean).join(" ");
    const sentence = (TOLD_BY_SERVER.has(status) && told) || this.text(`status.${status}`) || told;
    this.say(sentence, status !== "cancelled");
  }

  showChip() {
    const { state, message } = this.status;
    const chip = this.find("[data-chip]");
    chip.textContent = text(`chip.${state}`) || message;
    chip.dataset.tone = TONES[state] ?? "off";
    show(chip, true);
  }

  showAccount() {
    const { state, connected, linked_at, account_name: name, expires_at } = this.status;
    const expires = Math.abs(expires_at) <= LAST_SECOND ? expires_at : null;
    const linked = Boolean(linked_at) || state === "expired" || state === "reconnect_needed";
    show(this.part("account"), connected || (linked && state !== "pending"));
    show(this.find("[data-who]"), Boolean(name));
    this.showAvatar();
    this.find("[data-account-name]").textContent = name ?? "";
    show(this.find("[data-token]"), connected);
    show(this.find("[data-expiry]"), Boolean(expires));
    const fresh = this.status.can_refresh ?? Boolean(expires);
    show(this.find('[data-action="refresh"]'), fresh && state !== "reconnect_needed");
    if (expires) this.showExpiry(expires * 1000);
  }

  /** The picture comes through the companion, so that no other site hears of this page. */
  showAvatar() {
    const image = this.find("[data-avatar]");
    const path = this.status.account_avatar ?? "";
    if (image.dataset.avatar === path) return;
    image.dataset.avatar = path;
    show(image, false);
    image.onload = () => show(image, true);
    if (path) image.src = new URL(path, base);
  }

  /** What is not as safe as it could be, said as long as it is so. */
  showDoubts() {
    const { state, unverified_tls, unchecked, connected } = this.status;
    show(this.find("[data-unverified]"), Boolean(unverified_tls));
    show(this.find("[data-unchecked-note]"), Boolean(unchecked));
    for (const note of all("[data-before]", this.root)) show(note, !connected && state !== "pending");
    for (const button of all('[data-action="save-unchecked"]', this.root)) show(button, false);
  }

  showExpiry(when) {
    const date = new Date(when);
    const time = this.find("[data-expiry] time");
    const key = when > Date.now() ? "account.expires" : "account.expired";
    this.find("[data-when]").textContent = text(key, { when: relative(when - Date.now()) });
    time.dateTime = date.toISOString();
    time.textContent = date.toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
  }

  showConnect() {
    const { state, connected, can_refresh, flow } = this.status;
    const again = state === "expired" || state === "expiring" || state === "reconnect_needed";
    const renewed = state === "expiring" && can_refresh;
    const wanted = !connected || state === "expiring" || this.held().length > 0;
    for (const part of ["connect", "methods"]) show(this.part(part), wanted && state !== "pending" && !renewed);
    for (const panel of this.panels()) {
      const button = $('[data-action="connect"]', panel);
      const { kind, method } = panel.dataset;
      const renew = kind === "device" && flow?.method === method && NEEDS_NEW_CODE.has(flow.status);
      button.textContent = renew ? text("method.new_code") : again ? text("method.again") : button.dataset.text;
    }
  }

  showFlow() {
    const { state, flow } = this.status;
    const live = state === "pending" && flow && !ENDED.has(flow.status);
    show(this.part("flow"), Boolean(live));
    if (!live) return this.endFlow();
    setValIfExists(`${this.name}_pin`, flow.user_code ?? "");
    show(this.find("[data-code]"), Boolean(flow.user_code));
    this.showLink(webAddress(flow.verification_url_complete) ?? webAddress(flow.verification_url) ?? this.link);
    if (flow.expiresIn > 0) this.count(flow.expiresIn);
  }

  endFlow() {
    clearInterval(this.clock);
    this.link = null;
    this.deadline = 0;
    show(this.find("[data-blocked]"), false);
    show(this.find("[data-time]"), false);
  }

  showLink(url) {
    const link = this.find("[data-link]");
    this.link = url;
    show(link, url !== null);
    if (!url) return;
    link.href = url.href;
    $("[data-host]", link).textContent = url.host;
  }

  count(seconds) {
    const deadline = Date.now() + seconds * 1000;
    // Events carry whole seconds: without this the clock would jump back and forth by one.
    if (Math.abs(deadline - this.deadline) < 2000) return;
    this.deadline = deadline;
    this.find("progress").max = seconds;
    show(this.find("[data-time]"), true);
    clearInterval(this.clock);
    this.clock = setInterval(() => this.tick(), 1000);
    this.tick();
  }

  tick() {
    const left = Math.max(0, Math.round((this.deadline - Date.now()) / 1000));
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    this.find("progress").value = left;
    this.find("[data-countdown]").textContent = text("flow.left", { time });
    if (left > 0) return;
    const flow = { ...this.status.flow, status: "expired_token" };
    this.apply({ ...this.status, state: "needs_sign_in", flow }); // until the companion says it itself
  }

  showToken(token, milliseconds) {
    setValIfExists(`${this.name}_token`, token);
    relabel(this.find('[data-action="reveal"]'), text("field.hide"));
    clearTimeout(this.hiding);
    this.hiding = setTimeout(() => this.hideToken(), milliseconds);
  }

  hideToken() {
    clearTimeout(this.hiding);
    setValIfExists(`${this.name}_token`, MASK);
    relabel(this.find('[data-action="reveal"]'), text("field.show"));
  }

  /** Focus must not fall back to the top of the page when the button that had it goes away. */
  keepFocus() {
    if (!this.root.contains(document.activeElement) || document.activeElement.checkVisibility()) return;
    const wanted = ["[data-link]", '[data-action="cancel"]', '[data-action="connect"]', ".head"];
    const inOrder = wanted.flatMap((selector) => all(selector, this.root));
    inOrder.find((element) => element.checkVisibility())?.focus();
  }
}
