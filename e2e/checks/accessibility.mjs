// axe-core finds nothing to complain about, on a telephone and on a desk, by day and by night.

import axe from "axe-core";

import { SCHEMES, WIDTHS, visit } from "../browser.mjs";

export const name = "axe-core reports no violation";

export async function problems(site, path) {
  const found = [];
  for (const scheme of SCHEMES) {
    for (const width of WIDTHS) {
      const violations = await visit(site, path, { scheme, width }, (page) => violationsOf(page));
      found.push(...violations.map((violation) => `${scheme}, ${width} px: ${violation}`));
    }
  }
  return found;
}

async function violationsOf(page) {
  await page.evaluate(axe.source);
  // Without `preload`, axe reads the style sheets the browser has and requests nothing by itself.
  const result = await page.evaluate(() => globalThis.axe.run(document, { preload: false, resultTypes: ["violations"] }));
  return result.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id} (${help}) at ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`),
  );
}
