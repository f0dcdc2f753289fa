// The page is served under a strict policy, and the browser has nothing to report: no violation, no error.

import { visit } from "../browser.mjs";
import { MISSING_PAGE } from "../crawl.mjs";

export const name = "the content policy is strict and the browser is content";

const FORBIDDEN = ["'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "*", "http:", "https:"];
/** These do not fall back to `default-src`. */
const REQUIRED = ["base-uri", "form-action", "frame-ancestors"];

export async function problems(site, path) {
  const reported = [];
  const watch = async (page) => {
    page.on("pageerror", (error) => reported.push(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      // The browser logs the status of a missing page as an error; there it is the point.
      const expected = path === MISSING_PAGE && message.text().includes("404");
      if (message.type() === "error" && !expected) reported.push(`console: ${message.text()}`);
    });
    await page.exposeFunction("reportViolation", (sentence) => reported.push(sentence));
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        globalThis.reportViolation(`policy: ${event.effectiveDirective} blocked ${event.blockedURI}`);
      });
    });
  };
  return await visit(site, path, { before: watch }, async (page, answer) => {
    const headers = await answer.allHeaders();
    // A round trip through the page, so that what it reported before has arrived.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    return [...headerProblems(headers), ...reported];
  });
}

function headerProblems(headers) {
  const found = [];
  if (headers["x-content-type-options"] !== "nosniff") found.push("no `X-Content-Type-Options: nosniff`");
  const policy = directives(headers["content-security-policy"] ?? "");
  if (policy.get("default-src")?.join(" ") !== "'none'") found.push("the policy has no `default-src 'none'`");
  for (const directive of REQUIRED) {
    if (!policy.has(directive)) found.push(`the policy has no \`${directive}\``);
  }
  for (const [directive, sources] of policy) {
    for (const source of sources.filter((source) => FORBIDDEN.includes(source))) {
      found.push(`the policy allows ${source} in \`${directive}\``);
    }
  }
  return found;
}

/** `default-src 'none'; img-src 'self'` as a map of lists. */
function directives(policy) {
  const parts = policy.split(";").map((part) => part.trim().split(/\s+/));
  return new Map(parts.filter(([directive]) => directive).map(([directive, ...sources]) => [directive, sources]));
}
