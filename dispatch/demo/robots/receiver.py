"""The merchants' web server: takes webhooks, checks their signatures, and now and then fails, as servers do."""

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

REFUSED_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class Received:
    """One verified message; the same id may come more than once."""

    webhook_id: str
    endpoint: str
    body: dict[str, Any]


@dataclass
class Inbox:
    """What came in, verified; and how much did not verify."""

    secrets: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Receiver:
    """An HTTP server on a free loopback port; each merchant has an address of its own, `/hook/<name>`."""

    def __init__(self, seed: int, noise: float):
        self.inbox = Inbox()
        handler = _handler(self.inbox, Random(f"{seed}:receiver"), REFUSED_SHARE * noise)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, name="webhook-receiver", daemon=True)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook/{name}"

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _handler(inbox: Inbox, rng: Random, refused_share: float) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers one message."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with inbox.lock:
                status = take(inbox, self.path.rpartition("/")[2], headers, body, rng.random() < refused_share)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the day has its own report."""

    return Handler


def take(inbox: Inbox, name: str, headers: dict[str, str], body: bytes, refuses: bool) -> int:
    """Verify and keep one message; the status to answer. A message refused once is taken when it comes again."""
    webhook_id = headers.get("webhook-id", "")
    if refuses and not inbox.refusals[webhook_id]:
        inbox.refusals[webhook_id] += 1
        return 503
    try:
        Webhook(inbox.secrets[name]).verify(body, headers)
    except (KeyError, ValueError, WebhookVerificationError) as error:
        inbox.forged.append(f"{name}: {error!r}")
        return 400
    inbox.received.append(Received(webhook_id, name, json.loads(body)))
    return 204
