"""The application with a fault at one address: it answers with an error, or not for as long as a test wants."""
import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask


class BadServer:
    """Between the web server and the application; without an address it does nothing."""

    def __init__(self, app: Flask) -> None:
        self._app, self.address, self.status = app.wsgi_app, "", 0
        self._go_on = threading.Event()
        self._go_on.set()
        app.wsgi_app = self  # type: ignore[method-assign]

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if self.address and self.address in environ["PATH_INFO"]:
            self._go_on.wait(60)
            if self.status:
                start(f"{self.status} Not now", [("Content-Type", "application/problem+json")])
                return [b'{"code": "internal", "detail": "a fault of ours"}']
        return self._app(environ, start)

    def fail(self, address: str, status: int) -> None:
        """From now on this part of an address answers with this status."""
        self.address, self.status = address, status

    def hang(self, address: str) -> None:
        """From now on this part of an address does not answer."""
        self.address, self.status = address, 0
        self._go_on.clear()

    def recover(self) -> None:
        """All is well; what hung goes on."""
        self.address, self.status = "", 0
        self._go_on.set()
