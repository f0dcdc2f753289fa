// A telephone shows the whole width: nobody scrolls sideways to read about an outage.

import { WIDTHS, look, visit } from "../browser.mjs";

export const name = "no page scrolls sideways";

export async function problems(site, path) {
  return await visit(site, path, {}, async (page) => {
    const found = [];
    for (const width of WIDTHS) {
      await look(page, "light", width);
      const { content, window, widest } = await page.evaluate(measure);
      if (content > window) found.push(`${content} px wide in a window of ${window} px; ${widest} sticks out`);
    }
    return found;
  });
}

/** Runs in the page: its width, the window's, and what reaches furthest to the right outside any scrolling box. */
function measure() {
  const root = document.scrollingElement;
  const right = (element) => element.getBoundingClientRect().right;
  const scrolls = (element) => element !== document.body && getComputedStyle(element).overflowX !== "visible";
  const isInside = (element) => element !== null && (scrolls(element) || isInside(element.parentElement));
  const all = [...document.body.querySelectorAll("*")].filter((element) => !isInside(element.parentElement));
  const furthest = all.reduce((a, b) => (right(b) > right(a) ? b : a), document.body);
  const widest = `${furthest.outerHTML.slice(0, 120)}…`;
  return { content: root.scrollWidth, window: root.clientWidth, widest };
}
