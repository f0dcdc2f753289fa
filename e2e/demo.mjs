// Starts `watchkeeper demo` on a free port, waits for its address and token, and ends it by its process id.
// Never guesses a port and never ends a process that it did not start.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const BUILT = fileURLToPath(new URL("../target/debug/watchkeeper", import.meta.url));
const ADDRESS = /A vendor's day is at (http:\/\/127\.0\.0\.1:\d+)/;
const TOKEN = /The console at \S+ takes this token: (\S+)/;
const CLIENT = /(http:\/\/127\.0\.0\.1:\d+)\/ +its web client/;
const PAGE = /(http:\/\/127\.0\.0\.1:\d+)\/ +its status page/;
const PLATFORM_TOKEN = /The platform's console takes this token: (\S+)/;
const PATIENCE_MS = 60_000;
/** The detector learns from quiet seconds, ten seconds late. */
const LEARNING_MS = 20_000;
/** Ten minutes a second: the day of the story is over after seven seconds. */
const SPEED = 600;

/** Runs the demo until our end of the pipe closes: however we end, even by `kill -9`, the demo ends with us. */
const SUPERVISED = `
  exec 3<&0
  "$0" "$@" </dev/null 3<&- &
  demo=$!
  { cat <&3; kill "$demo"; } >/dev/null 2>&1 &
  wait "$demo"`;

/** A running demo: `{ origin, token, stop }` of the vendors' part; the token signs in to the console. With
 * `{ platform: true }` also `{ platform: { client, page, token } }`, which needs a mongod. */
export async function startDemo({ platform = false } = {}) {
  const words = ["--port", "0", "--speed", String(SPEED)];
  const binary = process.env.WATCHKEEPER_BINARY ?? BUILT;
  const env = { ...process.env };
  if (!platform) delete env.WATCHKEEPER_TEST_MONGOD;
  const child = spawn("sh", ["-c", SUPERVISED, binary, "demo", ...words], { stdio: "pipe", env });
  // A supervisor that is gone already needs no telling.
  child.stdin.on("error", () => {});
  const ended = once(child, "close");
  const stop = async () => {
    child.stdin.end();
    await ended;
  };

  try {
    const welcomed = await welcome(child);
    if (platform && !welcomed.platform) throw new Error("the demo has no platform; WATCHKEEPER_TEST_MONGOD names no mongod");
    return { ...welcomed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits until the story is told to its end, the postmortem; from then on the pages stand still. */
export async function storyTold(origin) {
  const late = Date.now() + PATIENCE_MS;
  while (Date.now() < late) {
    const answer = await fetch(new URL("/api/v1/incidents", origin));
    const { incidents = [] } = answer.ok ? await answer.json() : {};
    if (incidents.some((incident) => incident.has_postmortem)) return;
    await delay(200);
  }
  throw new Error("the demo published no postmortem in time");
}

/** Waits until both databases have been watched in quiet for long enough to know what is usual. */
export async function learned({ page, token }) {
  const late = Date.now() + 2 * PATIENCE_MS;
  let since = Date.now();
  while (Date.now() < late) {
    const answer = await fetch(new URL("/api/v1/databases", page), { headers: { authorization: `Bearer ${token}` } });
    const { databases = [] } = answer.ok ? await answer.json() : {};
    if (databases.length < 2 || databases.some(({ condition }) => condition !== "quiet")) since = Date.now();
    if (Date.now() - since > LEARNING_MS) return;
    await delay(200);
  }
  throw new Error("the platform's databases did not become quiet in time");
}

/** Address and token as printed; everything printed becomes the error when they do not come. */
function welcome(child) {
  const printed = [];
  return new Promise((resolve, reject) => {
    const fail = (reason) => reject(new Error(`${reason}; it printed:\n${printed.join("\n")}`));
    const late = setTimeout(() => fail("the demo printed no address and token in time"), PATIENCE_MS);
    const listen = (line) => {
      printed.push(line);
      const text = printed.join("\n");
      const find = (pattern) => text.match(pattern)?.[1];
      const [origin, token] = [find(ADDRESS), find(TOKEN)];
      // The last thing that is printed.
      if (!origin || !token) return;
      clearTimeout(late);
      const page = find(PAGE);
      resolve({ origin, token, platform: page && { page, client: find(CLIENT), token: find(PLATFORM_TOKEN) } });
    };
    createInterface({ input: child.stdout }).on("line", listen);
    createInterface({ input: child.stderr }).on("line", listen);
    child.once("error", (error) => fail(`the demo did not start (${error.message})`));
    // After the last line has been read, unlike "exit".
    child.once("close", (code, signal) => {
      clearTimeout(late);
      fail(`the demo ended (${signal ?? code})`);
    });
  });
}
