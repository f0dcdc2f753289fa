// A page loads everything from its own site, and a link that leaves it gives nothing away.

import { visit } from "../browser.mjs";

export const name = "nothing is loaded from elsewhere";

export async function problems(site, path) {
  const found = [];
  const watch = async (page) => {
    page.on("request", (request) => {
      if (!isOurs(request.url(), site.origin)) found.push(`requests ${request.url()}`);
    });
  };
  const references = await visit(site, path, { before: watch }, (page) => page.evaluate(collect));
  for (const { tag, url } of references.loaded) {
    if (!isOurs(url, site.origin)) found.push(`<${tag}> refers to ${url}`);
  }
  for (const { url, rel } of references.anchors) {
    if (isOurs(url, site.origin) || url.startsWith("mailto:")) continue;
    if (!/^https?:/.test(url)) found.push(`a link leads to ${url}`);
    if (!rel.includes("noopener") && !rel.includes("noreferrer")) found.push(`the link to ${url} has no rel="noopener"`);
    if (!rel.includes("nofollow")) found.push(`the link to ${url} has no rel="nofollow"`);
  }
  return found;
}

function isOurs(url, origin) {
  return url.startsWith("data:") || url === origin || url.startsWith(`${origin}/`);
}

/** Runs in the page: every address it names. */
function collect() {
  const absolute = (text) => new URL(text, document.baseURI).href;
  const loaded = [];
  const add = (element, text) => loaded.push({ tag: element.localName, url: absolute(text) });
  for (const attribute of ["action", "data", "formaction", "poster", "src"]) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) add(element, element.getAttribute(attribute));
  }
  for (const element of document.querySelectorAll("link[href], image[href], use[href]")) {
    add(element, element.getAttribute("href"));
  }
  for (const element of document.querySelectorAll("[srcset]")) {
    for (const candidate of element.getAttribute("srcset").split(",")) add(element, candidate.trim().split(/\s+/)[0]);
  }
  const anchors = [...document.querySelectorAll("a[href], area[href]")].map((anchor) => ({
    url: absolute(anchor.getAttribute("href")),
    rel: (anchor.getAttribute("rel") ?? "").split(/\s+/),
  }));
  return { loaded, anchors };
}
