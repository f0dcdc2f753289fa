// The W3C's own checker reads documents as files, all of them in one run, because starting it takes longer than reading.
// Never asks a service on the network: the checker is a Java program that npm brings.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CHECKER = fileURLToPath(new URL("./node_modules/vnu-jar/build/dist/vnu.jar", import.meta.url));
/** What the checker holds against us and browsers do not: it knows no properties of SVG 2. */
const KNOWN = /CSS: “vector-effect”: Property “vector-effect” doesn't exist/;
const ENDINGS = { "text/html": "html", "text/css": "css", "image/svg+xml": "svg" };

/** A document of the site as a stranger or, with a session, as somebody signed in gets it. */
export async function load({ origin, session }, path) {
  const cookie = (session?.cookies ?? []).map(({ name, value }) => `${name}=${value}`).join("; ");
  const answer = await fetch(new URL(path, origin), { headers: { cookie }, signal: AbortSignal.timeout(30_000) });
  const kind = answer.headers.get("content-type").split(";")[0];
  return { path, kind, text: await answer.text() };
}

/** The style sheets and pictures that these pages name. */
export function named(documents) {
  const paths = new Set();
  for (const { text } of documents) {
    for (const [, path] of text.matchAll(/(?:href|src)="?(\/assets\/[^"\s>]+\.(?:css|svg))/g)) paths.add(path);
  }
  return [...paths];
}

/** A sentence for each mistake in these documents: `{ path, kind, text }`. */
export async function mistakes(documents) {
  const folder = await mkdtemp(join(tmpdir(), "watchkeeper-validity-"));
  try {
    const paths = new Map();
    for (const [index, { path, kind, text }] of documents.entries()) {
      const file = join(folder, `${index}.${ENDINGS[kind]}`);
      paths.set(file, path);
      await writeFile(file, text);
    }
    const messages = await judge(folder);
    return messages.map(({ url, lastLine, message, extract }) => {
      const path = paths.get(fileURLToPath(url));
      return `${path}, line ${lastLine}: ${message}\n    ${(extract ?? "").replace(/\s+/g, " ")}`;
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function judge(folder) {
  const words = ["-jar", CHECKER, "--format", "json", "--also-check-css", "--also-check-svg", "--errors-only", folder];
  const run = promisify(execFile)("java", words, { maxBuffer: 64 << 20 });
  // It ends with 1 when there are mistakes, and says them on standard error either way.
  const { stderr } = await run.catch((failed) => failed);
  return JSON.parse(stderr).messages.filter(({ message }) => !KNOWN.test(message));
}
