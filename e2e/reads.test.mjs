// Somebody presses a button in the platform's web client, and the status page tells what happens to the database.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { launchBrowser, visit } from "./browser.mjs";
import * as accessibility from "./checks/accessibility.mjs";
import * as contentPolicy from "./checks/content_policy.mjs";
import * as narrow from "./checks/narrow.mjs";
import * as sameOrigin from "./checks/same_origin.mjs";
import { learned, startDemo } from "./demo.mjs";

const demo = await startDemo({ platform: true });
const browser = await launchBrowser();
after(async () => {
  await browser.close();
  await demo.stop();
});

const { client, page } = demo.platform;
const desk = { origin: client, browser };
const status = { origin: page, browser };
/** Generous: the machine that runs the tests may be busy. */
const PATIENCE = { timeout: 60_000 };

describe("the web client", () => {
  for (const check of [accessibility, contentPolicy, narrow, sameOrigin]) {
    it(check.name, async () => assert.deepEqual(await check.problems(desk, "/"), []));
  }

  it("loads conversations through the API", async () => {
    await visit(desk, "/", {}, async (open) => {
      await open.locator("#messages li").first().waitFor(PATIENCE);
      await open.getByText(/loaded from PROD1 in/).waitFor(PATIENCE);
    });
  });
});

describe("a stall of PROD1's reads", () => {
  it("opens an incident on PROD1 alone that names database and cause, and is closed again", async () => {
    await learned(demo.platform);
    await visit(desk, "/", {}, async (open) => {
      await open.getByRole("button", { name: "cut the network" }).click();
      await open.getByText(/^Now: Nothing passes/).waitFor(PATIENCE);
    });
    await visit(status, "/", {}, async (open) => {
      // Without a reload: the page keeps itself up to date.
      await open.getByRole("link", { name: /Database reads stalled on CRM PROD1/ }).first().waitFor(PATIENCE);
      const states = (name) => open.getByRole("region", { name, exact: true }).innerText();
      assert.match(await states("PROD1"), /API[^]*outage[^]*Web Client[^]*outage[^]*Events[^]*Operational/);
      assert.doesNotMatch(await states("PROD2"), /outage|Degraded/i);
    });
    const path = await incidentPath(page);
    await visit(status, path, {}, async (open) => {
      const main = open.locator("main");
      await main.getByText(/CRM PROD1/).first().waitFor(PATIENCE);
      await main.getByText(/the network between the application and the database/).first().waitFor(PATIENCE);
      // The last words on it; until then the page is left open.
      await main.getByText(/reads stalled from .* and have been well since/).first().waitFor(PATIENCE);
      assert.doesNotMatch(await main.innerText(), /CRM PROD2/);
    });
  });
});

async function incidentPath(origin) {
  const { incidents } = await (await fetch(new URL("/api/v1/incidents", origin))).json();
  assert.deepEqual(incidents.map(({ source_name, title }) => [source_name, title]), [
    ["PROD1", "Database reads stalled on CRM PROD1"],
  ]);
  assert.deepEqual(incidents[0].components.toSorted(), ["API", "Web Client"]);
  return incidents[0].path;
}
