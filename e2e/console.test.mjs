// The console by keyboard alone: keys, a preview and a list that follow what is typed, templates and components.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { launchBrowser, visit } from "./browser.mjs";
import { CHECKS } from "./checks.mjs";
import { setUp, startServer } from "./server.mjs";

const CONFIGURATION = `undo = "0s"
[[environment]]
name = "PROD1"
components = ["API", "Web"]
[[environment]]
name = "PROD2"
components = ["API"]
[[template]]
name = "Slow reads"
title = "Reads are slow"
impact = "minor"
components = ["API=degraded_performance"]
texts = { investigating = "Some reads are slow.", monitoring = "Reads are fast again; we keep looking." }
`;
const ADA = { name: "Ada Fern", email: "ada@harbour.example", password: "a lark in the harbour" };

const server = await startServer(CONFIGURATION);
const browser = await launchBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});
const site = { origin: server.origin, browser };
await visit(site, "/console/setup", {}, async (page) => {
  await setUp(page, server.code, ADA);
  site.session = await page.context().storageState();
});

const focused = (page) => page.evaluate(() => document.activeElement.id);
const path = (page) => new URL(page.url()).pathname;

describe("the console by keyboard", () => {
  it("opens, updates and resolves an incident without a mouse", async () => {
    await visit(site, "/console", {}, async (page) => {
      await page.keyboard.press("n");
      assert.equal(await focused(page), "open-title");
      await page.keyboard.type("n?r/ is typed");
      assert.equal(await page.getByLabel("Title").first().inputValue(), "n?r/ is typed", "no key works in a field");
      await page.getByLabel(/^First update/).focus();
      await page.keyboard.type("We are **looking**.");
      await page.keyboard.press("Tab");
      await page.getByRole("button", { name: "Open and publish" }).press("Enter");
      await page.waitForURL("**/console/incidents/**");

      await page.keyboard.press("u");
      assert.equal(await focused(page), "update-body");
      await page.keyboard.press("Escape");
      await page.locator("main").focus();
      await page.keyboard.press("r");
      assert.equal(await focused(page), "update-body");
      assert.equal(await page.getByLabel("State").first().inputValue(), "resolved");
      await page.keyboard.type("All is well.");
      await page.getByRole("button", { name: "Post update" }).press("Enter");
      await page.waitForURL("**done=update");
      await page.locator("main").focus();
      await page.keyboard.press("n");
      await page.waitForURL("**/console#open-title");
    });
  });

  it("lists its keys, and lets them be turned off", async () => {
    await visit(site, "/console", {}, async (page) => {
      const list = page.getByRole("dialog");
      await page.keyboard.press("?");
      await list.getByText("a new incident").waitFor();
      await list.getByLabel("Keys are on, in this browser").uncheck();
      await page.keyboard.press("Escape");
      await list.waitFor({ state: "hidden" });
      await page.locator("main").focus();
      await page.keyboard.press("n");
      assert.notEqual(await focused(page), "open-title");
      await page.getByRole("link", { name: "Keys" }).press("Enter");
      await list.getByLabel("Keys are on, in this browser").check();
      await list.getByRole("link", { name: "Close" }).press("Enter");
      await page.keyboard.press("/");
      assert.equal(await focused(page), "q");
    });
  });

  it("shows the list of keys without scripts, too", async () => {
    await visit(site, "/console", { scripts: false }, async (page) => {
      await page.getByRole("link", { name: "Keys" }).click();
      await page.getByText("a new incident").waitFor();
    });
  });
});

describe("what is typed", () => {
  it("is shown as readers would see it", async () => {
    await visit(site, "/console?template=slow-reads&environment=prod1", {}, async (page) => {
      assert.equal(await page.getByLabel("Title").first().inputValue(), "Reads are slow");
      await page.getByLabel(/^First update/).fill("It is **slow**.");
      const preview = page.getByRole("region", { name: "As readers would see it" });
      await preview.locator("strong", { hasText: "slow" }).waitFor();
      assert.match(await preview.innerText(), /Reads are slow[^]*Minor[^]*Affected: API[^]*Investigating: Reads are slow \(PROD1\)/);
      assert.equal(path(page), "/console", "and nothing is sent");
    });
  });

  it("narrows the board, and the address says how", async () => {
    await visit(site, "/console", {}, async (page) => {
      await page.getByRole("button", { name: "Open and publish" }).waitFor();
      await page.getByLabel("Search").fill("no such words");
      await page.getByText("Nothing that is open fits.").waitFor();
      await page.getByLabel("Search").fill("typed");
      await page.getByRole("link", { name: "n?r/ is typed" }).waitFor();
      assert.equal(new URL(page.url()).search, "?q=typed");
    });
  });

  it("takes states from the table of components to a new incident", async () => {
    await visit(site, "/console/components", { scripts: false }, async (page) => {
      await page.getByLabel("Web of PROD1").selectOption("major_outage");
      await page.getByRole("button", { name: "New incident in PROD1" }).press("Enter");
      await page.waitForURL("**/console?**");
      const form = page.getByRole("region", { name: "Open an incident" });
      assert.equal(await form.getByLabel("Web", { exact: true }).inputValue(), "major_outage");
      assert.equal(await form.getByLabel("Environment").inputValue(), "prod1");
    });
  });
});

for (const check of CHECKS) {
  for (const place of ["/console", "/console?template=slow-reads", "/console/components", "/console/environments", "/console/templates"]) {
    it(`${check.name}: ${place}`, async () => assert.deepEqual(await check.problems(site, place), []));
  }
}
