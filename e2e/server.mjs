// Starts `watchkeeper serve` over an empty database in a folder of its own, and ends it by its process id.
// The address is settled before the start: passkeys and links in mails are bound to it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BINARY = process.env.WATCHKEEPER_BINARY ?? fileURLToPath(new URL("../target/debug/watchkeeper", import.meta.url));
const PATIENCE_MS = 60_000;

/** A port that was free a moment ago. */
async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

/** A running server: `{ origin, code, stop }`. The code makes the first admin; `sections` end its configuration. */
export async function startServer(sections = "") {
  const folder = await mkdtemp(join(tmpdir(), "watchkeeper-e2e-"));
  const port = await freePort();
  const file = join(folder, "watchkeeper.toml");
  const origin = `http://localhost:${port}`;
  const root = `listen = "127.0.0.1:${port}"\npublic_url = "${origin}"\nstore = "sqlite:w.db"\n`;
  await writeFile(file, root + sections);
  const child = spawn(BINARY, ["serve", "--config", file], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "close");
  const stop = async () => {
    child.kill();
    await ended;
    await rm(folder, { recursive: true });
  };
  try {
    return { origin, code: await printedCode(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function printedCode(child) {
  let printed = "";
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no code was printed; this was:\n${printed}`)), PATIENCE_MS);
    child.once("close", () => reject(new Error(`it ended; it printed:\n${printed}`)));
    child.stderr.on("data", (piece) => {
      printed += piece;
      const found = printed.match(/give this code.*\n\s*([0-9a-f]{32})\s/);
      if (!found) return;
      clearTimeout(late);
      resolve(found[1]);
    });
  });
}

/** Becomes the first admin on the open page `/console/setup`. */
export async function setUp(page, code, { name, email, password }) {
  await page.getByLabel("One-time code").fill(code);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.waitForURL("**/console");
}
