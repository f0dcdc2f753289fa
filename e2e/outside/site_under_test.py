"""The program as a child process, and the story that it is told."""

import os
import re
import select
import subprocess
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx

from receivers import Hooks, Mailbox

BINARY = os.environ.get("WATCHKEEPER_BINARY", str(Path(__file__).parents[2] / "target/debug/watchkeeper"))
PATIENCE_SECONDS = 60
#: Two, as while one replaces the other.
SECRETS = ["whsec_aW52ZW50ZWQga2V5IG9mIDMyIGJ5dGVzIG1hZGUgdXA=", "whsec_YW5vdGhlciBpbnZlbnRlZCBrZXkgb2YgMzIgYnl0ZXM="]
SELECTOR = "judge"
READER = "ann@example.org"

CONFIGURATION = """
listen = "127.0.0.1:0"
public_url = "https://status.harbour.example"
[page]
name = "Harbour & Söhne"
[[environment]]
name = "PROD1"
baseline = "operational"
components = ["Web Client", {{ name = "API", group = "Core" }}, {{ name = "Search", group = "Core" }}]
[[environment]]
name = "PROD2"
baseline = "operational"
components = ["Order intake"]
[[channel]]
name = "Hook"
kind = "webhook"
settings = {{ url = "http://127.0.0.1:{hooks}/hook", secrets = {secrets} }}
[fetch]
allow_hosts = ["127.0.0.1"]
[mail]
server = "127.0.0.1:{mail}"
security = "none"
from = "Harbour <status@harbour.example>"
dkim_selector = "{selector}"
dkim_key = {{ file = "{key}" }}
[log]
level = "warn"
"""


class Site:
    """`origin` and `token` of a running program; `ids` of what it was told, by title."""

    def __init__(self, folder: Path):
        self.mailbox, self.hooks, self.ids = Mailbox(), Hooks(), {}
        self.key = folder / "dkim.pem"
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", self.key, "2048"], check=True, capture_output=True)
        config = folder / "watchkeeper.toml"
        config.write_text(
            CONFIGURATION.format(
                hooks=self.hooks.server_address[1],
                mail=self.mailbox.server_address[1],
                secrets=SECRETS,
                selector=SELECTOR,
                key=self.key,
            )
        )
        make = [BINARY, "token", "create", "--name", "judge", "--scope", "admin", "--config", config]
        made = subprocess.run(make, check=True, capture_output=True, text=True).stdout
        self.token = re.search(r"\bwk_\S+", made)[0]
        serve = [BINARY, "serve", "--config", config]
        self.child = subprocess.Popen(serve, stderr=subprocess.PIPE, text=True)
        self.origin = self.listening()
        self.client = httpx.Client(base_url=self.origin, headers={"authorization": f"Bearer {self.token}"})

    def listening(self):
        """The address that it prints."""
        printed, late = "", time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < late and self.child.poll() is None:
            if select.select([self.child.stderr], [], [], 0.2)[0]:
                printed += self.child.stderr.readline()
            if found := re.search(r"http://127\.0\.0\.1:\d+", printed):
                return found[0]
        raise AssertionError(f"it did not begin to listen; it printed:\n{printed}")

    def stop(self):
        self.child.terminate()
        self.child.wait(PATIENCE_SECONDS)
        self.mailbox.shutdown()
        self.hooks.shutdown()

    def get(self, path):
        """As a stranger."""
        answer = httpx.get(self.origin + path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer

    def post(self, path, body):
        answer = self.client.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def tell(self):
        """A reader subscribes; then an incident that is over, one that goes on, and a maintenance to come."""
        self.subscribe()
        over = self.open("Search is slow", "minor", [("Core/Search", "degraded_performance")])
        self.post(f"/api/v1/incidents/{over}/updates", {"body": "It is fast again.", "state": "resolved"})
        going_on = self.open("Orders fail: <b>\"429\"</b> & more", "major", [("Order intake", "partial_outage")], "prod2")
        words = "We know *why*: see [the list](https://example.org/a?b=1&c=2).\n\n- one\n- two"
        self.post(f"/api/v1/incidents/{going_on}/updates", {"body": words, "state": "identified"})
        begins = datetime.now(timezone.utc) + timedelta(days=1)
        window = {"from": begins.isoformat(), "until": (begins + timedelta(hours=2)).isoformat()}
        maintenance = {"kind": "maintenance", "schedule": window, "components": [{"key": "Core/API", "state": "under_maintenance"}]}
        self.create("Move to a new rack", {"environment": "prod1", "body": "Two hours at most."} | maintenance)
        self.until("every message has arrived", lambda: len(self.mailbox.mails) >= 6 and len(self.hooks.taken) >= 5)

    def subscribe(self):
        self.post("/api/v1/subscribers", {"kind": "email", "target": READER})
        self.until("the question arrives", lambda: self.mailbox.mails)
        confirm = re.search(rb"/confirm/(\w{32})", self.mailbox.mails[0].replace(b"=\r\n", b""))[1].decode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        assert httpx.post(f"{self.origin}/confirm/{confirm}", headers=headers).status_code == 303

    def open(self, title, impact, components, environment="prod1"):
        listed = [{"key": key, "state": state} for key, state in components]
        fields = {"environment": environment, "impact": impact, "body": "We are looking.", "components": listed}
        return self.create(title, fields)

    def create(self, title, fields):
        self.ids[title] = self.post("/api/v1/incidents", {"title": title} | fields)["id"]
        return self.ids[title]

    @staticmethod
    def until(what, holds):
        late = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < late, f"waited in vain until {what}"
            time.sleep(0.02)
