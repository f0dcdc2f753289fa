// Every page of the demo that a reader can reach passes every check.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { launchBrowser } from "./browser.mjs";
import { CHECKS } from "./checks.mjs";
import { crawl } from "./crawl.mjs";
import { startDemo } from "./demo.mjs";

const demo = await startDemo();
const browser = await launchBrowser();
after(async () => {
  await browser.close();
  await demo.stop();
});

const site = { origin: demo.origin, browser };
const { paths, problems } = await crawl(site.origin);

describe("the site", () => {
  it("has pages, and no link leads nowhere", () => {
    assert.ok(paths.length > 2, `only ${paths.join(", ")}`);
    assert.deepEqual(problems, []);
  });
});

for (const check of CHECKS) {
  describe(check.name, () => {
    for (const path of paths) {
      it(path, async () => assert.deepEqual(await check.problems(site, path), []));
    }
  });
}
