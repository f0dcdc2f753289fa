// Pictures of pages for people who look: `node screenshots.mjs <folder> [--at http://127.0.0.1:port] [path …]`.
// Without `--at` it starts a demo of its own and stops it again. Never judges: that is what the tests are for.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

import { SCHEMES, WIDTHS, launchBrowser, visit } from "./browser.mjs";
import { startDemo, storyTold } from "./demo.mjs";

const { folder, at, paths } = read(process.argv.slice(2));
await mkdir(folder, { recursive: true });
const demo = at ? { origin: at, stop: async () => {} } : await startDemo();
if (!at) await storyTold(demo.origin);
const browser = await launchBrowser();
try {
  for (const path of paths) {
    for (const scheme of SCHEMES) {
      for (const width of WIDTHS) {
        const file = join(folder, `${name(path)}-${width}-${scheme}.png`);
        const take = (page) => page.screenshot({ path: file, fullPage: true });
        await visit({ origin: demo.origin, browser }, path, { scheme, width }, take);
        console.log(file);
      }
    }
  }
} finally {
  await browser.close();
  await demo.stop();
}

function read(words) {
  const at = words.indexOf("--at");
  const address = at === -1 ? undefined : words.splice(at, 2)[1];
  const [folder, ...paths] = words;
  if (!folder) {
    console.error("usage: node screenshots.mjs <folder> [--at http://127.0.0.1:port] [path …]");
    process.exit(2);
  }
  return { folder, at: address, paths: paths.length > 0 ? paths : ["/"] };
}

function name(path) {
  return path.replace(/^\//, "").replace(/[^a-z0-9]+/gi, "-") || "front";
}
