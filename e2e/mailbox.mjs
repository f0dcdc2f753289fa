// A mail server on loopback that takes everything and keeps it.

import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const PATIENCE_MS = 60_000;

/** A running mail server: `{ address, mail, stop }`. */
export async function startMailbox() {
  const kept = [];
  const server = createServer((socket) => talk(socket, kept));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${server.address().port}`,
    /** The first mail that matches, once it has come. */
    mail: async (pattern) => {
      const late = Date.now() + PATIENCE_MS;
      while (Date.now() < late) {
        const found = kept.find((mail) => pattern.test(mail));
        if (found) return found;
        await delay(50);
      }
      throw new Error(`no mail matches ${pattern}; there are:\n${kept.join("\n---\n")}`);
    },
    stop: () => server.close(),
  };
}

function talk(socket, kept) {
  let mail = null;
  const say = (words) => socket.write(`${words}\r\n`);
  // A client that goes away in the middle has sent nothing.
  socket.on("error", () => {});
  say("220 mailbox ESMTP");
  createInterface({ input: socket, crlfDelay: Infinity }).on("line", (line) => {
    if (mail !== null && line !== ".") return mail.push(line.startsWith(".") ? line.slice(1) : line);
    if (mail !== null) {
      kept.push(unfold(mail.join("\n")));
      mail = null;
      return say("250 kept");
    }
    const word = line.split(/[ :]/)[0].toUpperCase();
    if (word === "DATA") mail = [];
    say({ EHLO: "250-mailbox\r\n250 8BITMIME", DATA: "354 go on", QUIT: "221 bye" }[word] ?? "250 well");
  });
}

/** Without the line ends that only carry a long line over, in bodies and in headers. */
function unfold(mail) {
  return mail.replaceAll("=\n", "").replaceAll("=3D", "=").replaceAll("\n ", " ");
}
