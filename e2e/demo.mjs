// Starts `watchkeeper demo` on a free port, waits for the line with its address, and ends it by its process id.
// Never guesses a port and never ends a process that it did not start.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BUILT = fileURLToPath(new URL("../target/debug/watchkeeper", import.meta.url));
const ADDRESS = /http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d+/;
const PATIENCE_MS = 60_000;

/** A running demo: `{ origin, stop }`. */
export async function startDemo(words = ["--port", "0"]) {
  const binary = process.env.WATCHKEEPER_BINARY ?? BUILT;
  const child = spawn(binary, ["demo", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  // Whatever ends us ends the demo too.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);

  const stop = async () => {
    process.removeListener("exit", kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const late = setTimeout(kill, 10_000);
    await ended;
    clearTimeout(late);
  };

  try {
    return { origin: await address(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The first address printed on either stream; everything printed before becomes the error when there is none. */
function address(child) {
  const printed = [];
  return new Promise((resolve, reject) => {
    const fail = (reason) => reject(new Error(`${reason}; it printed:\n${printed.join("\n")}`));
    const late = setTimeout(() => fail("the demo printed no address in time"), PATIENCE_MS);
    const listen = (line) => {
      printed.push(line);
      const found = line.match(ADDRESS);
      if (!found) return;
      clearTimeout(late);
      resolve(found[0]);
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
