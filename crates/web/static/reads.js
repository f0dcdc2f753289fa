// The watch over reads, as it happens: draws the charts of the last ten minutes anew each second, and lists
// what is in flight. The server drew the same picture before; without this file it stands still.
"use strict";
(() => {
  const WIDTH = 600, HEIGHT = 100, LEAST = 0.1;

  // The same rules as on the server: three digits that mean something, and a unit.
  const digits = (value) => {
    const size = Math.abs(value);
    return String(Number(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)));
  };
  const thousands = (value) => (value >= 1e6 ? digits(value / 1e6) + "M" : value >= 1e4 ? digits(value / 1e3) + "k" : digits(value));
  const UNITS = {
    ms: (value) => (value >= 120000 ? digits(value / 60000) + " min" : value >= 1000 ? digits(value / 1000) + " s" : digits(value) + " ms"),
    count: thousands,
    per_s: (value) => thousands(value) + "/s",
    percent: (value) => digits(value) + " %",
  };

  const edge = (unit, log, greatest) => {
    if (log) return 10 ** Math.ceil(Math.log10(Math.max(greatest, 10)) - 1e-9);
    if (unit === "percent") return 100;
    const least = Math.max(greatest, 4);
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= least);
  };
  const height = (log, value, top) => {
    const share = log ? Math.log10(Math.max(value, LEAST) / LEAST) / Math.log10(top / LEAST) : value / top;
    return HEIGHT * (1 - Math.min(1, Math.max(0, share)));
  };

  // Ten minutes of one node: instants, and the values of each series beside them.
  const nodes = new Map();
  let length = 600;
  // Seconds by which the server's clock is ahead of this one.
  let ahead = 0;
  const now = () => Date.now() / 1000 + ahead;

  const push = (name, at, values) => {
    const node = nodes.get(name) || { at: [], values: {} };
    nodes.set(name, node);
    const place = node.at.length;
    node.at.push(at);
    for (const [series, value] of Object.entries(values)) (node.values[series] ||= [])[place] = value;
    while (node.at.length > length) {
      node.at.shift();
      for (const column of Object.values(node.values)) column.shift();
    }
  };

  const drawFigure = (figure, node, until) => {
    const unit = figure.dataset.unit, log = Boolean(figure.dataset.log), from = until - length;
    const paths = [...figure.querySelectorAll("path[data-series]")];
    const inside = (column) => (column || []).filter((value, place) => value != null && node.at[place] >= from);
    const columns = paths.map((path) => inside(node.values[path.dataset.series]));
    const greatest = columns.map((values) => values.reduce((a, b) => Math.max(a, b), -Infinity));
    const top = edge(unit, log, Math.max(0, ...greatest));
    paths.forEach((path, index) => {
      const column = node.values[path.dataset.series] || [];
      let line = "", before = -Infinity;
      node.at.forEach((at, place) => {
        const value = column[place];
        if (value == null || at < from) return;
        const x = (WIDTH * Math.min(1, (at - from) / length)).toFixed(1);
        line += (at - before > 3 ? "M" : "L") + x + " " + height(log, value, top).toFixed(1);
        before = at;
      });
      path.setAttribute("d", line);
      const key = figure.querySelector(`[data-key="${path.dataset.series}"]`);
      const last = column[node.at.length - 1];
      key.querySelector("b").textContent = last == null ? "–" : UNITS[unit](last);
      key.querySelector(".fine span").textContent = greatest[index] === -Infinity ? "–" : UNITS[unit](greatest[index]);
    });
    const scale = log ? [top, Math.sqrt(top * LEAST), LEAST] : [top, top / 2, 0];
    figure.querySelectorAll(".ys span").forEach((span, index) => { span.textContent = UNITS[unit](scale[index]); });
  };

  let asked = false;
  const draw = () => {
    if (asked || document.hidden) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      // Never in the middle of a second: what came last stands at the edge.
      const until = Math.max(...[...nodes.values()].map((node) => node.at[node.at.length - 1] || 0), now() - 5);
      for (const section of document.querySelectorAll("[data-node]")) {
        const node = nodes.get(section.dataset.node);
        if (node) section.querySelectorAll("figure").forEach((figure) => drawFigure(figure, node, until));
      }
    });
  };

  const make = (name, text, className) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.textContent = text;
    return element;
  };
  const flights = new Map();
  const list = () => {
    const groups = [...flights.values()].flatMap(({ node, groups }) => groups.map((group) => ({ ...group, node })));
    groups.sort((a, b) => b.blocking_ms - a.blocking_ms || b.count * b.oldest_ms - a.count * a.oldest_ms);
    const rows = groups.slice(0, 30).map((group) => {
      const row = document.createElement("tr");
      if (group.blocking_ms > 0) row.className = "mo";
      const name = make("th", group.namespace + " ");
      name.scope = "row";
      name.append(make("span", group.node, "fine"));
      const operation = make("td", (group.shape.startsWith(group.command) ? group.shape : group.command + " " + group.shape) + " ", "mono");
      if (group.blocking_ms > 0) operation.append(make("b", "keeps readers out for " + UNITS.ms(group.blocking_ms), "blocks"));
      if (group.message) operation.append(make("span", group.message, "fine"));
      row.append(name, operation, make("td", group.internal ? "(the server)" : group.app), make("td", group.plan, "mono"),
        make("td", group.count, "num"), make("td", group.waiting, "num"), make("td", UNITS.ms(group.oldest_ms), "num"));
      return row;
    });
    document.getElementById("groups").replaceChildren(...rows);
    document.getElementById("none").hidden = rows.length > 0;
    const locked = [...flights.values()].some((flight) => flight.fsync_locked);
    document.getElementById("fsync").textContent = locked ? "fsyncLock is held" : "";
  };
  const take = (flight) => {
    flights.set(flight.node, { ...flight, groups: flight.groups.filter((group) => !group.tailing) });
  };

  // Fetches the page as the server would draw it now, and takes these parts of it over.
  const again = async (...ids) => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ids) {
      const [old, next] = [document.querySelector(id), fresh.querySelector(id)];
      // Nobody loses the place at which they are.
      if (old && next && !old.contains(document.activeElement)) {
        const open = [...old.querySelectorAll("details[open] > summary")].map((it) => it.textContent);
        old.replaceChildren(...next.childNodes);
        for (const summary of old.querySelectorAll("details > summary")) {
          if (open.includes(summary.textContent)) summary.parentElement.open = true;
        }
      }
    }
    document.dispatchEvent(new Event("watchkeeper:fresh"));
  };

  const follow = (place) => {
    length = Number(place.dataset.length);
    const source = new EventSource(place.dataset.stream);
    const on = (kind, work) => source.addEventListener(kind, ({ data }) => work(JSON.parse(data)));
    on("begin", (begin) => {
      ahead = Date.parse(begin.now) / 1000 - Date.now() / 1000;
      nodes.clear();
      for (const [name, { at, values }] of Object.entries(begin.history)) nodes.set(name, { at, values });
      for (const node of begin.database.nodes) if (node.in_flight) take(node.in_flight);
      list();
      draw();
    });
    on("frames", ({ at, nodes: seconds }) => {
      const second = Date.parse(at) / 1000;
      for (const [name, values] of Object.entries(seconds)) push(name, second, values);
      draw();
      if (!document.hidden) list();
    });
    on("in_flight", take);
    // The verdict is told by the server's own words, and a band over the charts comes with it.
    on("verdict", () => again("#condition", "#standing").catch(() => {}));
    document.addEventListener("visibilitychange", draw);
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
  };

  document.addEventListener("DOMContentLoaded", () => {
    const place = document.querySelector("[data-stream]");
    if (place && window.EventSource) follow(place);
    const still = document.querySelector("[data-again]");
    if (still) setInterval(() => { if (!document.hidden) again("[data-again]").catch(() => {}); }, 1000 * still.dataset.again);
  });
})();
