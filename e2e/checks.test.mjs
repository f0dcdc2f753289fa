// The checks themselves: a good page passes all of them, and each finds what is wrong with a bad one.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, describe, it } from "node:test";

import { launchBrowser } from "./browser.mjs";
import { CHECKS } from "./checks.mjs";
import { crawl } from "./crawl.mjs";
import { load, mistakes } from "./validity.mjs";

const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const STYLE = `
  .skip { position: absolute; left: -999px } .skip:focus { left: 0 }
  :focus-visible { outline: 3px solid #00f } .plain:focus { outline: none }
  .faint { color: #ccc; background: #fff } .wide { width: 600px }`;
const SCRIPT = `
  if (document.querySelector("#late")) document.querySelector("#late").textContent = "only with scripts";
  if (document.querySelector("#broken")) throw new Error("broken");
  document.querySelector("#trap")?.addEventListener("keydown", (event) => event.preventDefault());`;

const document = (body) => `<!doctype html><html lang="en"><head><title>A page</title>
  <meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css">
  <script src="/script.js" defer></script></head><body>${body}</body></html>`;
const page = (inside) => document(`<a class="skip" href="#main">Skip</a><main id="main"><h1>A page</h1>${inside}</main>`);

/** A bad page by name: what is in it, and a word from what the check must say. */
const BAD = {
  "faint text": ["axe-core reports", page('<p class="faint">hard to read</p>'), /color-contrast/],
  "inline style": ["the content policy", page('<p style="color: red">x</p>'), /style-src/],
  "uncaught error": ["the content policy", page('<p id="broken">x</p>'), /broken/],
  "no skip link": ["the keyboard", document('<main><h1>A page</h1><a href="/">home</a></main>'), /not a skip link/],
  "invisible focus": ["the keyboard", page('<a class="plain" href="/">home</a>'), /looks the same/],
  "jumping link": ["the keyboard", page('<a href="/" tabindex="1">first</a>'), /not a skip link/],
  "keyboard trap": ["the keyboard", page('<button id="trap">stay</button> <a href="/">home</a>'), /never reaches <a>/],
  "wide block": ["no page scrolls", page('<div class="wide">wide</div>'), /600|sticks out/],
  "foreign image": ["nothing is loaded", page('<img alt="" src="http://other.invalid/x.png">'), /other\.invalid/],
  "open link": ["nothing is loaded", page('<a href="https://other.invalid/">them</a>'), /noopener/],
  "words by script": ["the page says the same", page('<p id="late">x</p>'), /only with scripts/],
};
const GOOD = page(
  `<p>Read <a href="/">this</a> or <a rel="noopener nofollow" href="https://other.invalid/">that</a>.</p>
  <label>When <input type="datetime-local"></label> <a href="/">after</a>`,
);

const slug = (name) => `/${name.replaceAll(" ", "-")}`;
const bodies = new Map([["/", GOOD], ...Object.entries(BAD).map(([name, [, html]]) => [slug(name), html])]);
const server = createServer((request, response) => {
  const path = request.url;
  const headers = { "x-content-type-options": "nosniff" };
  if (path !== "/no-policy") headers["content-security-policy"] = POLICY;
  if (path === "/style.css") return response.writeHead(200, { ...headers, "content-type": "text/css" }).end(STYLE);
  if (path === "/script.js") return response.writeHead(200, { ...headers, "content-type": "text/javascript" }).end(SCRIPT);
  const html = path === "/no-policy" ? GOOD : bodies.get(path);
  const links = page('<a href="/">good</a> <a href="/gone">gone</a> <a href="https://other.invalid/">out</a>');
  const body = path === "/links" ? links : html;
  response.writeHead(body ? 200 : 404, { ...headers, "content-type": "text/html; charset=utf-8" });
  response.end(body ?? page("Not here."));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const browser = await launchBrowser();
after(async () => {
  await browser.close();
  server.close();
});

const site = { origin: `http://127.0.0.1:${server.address().port}`, browser };
const called = (beginning) => CHECKS.find((check) => check.name.startsWith(beginning));

describe("a good page", () => {
  for (const check of CHECKS) {
    it(check.name, async () => assert.deepEqual(await check.problems(site, "/"), []));
  }
});

describe("a bad page is found", () => {
  for (const [name, [beginning, , expected]] of Object.entries(BAD)) {
    it(name, async () => assert.match((await called(beginning).problems(site, slug(name))).join("\n"), expected));
  }

  it("no policy", async () => {
    const found = await called("the content policy").problems(site, "/no-policy");
    assert.match(found.join("\n"), /no `default-src 'none'`/);
  });

  it("invalid document", async () => {
    assert.deepEqual(await mistakes([await load(site, "/")]), []);
    const invalid = { path: "/bad", kind: "text/html", text: page("<p><ul><li>x</ul></p>") };
    const style = { path: "/bad.css", kind: "text/css", text: "p { colour: red }" };
    const found = (await mistakes([invalid, style])).join("\n");
    assert.match(found, /^\/bad, line \d+: .*“p”/m);
    assert.match(found, /^\/bad\.css, line \d+: .*colour/m);
  });

  it("dead link", async () => {
    assert.deepEqual(await crawl(site), { paths: ["/"], problems: [] });
    const linked = await crawl(site, "/links");
    assert.deepEqual(linked.problems, ["/gone, linked from /links, answers 404"]);
  });
});
