// What the pages can do beyond themselves: the reader's colours and clock, a list that filters while one
// types, and news without reloading. Every page works without this file.
"use strict";
(() => {
  const root = document.documentElement;
  const remembered = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const paint = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  // At once, while the head is read, so that nothing flashes.
  paint(remembered());

  // What the page says, in its language.
  const words = JSON.parse(root.dataset.words);
  const fill = (sentence, values) => sentence.replace(/{(\w+)}/g, (_, name) => values[name]);

  const DAY = { day: "numeric", month: words.month, year: "numeric" };
  const HOUR = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const write = (date, shape, zone) => new Intl.DateTimeFormat(words.locale, { ...shape, timeZone: zone }).format(date);
  const units = [86400, 3600, 60, 1].map((size, at) => [size, words.units[at]]);

  // "54m", "1h 11m": the same rule as on the server, two units at most.
  const span = (seconds) => {
    const at = units.findIndex(([size]) => seconds >= size);
    if (at < 0) return "0" + words.units[3];
    const [size, unit] = units[at];
    const rest = at < 2 ? Math.floor((seconds % size) / units[at + 1][0]) : 0;
    return Math.floor(seconds / size) + unit + (rest ? " " + rest + units[at + 1][1] : "");
  };
  // Milliseconds by which the server's clock is ahead of the reader's; unknown until the server has said.
  let ahead = null;
  const age = (date, due) => {
    const seconds = Math.round((Date.now() + ahead - date) / 1000);
    if (seconds < 0) return fill(words.ahead, { age: span(-seconds) });
    if (due) return words.now;
    return seconds === 0 ? words.justNow : fill(words.ago, { age: span(seconds) });
  };

  // The reader's own zone first, UTC beside it. Where they are the same, the page is right as it is.
  const localise = (time) => {
    const date = new Date(time.dateTime);
    if (isNaN(date)) return;
    const kind = time.dataset.as || "full";
    if (kind === "day" || kind === "age") {
      time.title = write(date, { ...DAY, ...HOUR }, "UTC") + " UTC";
      return;
    }
    const utc = write(date, HOUR, "UTC");
    const here = write(date, HOUR);
    const sameDay = write(date, DAY) === write(date, DAY, "UTC");
    if (here === utc && sameDay) return;
    const day = kind === "full" ? DAY : kind === "short" || !sameDay ? { day: "numeric", month: "short" } : null;
    const words = (day ? write(date, day) + ", " : "") + here + " ";
    const beside = document.createElement("small");
    beside.className = "utc";
    beside.textContent = (sameDay ? "" : write(date, { day: "numeric", month: "short" }, "UTC") + ", ") + utc + " UTC";
    time.replaceChildren(words, beside);
  };
  const axis = () => {
    const marks = document.querySelectorAll("text[data-at]");
    let moved = false;
    for (const mark of marks) {
      const here = write(new Date(mark.dataset.at), HOUR);
      moved ||= here !== mark.textContent;
      mark.textContent = here;
    }
    if (moved) document.getElementById("axis").textContent = words.axis;
  };
  const tick = () => {
    if (ahead === null) return;
    for (const time of document.querySelectorAll("time[data-ticks]")) {
      time.textContent = age(new Date(time.dateTime), time.dataset.ticks === "due");
    }
  };

  const themes = () => {
    const group = document.getElementById("theme");
    if (!group) return;
    const show = () => {
      const chosen = root.dataset.theme || "system";
      for (const button of group.children) button.setAttribute("aria-pressed", button.dataset.themeIs === chosen);
    };
    group.addEventListener("click", ({ target }) => {
      const theme = target.dataset.themeIs;
      if (!theme) return;
      try { theme === "system" ? localStorage.removeItem("theme") : localStorage.setItem("theme", theme); } catch { /* not remembered */ }
      paint(theme);
      show();
    });
    group.hidden = false;
    show();
  };

  const filter = () => {
    const input = document.querySelector("[data-filters]");
    const list = input && document.getElementById(input.dataset.filters);
    if (!list) return;
    const found = document.getElementById("found");
    const { total } = found.dataset;
    const apply = () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      for (const item of list.children) {
        item.hidden = !item.dataset.key.includes(wanted);
        shown += !item.hidden;
      }
      found.textContent = fill(words.shown, { shown, total });
    };
    input.addEventListener("input", apply);
    if (input.value) apply();
  };

  const prepare = () => {
    document.querySelectorAll("time").forEach(localise);
    axis();
    filter();
  };

  const say = (words) => { document.getElementById("live").textContent = words; };

  // The same link or fold in another rendering: by what it is, where it leads and what it says.
  const name = (it) => it.localName + " " + (it.getAttribute("href") || it.textContent);
  const alike = (main, wanted) => [...main.querySelectorAll("a, button, summary")].filter((it) => name(it) === wanted);

  // Puts the new page in place of the old one: what was unfolded stays so, and so do focus and place.
  const swap = async () => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [main, next] = [document.getElementById("main"), fresh.getElementById("main")];
    if (!next || main.innerHTML === next.innerHTML) return;
    const typed = document.activeElement;
    // Nobody is interrupted while typing.
    if (main.contains(typed) && typed.matches("input, textarea, select")) { pending = true; return; }
    const open = [...main.querySelectorAll("details[open] > summary")].map((it) => it.textContent);
    const held = main.contains(typed) && typed !== main ? name(typed) : null;
    const rank = held ? alike(main, held).indexOf(typed) : 0;
    const place = scrollY;
    main.replaceChildren(...next.childNodes);
    document.title = fresh.title;
    const asOf = fresh.querySelector(".asof");
    if (asOf) document.querySelector(".asof").replaceWith(asOf);
    for (const summary of main.querySelectorAll("details > summary")) {
      if (open.includes(summary.textContent)) summary.parentElement.open = true;
    }
    prepare();
    if (held) (alike(main, held)[rank] || main).focus({ preventScroll: true });
    scrollTo({ top: place, behavior: "instant" });
    say(words.updated);
  };

  let pending = false;
  let due = 0;
  const listen = () => {
    const path = document.body.dataset.live;
    if (!path || !window.EventSource) return;
    const refresh = () => {
      // Spread over a second, so that a thousand readers do not ask in the same instant.
      clearTimeout(due);
      due = setTimeout(() => swap().catch(() => {}), 100 + Math.random() * 900);
    };
    const source = new EventSource(document.body.dataset.events);
    let lost = false;
    source.onmessage = ({ data }) => {
      let news = {};
      try { news = JSON.parse(data); } catch { return; }
      if (news.now) { ahead = Date.parse(news.now) - Date.now(); tick(); }
      if ([path, location.pathname, "*"].some((it) => news.paths?.includes(it))) refresh();
    };
    source.onerror = () => { lost = true; };
    // What happened while the line was down was not told, so look once.
    source.onopen = () => { if (lost) { lost = false; refresh(); } };
    document.addEventListener("focusout", () => { if (pending) { pending = false; refresh(); } });
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
  };

  document.addEventListener("DOMContentLoaded", () => {
    themes();
    prepare();
    tick();
    // Pages that replace parts of themselves say so.
    document.addEventListener("watchkeeper:fresh", prepare);
    setInterval(tick, 10000);
    listen();
  });
})();
