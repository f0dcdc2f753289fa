// The web client: opens conversations through the API as an agent does, and shows for how long they take.
// Never hides a wait: what is not there yet counts on the screen.
"use strict";

const SLOW_MS = 1000;
const NEXT_MS = 2000;
const LOOK_MS = 500;
const HISTORY = 120;
const TEAM = 7;

const at = (id) => document.getElementById(id);
const history = new Map();
let environment = "PROD1";
let lines = [];
let open = -1;
let asked = 0;
let inboxAsked = false;

const spell = (ms) => (ms < SLOW_MS ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

function element(name, text, properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  made.textContent = text;
  return made;
}

async function ask(path) {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

async function loadInbox() {
  const of = environment;
  at("loading").textContent = `loading the inbox from ${of} …`;
  const found = await ask(`/api/${of}/inbox/${TEAM}`).catch(() => null);
  if (!found || of !== environment) return;
  lines = found;
  at("inbox").replaceChildren(...lines.map((line, place) => {
    const button = element("button", line.subject);
    button.append(element("small", line.customer));
    button.addEventListener("click", () => show(place));
    const item = element("li", "");
    item.append(button);
    return item;
  }));
}

async function show(place) {
  const line = lines[place];
  const mine = ++asked;
  const began = performance.now();
  open = place;
  at("inbox").querySelectorAll("button").forEach((button, other) => {
    button.toggleAttribute("aria-current", other === place);
  });
  at("subject").textContent = line.subject;
  const tell = (text, slow) => {
    if (mine !== asked) return;
    at("loading").textContent = text;
    at("loading").classList.toggle("slow", slow);
  };
  const count = setInterval(() => {
    const waited = performance.now() - began;
    if (waited > 200) tell(`loading from ${environment} for ${spell(waited)} …`, waited > SLOW_MS);
  }, 100);
  try {
    const messages = await ask(`/api/${environment}/conversations/${line.id}`);
    const took = performance.now() - began;
    tell(`loaded from ${environment} in ${spell(took)}`, took > SLOW_MS);
    if (mine === asked) at("messages").replaceChildren(...messages.map(message));
  } catch (error) {
    tell(`${environment}: ${error.message}`, true);
  } finally {
    clearInterval(count);
    if (mine === asked) asked = 0;
  }
}

function message({ author, body }) {
  const item = element("li", "", { className: author === "customer" ? "" : "mine" });
  item.append(element("small", author), element("span", body));
  return item;
}

async function next() {
  // As an agent: one conversation after the other, and waiting while one does not come.
  if (lines.length === 0 && !inboxAsked) {
    inboxAsked = true;
    await loadInbox();
    inboxAsked = false;
  }
  if (lines.length > 0 && asked === 0) await show((open + 1) % lines.length);
}

function card({ name, median_ms, p99_ms, waiting, served, failed }) {
  const seen = [...(history.get(name) ?? []), p99_ms].slice(-HISTORY);
  history.set(name, seen);
  const slow = p99_ms > SLOW_MS || failed > 0;
  const id = `environment-${name}`;
  let button = at(id);
  if (!button) {
    button = element("button", "", { id });
    button.innerHTML = '<strong></strong><svg aria-hidden="true" viewBox="0 0 120 30" preserveAspectRatio="none"><polyline/></svg><small></small>';
    button.addEventListener("click", () => choose(name));
    const item = element("li", "");
    item.append(button);
    at("environments").append(item);
  }
  button.classList.toggle("slow", slow);
  button.setAttribute("aria-pressed", String(name === environment));
  button.querySelector("strong").textContent = `${name}: ${spell(p99_ms)}`;
  const troubles = failed > 0 ? `, ${failed} failed` : "";
  button.querySelector("small").textContent =
    `99 % of users; half: ${spell(median_ms)}. ${Math.round(served / 2)}/s served, ${waiting} wait${troubles}`;
  // From 1 ms at the bottom to 10 s at the top, by powers of ten; the newest is at the right.
  const height = (ms) => 29 - 28 * Math.min(1, Math.log10(Math.max(1, ms)) / 4);
  const points = seen.map((ms, place) => `${HISTORY - seen.length + place},${height(ms).toFixed(1)}`);
  button.querySelector("polyline").setAttribute("points", points.join(" "));
}

async function choose(name) {
  environment = name;
  open = -1;
  asked = 0;
  await loadInbox();
}

function stalled(stall, failed) {
  document.querySelectorAll("[data-stall]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.stall === stall?.name));
  });
  at("stall").classList.toggle("on", Boolean(stall));
  at("stop").hidden = !stall;
  at("stall").textContent = stall
    ? `Now: ${stall.story} It ends by itself in ${Math.ceil(stall.left_ms / 1000)} s.`
    : (failed ?? "Nothing stalls them. Each way ends by itself after 25 s.");
}

async function look() {
  try {
    const now = await ask("/api/now");
    now.environments.forEach(card);
    stalled(now.stall, now.failed);
  } catch {
    at("stall").textContent = "The demo has ended.";
  }
  setTimeout(look, LOOK_MS);
}

document.querySelectorAll("[data-stall]").forEach((button) => {
  button.addEventListener("click", () => fetch(`/stalls/${button.dataset.stall}`, { method: "POST" }));
});
at("stop").addEventListener("click", () => fetch("/stalls/none", { method: "POST" }));
look();
next();
setInterval(next, NEXT_MS);
