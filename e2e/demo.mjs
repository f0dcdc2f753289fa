// Starts `watchkeeper demo` on a free port, waits for its address and token, and ends it by its process id.
// Never guesses a port and never ends a process that it did not start.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const BUILT = fileURLToPath(new URL("../target/debug/watchkeeper", import.meta.url));
const ADDRESS = /http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d+/;
const TOKEN = /takes this token: (\S+)/;
const PATIENCE_MS = 60_000;
/** Ten minutes a second: the day of the story is over after seven seconds. */
const SPEED = 600;

/** Runs the demo until our end of the pipe closes: however we end, even by `kill -9`, the demo ends with us. */
const SUPERVISED = `
  exec 3<&0
  "$0" "$@" </dev/null 3<&- &
  demo=$!
  { cat <&3; kill "$demo"; } >/dev/null 2>&1 &
  wait "$demo"`;

/** A running demo: `{ origin, token, stop }`. The token signs in to the console. */
export async function startDemo() {
  const words = ["--port", "0", "--speed", String(SPEED)];
  const binary = process.env.WATCHKEEPER_BINARY ?? BUILT;
  const child = spawn("sh", ["-c", SUPERVISED, binary, "demo", ...words], { stdio: "pipe" });
  // A supervisor that is gone already needs no telling.
  child.stdin.on("error", () => {});
  const ended = once(child, "close");
  const stop = async () => {
    child.stdin.end();
    await ended;
  };

  try {
    return { ...(await welcome(child)), stop };
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

/** Address and token as printed; everything printed becomes the error when they do not come. */
function welcome(child) {
  const printed = [];
  return new Promise((resolve, reject) => {
    const fail = (reason) => reject(new Error(`${reason}; it printed:\n${printed.join("\n")}`));
    const late = setTimeout(() => fail("the demo printed no address and token in time"), PATIENCE_MS);
    const listen = (line) => {
      printed.push(line);
      const text = printed.join("\n");
      const [origin, token] = [text.match(ADDRESS)?.[0], text.match(TOKEN)?.[1]];
      if (!origin || !token) return;
      clearTimeout(late);
      resolve({ origin, token });
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
