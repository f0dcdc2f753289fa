// From an empty database to a published incident with three components and a subscriber who hears of it, by the
// pages alone, in less than three minutes. The pictures stay in `target/newcomer`.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { launchBrowser, visit } from "./browser.mjs";
import { CHECKS } from "./checks.mjs";
import { crawl } from "./crawl.mjs";
import { startMailbox } from "./mailbox.mjs";
import { setUp, startServer } from "./server.mjs";

/** What is promised to a newcomer. */
const THREE_MINUTES = { timeout: 180_000 };
const PICTURES = fileURLToPath(new URL("../target/newcomer", import.meta.url));
const ADA = { name: "Ada Fern", email: "ada@harbour.example", password: "a lark in the harbour" };

await mkdir(PICTURES, { recursive: true });
const mailbox = await startMailbox();
const server = await startServer(
  `[mail]\nserver = "${mailbox.address}"\nsecurity = "none"\nfrom = "Harbour <status@harbour.example>"\n`,
);
const browser = await launchBrowser();
after(async () => {
  await browser.close();
  await server.stop();
  mailbox.stop();
});

const site = { origin: server.origin, browser };
let pictures = 0;

async function picture(page, name) {
  pictures += 1;
  await page.screenshot({ path: `${PICTURES}/${pictures}-${name}.png`, fullPage: true });
}

/** The link of a mail, opened by whoever got it. */
async function follow(mail, pattern, work) {
  const [link] = mail.match(pattern);
  await visit({ origin: server.origin, browser }, new URL(link).pathname, {}, work);
}

describe("a newcomer", () => {
  it("publishes an incident with three components, and a subscriber hears of it", THREE_MINUTES, async () => {
    await visit(site, "/console/setup", {}, async (page) => {
      await picture(page, "set-up");
      await setUp(page, server.code, ADA);
      await picture(page, "empty-console");

      await page.getByRole("link", { name: "Add one" }).click();
      await page.getByLabel("Name").fill("Production");
      await page.getByLabel(/^Components/).fill("Web shop\nOrders\nCore/Search");
      await picture(page, "environment");
      await page.getByRole("button", { name: "Add the environment" }).click();
      await page.getByText("Production is added.").waitFor();

      await page.goto(`${server.origin}/console/subscribers`);
      await page.getByLabel(/^Address mail/).fill("finn@example.org");
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByText("finn@example.org").first().waitFor();
      await picture(page, "subscriber");
      const question = await mailbox.mail(/To: finn@example\.org/);
      await follow(question, /http\S+\/confirm\/[0-9a-z]+/, async (theirs) => {
        await theirs.getByRole("button").first().click();
        await theirs.waitForURL("**/subscription/**");
      });

      await page.goto(`${server.origin}/console`);
      const form = page.getByRole("region", { name: "Open an incident" });
      await form.getByLabel("Title").fill("Orders are confirmed late");
      await form.getByLabel(/^First update/).fill("Confirmations arrive late. **No order is lost.**");
      for (const name of ["Web shop", "Orders", "Search"]) {
        await form.getByLabel(name, { exact: true }).selectOption("degraded_performance");
      }
      await picture(page, "incident");
      await form.getByRole("button", { name: "Open and publish" }).click();
      await page.waitForURL("**/console/held/**");
      await page.getByRole("button", { name: "Send now" }).click();
      await page.waitForURL("**/console/incidents/**");
      await picture(page, "open");
      site.session = await page.context().storageState();
    });

    await mailbox.mail(/To: finn@example\.org[^]*Orders are confirmed late/);
    await visit({ origin: server.origin, browser }, "/", {}, async (page) => {
      await page.getByRole("link", { name: "Orders are confirmed late" }).first().waitFor();
      const states = await page.getByRole("region", { name: "Production", exact: true }).innerText();
      for (const name of ["Web shop", "Orders", "Search"]) {
        assert.match(states, new RegExp(`${name}\\s+(no data\\s+)?Degraded performance`, "i"));
      }
      await picture(page, "public-page");
    });
    await visit(site, "/console/subscribers", {}, async (page) => {
      assert.match(await page.locator("main").innerText(), /finn@example\.org[^]*confirmed/);
    });
  });
});

describe("a reader", () => {
  it("subscribes on the page, confirms by mail, chooses, hears, and leaves by one click", async () => {
    const reader = { origin: server.origin, browser };
    await visit(reader, "/subscribe", {}, async (page) => {
      await page.getByLabel(/^Address/).fill("mia@example.org");
      await page.getByRole("button", { name: "Subscribe" }).click();
      await page.getByRole("status").first().waitFor();
    });
    const question = await mailbox.mail(/To: mia@example\.org/);
    await follow(question, /http\S+\/confirm\/[0-9a-z]+/, async (page) => {
      await page.getByRole("button").first().click();
      await page.waitForURL("**/subscription/**");
      await page.getByLabel("Orders").check();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("status").first().waitFor();
      assert.ok(await page.getByLabel("Orders").isChecked(), "the choice is kept");
    });
    await visit(site, "/console", {}, async (page) => {
      await page.getByRole("link", { name: /^Manage/ }).first().click();
      const form = page.getByRole("region", { name: "Next update" });
      await form.getByLabel(/^Text/).fill("The queue is short again.");
      await form.getByLabel("State").selectOption("monitoring");
      await form.getByRole("button", { name: "Post update" }).click();
      await page.getByRole("button", { name: "Send now" }).click();
      await page.waitForURL("**/console/incidents/**");
    });
    const news = await mailbox.mail(/To: mia@example\.org[^]*The queue is short again/);
    const [, link] = news.match(/List-Unsubscribe: <([^>]+)>/);
    const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
    const left = await fetch(link, { method: "POST", body });
    assert.equal(left.status, 200);
    await visit(site, "/console/subscribers", {}, async (page) => {
      assert.doesNotMatch(await page.locator("#found").innerText(), /mia@example\.org/);
    });
  });
});

describe("the console of a newcomer", () => {
  it("links to pages that all pass every check", { timeout: 600_000 }, async () => {
    const { paths, problems } = await crawl(site, "/console");
    assert.deepEqual(problems, []);
    // The crawl looks at a few pages of a kind; these are all different.
    const named = ["environments", "templates", "queries", "subscribers", "people", "audit", "account"].map((name) => `/console/${name}`);
    const own = new Set([...paths.filter((path) => path.startsWith("/console")), ...named]);
    for (const path of own) {
      for (const check of CHECKS) assert.deepEqual(await check.problems(site, path), [], `${check.name}: ${path}`);
    }
  });
});
