// Every page of the demo that a reader or an operator can reach passes every check.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { launchBrowser, signIn } from "./browser.mjs";
import { CHECKS } from "./checks.mjs";
import { MISSING_PAGE, crawl } from "./crawl.mjs";
import { startDemo, storyTold } from "./demo.mjs";
import { pagesNobodySaw } from "./routes.mjs";
import { load, mistakes, named } from "./validity.mjs";

const demo = await startDemo();
const browser = await launchBrowser();
after(async () => {
  await browser.close();
  await demo.stop();
});
await storyTold(demo.origin);

const reader = { origin: demo.origin, browser };
const seenByReaders = await crawl(reader);
// Who cannot sign in still wants to know about the other pages.
const operator = await signIn(reader, demo.token).catch((refusal) => ({ refusal }));
const seenByOperators = operator.refusal ? { paths: [], problems: [] } : await crawl(operator, "/console");

describe("the site", () => {
  it("has pages, and no link leads nowhere", () => {
    assert.ok(seenByReaders.paths.length > 10, `only ${seenByReaders.paths.join(", ")}`);
    assert.deepEqual(seenByReaders.problems, []);
    assert.deepEqual(seenByOperators.problems, []);
  });

  it("has no address that the crawl cannot reach and that no other test looks at", async () => {
    assert.deepEqual(await pagesNobodySaw(visits.map(({ path }) => path)), []);
  });

  it("lets an operator sign in", () => assert.ifError(operator.refusal));
});

const visits = [
  ...[...seenByReaders.paths, MISSING_PAGE, "/console/sign-in"].map((path) => ({ site: reader, path })),
  ...seenByOperators.paths.filter((path) => path.startsWith("/console")).map((path) => ({ site: operator, path })),
];

for (const check of CHECKS) {
  describe(check.name, () => {
    for (const { site, path } of visits) {
      it(site === operator ? `${path} as operator` : path, async () => {
        assert.deepEqual(await check.problems(site, path), []);
      });
    }
  });
}

describe("the W3C's checker", () => {
  it("finds no mistake in any page, style sheet or picture", async () => {
    const pages = await Promise.all(visits.map(({ site, path }) => load(site, path)));
    const assets = await Promise.all(named(pages).map((path) => load(reader, path)));
    assert.ok(assets.some(({ kind }) => kind === "text/css"), `only ${assets.map(({ path }) => path).join(", ")}`);
    assert.deepEqual(await mistakes([...pages, ...assets]), []);
  });
});
