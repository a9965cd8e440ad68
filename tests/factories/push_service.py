"""A push service on this machine that decrypts what it is sent, as a browser would (RFC 8291)."""
import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dispatch.notify.services import Subscription

AUTH = b"0123456789abcdef"


@dataclass
class Browser:
    """One subscription: its keys, what it received in clear, and what the service answers."""

    url: str
    key: ec.EllipticCurvePrivateKey
    status: int = 201
    messages: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def subscription(self) -> Subscription:
        """What the browser would hand to the page."""
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return Subscription(endpoint=self.url, p256dh=_text(point), auth=_text(AUTH))

    def receive(self, body: bytes, headers: dict[str, str]) -> None:
        """Decrypt with the browser's own key; garbage raises."""
        clear = http_ece.decrypt(body, private_key=self.key, auth_secret=AUTH, version="aes128gcm")
        self.messages.append(json.loads(clear))
        self.headers.append(headers)


@contextmanager
def push_service() -> Iterator[Browser]:
    """A running push service with one browser behind it."""
    browser = Browser(url="", key=ec.generate_private_key(ec.SECP256R1()))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if browser.status < 300:
                browser.receive(body, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(browser.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    browser.url = f"http://127.0.0.1:{server.server_port}/push/one"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield browser
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
