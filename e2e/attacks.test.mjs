// Hostile words through every field that strangers, vendors and the team can fill in, read in a real Chromium:
// nothing of them runs, and the content policy has nothing to stop.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { PAYLOADS } from "./attacks/payloads.mjs";
import { startVendor } from "./attacks/vendor.mjs";
import { launchBrowser, signIn } from "./browser.mjs";
import { CHECKS } from "./checks.mjs";
import { load, mistakes } from "./validity.mjs";

const BINARY = process.env.WATCHKEEPER_BINARY ?? fileURLToPath(new URL("../target/debug/watchkeeper", import.meta.url));
/** Of each list of the configuration; the others follow from there. */
const MANY = 40;

const folder = mkdtempSync(join(tmpdir(), "watchkeeper-attacks-"));
const vendor = await startVendor(PAYLOADS.slice(0, MANY));
const { child, origin, token } = await serve();
const browser = await launchBrowser();
after(async () => {
  await browser.close();
  child.kill();
  await once(child, "close");
  vendor.stop();
  rmSync(folder, { recursive: true });
});

/** TOML has the strings of JSON, without the escape of DEL. */
function configuration() {
  const words = (text) => JSON.stringify(text.replaceAll("\u0000", ""));
  const names = [...new Set(PAYLOADS.map((text) => text.replaceAll("\u0000", "").replace(/[\n\t]/g, " ")))];
  return `listen = "127.0.0.1:0"
public_url = "https://status.harbour.example"
store = "sqlite:w.db"
undo = "0s"
[page]
name = ${words(PAYLOADS[2])}
about = ${words(PAYLOADS[3])}
links = [{ name = ${words(PAYLOADS[4])}, url = "https://harbour.example/" }]
[[environment]]
name = "PROD1"
components = [${names.slice(0, MANY).map(JSON.stringify).join(", ")}]
[[environment]]
name = ${words(`PROD2 ${PAYLOADS[0]}`)}
components = ["API"]
[[vendor]]
name = ${words(`Vendor ${PAYLOADS[1]}`)}
url = "${vendor.origin}"
format = "statuspage"
[fetch]
allow_hosts = ["127.0.0.1"]
[log]
level = "error"
`;
}

async function serve() {
  const config = join(folder, "watchkeeper.toml");
  writeFileSync(config, configuration());
  const made = execFileSync(BINARY, ["token", "create", "--name", PAYLOADS[5], "--scope", "admin", "--config", config]);
  const child = spawn(BINARY, ["serve", "--config", config], { stdio: ["ignore", "ignore", "pipe"] });
  const printed = [];
  for await (const line of createInterface({ input: child.stderr })) {
    printed.push(line);
    const origin = line.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
    if (origin) {
      child.stderr.resume();
      return { child, origin, token: made.toString().match(/\bwk_\S+/)[0] };
    }
  }
  throw new Error(`it did not begin to listen; it printed:\n${printed.join("\n")}`);
}

async function api(method, path, body) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(origin + path, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path} ${JSON.stringify(body)}: ${answer.status} ${await answer.clone().text()}`);
  return await answer.json();
}

/** An incident with those words as title, text, edit and note; gives its paths for readers and for the team. */
async function tell(text) {
  const title = text.replace(/\s+/g, " ");
  const { id } = await api("POST", "/api/v1/incidents", { environment: "prod1", title, body: text });
  await api("POST", `/api/v1/incidents/${id}/updates`, { body: `${text}\n\n> ${text}\n\n- ${text}`, state: "identified" });
  await api("POST", `/api/v1/incidents/${id}/note`, { body: text });
  return id;
}

/** What ran, or was kept from running, while one page showed all of these. */
async function ran(site, paths) {
  const context = await site.browser.newContext({ storageState: site.session });
  const page = await context.newPage();
  const found = [];
  const note = (what) => found.push(`${new URL(page.url()).pathname}: ${what}`);
  page.on("dialog", (dialog) => {
    note(`a dialog says ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on("pageerror", (error) => note(`uncaught: ${error.message}`));
  await page.exposeFunction("reportViolation", note);
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      globalThis.reportViolation(`policy: ${event.effectiveDirective} blocked ${event.blockedURI}`);
    });
  });
  for (const path of paths) {
    const answer = await page.goto(site.origin + path, { waitUntil: "load" });
    assert.equal(answer.status(), 200, path);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  }
  await context.close();
  return found;
}

