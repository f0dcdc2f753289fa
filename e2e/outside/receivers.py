"""Where messages arrive: a mail server and a web server on loopback that take everything and keep it."""

import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mailbox(socketserver.ThreadingTCPServer):
    """Keeps mails as the bytes that were sent, because a signature is over bytes."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Letter)
        self.mails = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Letter(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 mailbox ESMTP\r\n")
        while line := self.rfile.readline():
            word = line.split(maxsplit=1)[0].upper()
            if word == b"EHLO":
                self.wfile.write(b"250-mailbox\r\n250 8BITMIME\r\n")
            elif word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.mails.append(self.read_mail())
                self.wfile.write(b"250 kept\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 well\r\n")

    def read_mail(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)


class Hooks(ThreadingHTTPServer):
    """Keeps `(path, headers, body)` of every POST."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Hook)
        self.taken = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken.append((self.path, dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Tests print nothing while all is well."""
