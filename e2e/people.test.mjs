// The first admin comes in by the printed code, signs out, and signs in again with a password and with a passkey.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { launchBrowser, visit } from "./browser.mjs";
import { CHECKS } from "./checks.mjs";

const BINARY = process.env.WATCHKEEPER_BINARY ?? fileURLToPath(new URL("../target/debug/watchkeeper", import.meta.url));
const PATIENCE_MS = 60_000;
const PASSWORD = "a lark in the harbour";

const folder = await mkdtemp(join(tmpdir(), "watchkeeper-people-"));
const server = await serve();
const browser = await launchBrowser();
after(async () => {
  await browser.close();
  server.child.kill();
  await server.ended;
  await rm(folder, { recursive: true });
});

/** A port that was free a moment ago: passkeys are bound to an address that must be known before the start. */
async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

async function serve() {
  const port = await freePort();
  const file = join(folder, "watchkeeper.toml");
  const origin = `http://localhost:${port}`;
  await writeFile(file, `listen = "127.0.0.1:${port}"\npublic_url = "${origin}"\nstore = "sqlite:w.db"\n`);
  const child = spawn(BINARY, ["serve", "--config", file], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "close");
  let printed = "";
  const code = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no code was printed; this was:\n${printed}`)), PATIENCE_MS);
    child.once("close", () => reject(new Error(`it ended; it printed:\n${printed}`)));
    child.stderr.on("data", (piece) => {
      printed += piece;
      const found = printed.match(/give this code.*\n\s*([0-9a-f]{32})\s/);
      if (!found) return;
      clearTimeout(late);
      resolve(found[1]);
    });
  });
  return { child, ended, origin, code };
}

const site = { origin: server.origin, browser };
const path = (page) => new URL(page.url()).pathname;

async function signOut(page) {
  await page.goto(`${server.origin}/console`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(`${server.origin}/`);
}

describe("people", () => {
  it("set up, sign in with a password, add a passkey, and sign in with it", async () => {
    await visit(site, "/console/setup", {}, async (page) => {
      const authenticator = await page.context().newCDPSession(page);
      await authenticator.send("WebAuthn.enable");
      const options = {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
      };
      await authenticator.send("WebAuthn.addVirtualAuthenticator", { options });

      await page.getByLabel("One-time code").fill(server.code);
      await page.getByLabel("Your name").fill("Ada Fern");
      await page.getByLabel("E-mail address").fill("ada@harbour.example");
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Set the password" }).click();
      await page.waitForURL("**/console");
      assert.match(await page.locator("main").innerText(), /Signed in as Ada Fern/);
      await signOut(page);

      await page.goto(`${server.origin}/console/account`);
      assert.equal(path(page), "/console/sign-in");
      await page.getByLabel("E-mail address").fill("ada@harbour.example");
      await page.getByLabel("Password").fill("not the password");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByRole("alert").first().waitFor();
      await page.getByLabel("E-mail address").fill("ada@harbour.example");
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.waitForURL("**/console/account");

      await page.getByLabel("What it is").fill("laptop");
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await page.getByText("laptop").first().waitFor();
      site.session = await page.context().storageState();
      await page.context().clearCookies();

      await page.goto(`${server.origin}/console/sign-in`);
      await page.getByRole("button", { name: "Use a passkey" }).click();
      await page.waitForURL("**/console");
      assert.match(await page.locator("main").innerText(), /Signed in as Ada Fern/);
    });
  });

  for (const check of CHECKS) {
    for (const place of ["/console/account", "/console/people", "/console/audit", "/console/setup"]) {
      it(`${check.name}: ${place}`, async () => assert.deepEqual(await check.problems(site, place), []));
    }
  }
});
