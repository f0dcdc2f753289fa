// Finds the pages to test by following links from the front page, as a reader would, and from nowhere else.
// Never leaves the site, and never looks at a hundred pages of the same kind.

const MOST_PAGES = 60;
/** Pages of one kind: same depth, same first folder. The tenth incident page teaches nothing new. */
const MOST_OF_A_KIND = 6;
/** Not linked from anywhere, but every reader meets it some day. */
export const MISSING_PAGE = "/no-such-page";

/** The paths of HTML pages, and sentences about links that do not work. With a session, as somebody signed in. */
export async function crawl({ origin, session }, start = "/") {
  const cookie = (session?.cookies ?? []).map(({ name, value }) => `${name}=${value}`).join("; ");
  const paths = [];
  const problems = [];
  const kinds = new Map();
  const seen = new Set([start]);
  const queue = [{ path: start, from: "the start" }];
  while (queue.length > 0 && paths.length < MOST_PAGES) {
    const { path, from } = queue.shift();
    if (!take(kinds, path)) continue;
    const answer = await fetch(new URL(path, origin), { headers: { cookie }, signal: AbortSignal.timeout(30_000) });
    if (!answer.ok) problems.push(`${path}, linked from ${from}, answers ${answer.status}`);
    if (!(answer.headers.get("content-type") ?? "").startsWith("text/html")) {
      await answer.body?.cancel();
      continue;
    }
    paths.push(path);
    for (const next of links(await answer.text(), new URL(answer.url))) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push({ path: next, from: path });
    }
  }
  return { paths, problems };
}

function take(kinds, path) {
  const folders = path.split("?")[0].split("/");
  const kind = `${folders[1]}/${folders.length}${path.includes("?") ? "?" : ""}`;
  const taken = kinds.get(kind) ?? 0;
  kinds.set(kind, taken + 1);
  return taken < MOST_OF_A_KIND;
}

/** The targets of `<a href>` on the same site, without their fragments. */
function links(html, base) {
  const found = new Set();
  for (const [, quoted, bare] of html.matchAll(/<a\s[^>]*?href=(?:"([^"]*)"|([^\s>"]+))/gi)) {
    const target = resolve(decode(quoted ?? bare), base);
    if (target?.origin === base.origin) found.add(target.pathname + target.search);
  }
  return found;
}

function resolve(text, base) {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

function decode(text) {
  return text.replaceAll("&#38;", "&").replaceAll("&amp;", "&");
}
