// The keyboard reaches everything the mouse reaches, the skip link first, and one always sees where one is.

import { visit } from "../browser.mjs";

export const name = "the keyboard reaches everything and shows where it is";

const MOST_STOPS = 600;
/** A field for a date and a time is one element with up to seven stops; who stays longer is trapped. */
const MOST_STOPS_INSIDE = 8;

export async function problems(site, path) {
  return await visit(site, path, {}, async (page) => {
    const expected = await page.evaluate(prepare);
    const found = [];
    const reached = new Set();
    let [last, inside] = [undefined, 0];
    for (let stop = 0; stop < MOST_STOPS; stop += 1) {
      await page.keyboard.press("Tab");
      const focus = await page.evaluate(inspect);
      inside = focus?.number === last ? inside + 1 : 0;
      if (focus === null || inside > MOST_STOPS_INSIDE) break;
      if (inside > 0) continue;
      if (reached.has(focus.number)) break;
      last = focus.number;
      reached.add(last);
      if (stop === 0 && !focus.isSkipLink) found.push(`the first stop is ${focus.label}, not a skip link`);
      if (!focus.isShown) found.push(`${focus.label} is outside the window when it has the focus`);
      if (!focus.isMarked) found.push(`${focus.label} looks the same with and without the focus`);
    }
    if (reached.size === 0) found.push("Tab reaches nothing");
    for (const { number, label } of expected.filter(({ number }) => !reached.has(number))) {
      found.push(`Tab never reaches ${label} (${number})`);
    }
    return found;
  });
}

/** Runs in the page: numbers what a mouse can use, and remembers how it looks without the focus. */
function prepare() {
  const looks = (element) => {
    const { outlineStyle, outline, boxShadow, border, background, color, textDecoration } = getComputedStyle(element);
    const visible = outlineStyle === "none" ? "none" : outline;
    return JSON.stringify([visible, boxShadow, border, background, color, textDecoration]);
  };
  const label = (element) => {
    const text = (element.getAttribute("aria-label") ?? element.textContent).replace(/\s+/g, " ").trim().slice(0, 40);
    return `<${element.localName}> “${text || element.getAttribute("name") || element.id}”`;
  };
  const selector = "a[href], area[href], button, input, select, textarea, summary, [tabindex], [contenteditable]";
  const elements = [...document.querySelectorAll(selector)].filter(({ tabIndex, disabled }) => tabIndex >= 0 && !disabled);
  const before = new Map(elements.map((element, number) => [element, { number, look: looks(element) }]));
  globalThis.keyboard = { looks, label, before };
  // Of a group of radio buttons the keyboard stops at one.
  const isStop = (element) => element.checkVisibility() && !(element.type === "radio" && !element.checked);
  return elements.filter(isStop).map((element) => ({ number: before.get(element).number, label: label(element) }));
}

/** Runs in the page: what has the focus now, or nothing when it left the page. */
function inspect() {
  const element = document.activeElement;
  if (!element || element === document.body || element === document.documentElement) return null;
  const { looks, label, before } = globalThis.keyboard;
  const known = before.get(element);
  const target = element.getAttribute("href")?.match(/^#(.+)/)?.[1];
  const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
  return {
    number: known?.number ?? label(element),
    label: label(element),
    isSkipLink: target !== undefined && document.getElementById(target) !== null,
    isShown: width > 1 && height > 1 && right > 0 && bottom > 0 && left < innerWidth && top < innerHeight,
    isMarked: known === undefined || looks(element) !== known.look,
  };
}
