// One Chromium for all tests, and a page opened the way a check wants it.
// Never speaks to anything but the pages under test: every background service of the browser is off.

import { chromium } from "playwright-core";

const FLAGS = [
  "--headless=new",
  "--no-sandbox", // Chromium refuses its sandbox to root, and the pages are our own.
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const WIDTHS = [390, 1440];
export const SCHEMES = ["light", "dark"];
const HEIGHT = 900;

/** Chromium with a new, empty profile. */
export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS,
    ignoreDefaultArgs: ["--headless"],
  });
}

/** The same site for somebody who signed in to the console. */
export async function signIn(site, token) {
  return await visit(site, "/console/sign-in", {}, async (page) => {
    await page.getByText("Sign in with an API token").click();
    await page.getByLabel("API token").fill(token);
    await page.getByRole("button", { name: "Sign in with the token" }).click();
    await page.waitForLoadState("load");
    if (new URL(page.url()).pathname !== "/console") {
      throw new Error(`cannot sign in: ${await page.locator("main").innerText()}`);
    }
    return { ...site, session: await page.context().storageState() };
  });
}

/** Shows an open page in another window, or at another time of day. */
export async function look(page, scheme, width) {
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
  await page.setViewportSize({ width, height: HEIGHT });
}

/** Opens `path` of the site (`{ origin, browser, session }`), hands `work` the page and the answer, and closes it again. */
export async function visit(site, path, options, work) {
  const { width = 1440, scheme = "light", scripts = true, before = async () => {} } = options;
  const context = await site.browser.newContext({
    viewport: { width, height: HEIGHT },
    colorScheme: scheme,
    javaScriptEnabled: scripts,
    storageState: site.session,
    reducedMotion: "reduce",
  });
  try {
    const page = await context.newPage();
    await before(page);
    const answer = await page.goto(new URL(path, site.origin).href, { waitUntil: "load" });
    return await work(page, answer);
  } finally {
    await context.close();
  }
}
