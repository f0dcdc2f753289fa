// A reader whose browser runs no scripts reads the same page.

import { visit } from "../browser.mjs";

export const name = "the page says the same without scripts";

/** The demo lives while we read; a page that changed between two readings is read again. */
const READINGS = 4;

export async function problems(site, path) {
  let difference = [];
  for (let reading = 0; reading < READINGS; reading += 1) {
    const [plain, scripted] = [await words(site, path, false), await words(site, path, true)];
    if (plain === "") return ["`main` is empty without scripts"];
    if (plain === scripted) return [];
    difference = [`without scripts: ${excerpt(plain, scripted)}`, `with scripts: ${excerpt(scripted, plain)}`];
  }
  return difference;
}

/** The text of `main`, without times, which a script may write in the reader's own zone, and without what changes every second. */
function words(site, path, scripts) {
  return visit(site, path, { scripts }, (page) =>
    page.evaluate(() => {
      const main = document.querySelector("main");
      if (!main) return "";
      const copy = main.cloneNode(true);
      for (const element of copy.querySelectorAll("time, script, template, noscript, [data-moves]")) element.remove();
      return copy.textContent.replace(/\d+/g, "0").replace(/\s+/g, " ").trim();
    }),
  );
}

/** The surroundings of the first difference. */
function excerpt(text, other) {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at += 1;
  return JSON.stringify(text.slice(Math.max(0, at - 30), at + 80));
}
