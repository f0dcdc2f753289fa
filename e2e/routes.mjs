// The list of all addresses, as the router has it, so that no page is left out of the tests by being linked from nowhere.

import { readFile, readdir } from "node:fs/promises";

const ROUTES = new URL("../crates/web/src/routes.rs", import.meta.url);
const GATE = new URL("../crates/web/src/gate.rs", import.meta.url);
const LINKS = new URL("../crates/web/src/view/link.rs", import.meta.url);
/** What answers a GET and is no page of its own, or one that the demo cannot lead to. */
const LEFT_OUT = [
  [/^\/(api|assets|embed)\//, "read by programs"],
  [/^\/(events|robots\.txt|healthz|readyz|metrics)$/, "read by programs"],
  [/^\/vendors\/\{slug\}\/(incidents|raw)\//, "leads to another page, or is a document as text"],
  [/^\/console\/elsewhere/, "leads to the issuer of accounts and back"],
  [/^\/(confirm|subscription|unsubscribe)\/\{token\}$/, "needs a letter"],
  [/^\/enter$/, "needs a page with a password"],
  [/^\/console\/held\/\{id\}$/, "needs something that is held"],
  [/^\/console\/reads\/\{name\}$/, "needs a database"],
  [/^\/console\/incidents\/\{id\}\/evidence$/, "needs a database whose reads have stalled"],
];

/** The patterns of pages that are neither among these paths nor named in any test. */
export async function pagesNobodySaw(paths) {
  const words = await named();
  const seen = [...paths.map((path) => path.split("?")[0]), ...words];
  const pages = (await patterns()).filter((pattern) => !LEFT_OUT.some(([left]) => left.test(pattern)));
  if (pages.length < 10) throw new Error(`only ${pages.length} pages in the list of addresses`);
  return pages.filter((pattern) => {
    const shape = new RegExp(`^${pattern.replace(/\{\w+\}/g, "[^/]+")}$`);
    return !seen.some((path) => shape.test(path));
  });
}

/** Every pattern of the router that answers a GET. */
async function patterns() {
  const constants = new Map();
  for (const file of [ROUTES, GATE, LINKS]) {
    for (const [, name, path] of (await readFile(file, "utf8")).matchAll(/const (\w+): &str = "([^"]+)"/g)) constants.set(name, path);
  }
  const found = (await readFile(ROUTES, "utf8")).matchAll(/\.route\(\s*(?:"([^"]+)"|(?:\w+::)?([A-Z]+)),\s*get\(/g);
  return [...found].map(([, path, name]) => path ?? constants.get(name) ?? name);
}

/** Paths that tests of the browser name in so many words; `${…}` stands for one part. */
async function named() {
  const folder = new URL("./", import.meta.url);
  const files = (await readdir(folder)).filter((name) => name.endsWith(".test.mjs"));
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, folder), "utf8")));
  return texts.flatMap((text) => [...text.matchAll(/["`](\/[a-z$][^"`\s?]*)["`?]/g)].map(([, path]) => path.replace(/\$\{[^}]+\}/g, "x")));
}