describe(`${PAYLOADS.length} hostile texts`, () => {
  const reader = { origin, browser };
  let ids;

  it("are taken as words", async () => {
    assert.ok(PAYLOADS.length >= 200);
    ids = [];
    for (const text of PAYLOADS) ids.push(await tell(text.replaceAll("\u0000", "\ufffd")));
  });

  it("do not run on the pages of incidents", async () => {
    assert.deepEqual(await ran(reader, ids.map((id) => `/incidents/${id}`)), []);
  });

  it("do not run on the home page, in lists, and on the vendor's pages", async () => {
    const { vendors } = await api("GET", "/api/v1/vendors");
    const told = async () => (await api("GET", `/api/v1/vendors/${vendors[0].slug}/incidents`)).incidents;
    const late = Date.now() + 60_000;
    while ((await told()).length < MANY && Date.now() < late) await new Promise((done) => setTimeout(done, 100));
    const theirs = await told();
    assert.equal(theirs.length, MANY);
    const lists = ["/", "/vendors", "/incidents", `/incidents?q=${encodeURIComponent(PAYLOADS[2])}`, "/subscribe"];
    const page = `/vendors/${vendors[0].slug}`;
    assert.deepEqual(await ran(reader, [...lists, page, `${page}/raw`, ...theirs.map(({ id }) => `/incidents/${id}`)]), []);
  });

  it("leave pages valid", async () => {
    const operator = await signIn(reader, token);
    const pages = ["/", "/incidents", "/subscribe", "/console", "/console/subscribers", "/console/audit"];
    const theirs = ids.flatMap((id) => [`/incidents/${id}`, `/console/incidents/${id}`]);
    const documents = [];
    for (const path of [...pages, ...theirs]) documents.push(await load(operator, path));
    assert.deepEqual(await mistakes(documents), []);
  });

  it("do not run in the console", async () => {
    const operator = await signIn(reader, token);
    const pages = ["", "/account", "/people", "/audit", "/deliveries", "/subscribers", "/promises", "/maintenances"];
    const theirs = ids.filter((_, index) => index % 5 === 0).map((id) => `/incidents/${id}`);
    assert.deepEqual(await ran(operator, [...pages, ...theirs].map((path) => `/console${path}`)), []);
  });
});

describe("pages of the console that the demo does not lead to", () => {
  for (const check of CHECKS) {
    it(check.name, async () => {
      const operator = await signIn({ origin, browser }, token);
      const { id } = await api("POST", "/api/v1/incidents", { environment: "prod1", title: "Slow", body: "We look." });
      for (const path of ["/console/subscribers", `/console/incidents/${id}`]) {
        assert.deepEqual(await check.problems(operator, path), [], path);
      }
    });
  }
});

describe("the trap itself", () => {
  it("notices what runs and what the policy stops", async () => {
    const server = createServer((request, response) => {
      if (request.url === "/stopped") response.setHeader("content-security-policy", "default-src 'none'");
      response.setHeader("content-type", "text/html").end("<!doctype html><script>alert(1)</script>");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const bad = { origin: `http://127.0.0.1:${server.address().port}`, browser };
    const found = (await ran(bad, ["/runs", "/stopped"])).join("\n");
    server.close();
    assert.match(found, /dialog says 1/);
    assert.match(found, /^\/stopped: policy: script-src-elem blocked inline$/m);
  });
});
