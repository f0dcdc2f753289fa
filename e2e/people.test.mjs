// The first admin comes in by the printed code, signs out, and signs in again with a password and with a passkey.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { launchBrowser, visit } from "./browser.mjs";
import { CHECKS } from "./checks.mjs";
import { setUp, startServer } from "./server.mjs";

const PASSWORD = "a lark in the harbour";

const server = await startServer();
const browser = await launchBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

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

      await setUp(page, server.code, { name: "Ada Fern", email: "ada@harbour.example", password: PASSWORD });
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
