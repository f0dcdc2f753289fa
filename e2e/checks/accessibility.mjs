// axe-core finds nothing to complain about, on a telephone and on a desk, by day and by night.

import axe from "axe-core";

import { SCHEMES, WIDTHS, look, visit } from "../browser.mjs";

export const name = "axe-core reports no violation";

export async function problems(site, path) {
  return await visit(site, path, {}, async (page) => {
    const found = [];
    await page.evaluate(axe.source);
    for (const scheme of SCHEMES) {
      for (const width of WIDTHS) {
        await look(page, scheme, width);
        const violations = await violationsOf(page);
        found.push(...violations.map((violation) => `${scheme}, ${width} px: ${violation}`));
      }
    }
    return found;
  });
}

async function violationsOf(page) {
  // Without `preload`, axe reads the style sheets the browser has and requests nothing by itself.
  const result = await page.evaluate(() => globalThis.axe.run(document, { preload: false, resultTypes: ["violations"] }));
  return result.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id} (${help}) at ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`),
  );
}
