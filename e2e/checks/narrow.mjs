// A telephone shows the whole width: nobody scrolls sideways to read about an outage.

import { WIDTHS, visit } from "../browser.mjs";

export const name = "no page scrolls sideways";

export async function problems(site, path) {
  const found = [];
  for (const width of WIDTHS) {
    const { content, window, widest } = await visit(site, path, { width }, (page) => page.evaluate(measure));
    if (content > window) found.push(`${content} px wide in a window of ${window} px; ${widest} sticks out`);
  }
  return found;
}

/** Runs in the page: its width, the window's, and the element that reaches furthest to the right. */
function measure() {
  const root = document.scrollingElement;
  const right = (element) => element.getBoundingClientRect().right;
  const all = [...document.querySelectorAll("body *")];
  const furthest = all.reduce((a, b) => (right(b) > right(a) ? b : a), document.body);
  const widest = `<${furthest.localName} class="${furthest.className}">`;
  return { content: root.scrollWidth, window: root.clientWidth, widest };
}
