// What the companion tells: by its events, or else by asking with growing pauses.

import { DEFAULT, account, call, endpoint, webAddress } from "./companion.js";
import { configChanged, hydrateAuthFromConfig } from "./fields.js";
import { $, cards, show, text } from "./page.js";

const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 30_000;
const LONGEST_WHILE_WAITING = 3000;
const MOST_FOLLOWED = 32; // of one stream

let source = null;
let opened = 0;
let followed = [];
let timer = 0;
let pause = 0;
let demo = null;
let visitor = null;

export const demoValues = () => demo?.values ?? {};

function receive(status) {
  const card = cards.get(status.provider);
  if (!card || (status.account ?? DEFAULT) !== card.account) return;
  try {
    card.apply(status);
  } catch (failure) {
    reportError(failure); // one card that cannot show its status must not keep the others from showing theirs
  }
  summarize();
}

function summarize() {
  const known = [...cards.values()].filter(({ status }) => status);
  const connected = known.filter(({ status }) => status.connected).length;
  const line = document.querySelector("[data-summary]");
  if (line) line.textContent = text("page.summary", { connected, total: cards.size });
}

/** Asks for the state of what one card shows, as after a button's work. */
export async function refreshStatus(card) {
  receive(await card.call("status"));
}

const others = () => [...cards.values()].filter((card) => card.account !== account);

/** Asks for all. False when the companion is not there. */
export async function loadStatus() {
  try {
    const answer = await call("api/status");
    if (goHome(Object.values(answer.providers))) return true;
    demo = answer.demo ?? null;
    visitor = answer.visitor ?? null;
    Object.values(answer.providers).forEach(receive);
    await Promise.all(others().map((card) => refreshStatus(card).catch(() => undefined)));
    showNotices("");
    return true;
  } catch (failure) {
    showNotices(failure.offline ? text("notice.offline") : failure.message);
    return false;
  }
}

/* This machine has several names, and a cookie belongs to one of them: providers send the browser back to the configured
   one, so the page moves there. Other names are left alone; they may be a network's own. */
function goHome([status]) {
  const home = webAddress(status?.redirect_uri);
  const isHere = (host) => host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
  if (!home || home.host === location.host || home.port !== location.port) return false;
  if (!isHere(home.hostname) || !isHere(location.hostname)) return false;
  location.replace(home.origin + location.pathname + location.search + location.hash);
  return true;
}

function showNotices(problem) {
  const link = $("[data-demo-link]");
  const url = webAddress(demo?.approve_url);
  const notice = $('[data-notice="problem"]');
  // Only when it is another sentence, for each change is read out.
  if (notice.textContent !== problem) notice.textContent = problem;
  show(notice, problem !== "");
  show($('[data-notice="demo"]'), demo !== null);
  show($('[data-notice="visitor"]'), visitor !== null);
  $("[data-visitor]").textContent = visitor?.name ?? "";
  show(link, url !== null);
  if (url) link.href = url.href;
}

export function openFeed() {
  closeFeed();
  opened = Date.now();
  source = new EventSource(streamAddress());
  source.addEventListener("status", ({ data }) => { catchUp(); receive(JSON.parse(data)); });
  source.addEventListener("config", ({ data }) => { catchUp(); configChanged(JSON.parse(data)); });
  source.addEventListener("error", () => askLater());
  askLater(); // a proxy may hold the stream back: until something is heard, ask
}

function streamAddress() {
  const url = endpoint("api/events");
  followed = [...new Set(others().map((card) => card.account))].slice(0, MOST_FOLLOWED);
  for (const name of followed) url.searchParams.append("also", name);
  return url;
}

/** Hears of the accounts, too, that cards have begun to show. */
export function followAccounts() {
  if (source && !document.hidden && !others().every((card) => followed.includes(card.account))) openFeed();
}

export function closeFeed() {
  source?.close();
  heard();
}

function heard() {
  clearTimeout(timer);
  timer = 0;
  pause = 0;
}

const isAway = () => !$('[data-notice="problem"]').hidden;

// The stream may be back before anybody has asked: then the notice goes, and what was missed is fetched.
function catchUp() {
  heard();
  if (!isAway()) return;
  showNotices("");
  loadStatus().then((reached) => reached && hydrateAuthFromConfig());
}

function askLater() {
  if (timer) return;
  const waiting = [...cards.values()].some(({ status }) => status?.state === "pending");
  pause = Math.min(Math.max(FIRST_PAUSE, pause * 1.5), waiting ? LONGEST_WHILE_WAITING : LONGEST_PAUSE);
  timer = setTimeout(ask, pause);
}

async function ask() {
  const wasAway = isAway();
  const reached = await loadStatus();
  timer = 0;
  if (reached && wasAway) await hydrateAuthFromConfig();
  const retry = source.readyState === EventSource.CLOSED && Date.now() - opened > LONGEST_PAUSE;
  if (document.hidden) return;
  if (reached && retry) openFeed();
  else askLater();
}

// A hidden page neither asks nor holds one of the browser's few connections; it catches up when it is seen again.
export function onVisibility() {
  if (document.hidden) closeFeed();
  else loadStatus().then(openFeed);
}
