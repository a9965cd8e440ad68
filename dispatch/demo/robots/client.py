"""One HTTP caller: measured, patient with a server that restarts, and able to sign in like a browser."""

import asyncio
import re
from typing import Any

import httpx

from dispatch.core import clock
from dispatch.demo.robots.meter import Meter

PATIENCE_S = 180.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 1.5
CSRF_FIELD = re.compile(r"""<input[^>]*name=["']csrf_token["'][^>]*value=["']([^"']+)["']""")
CSRF_META = re.compile(r"""<meta[^>]*name=["']csrf-token["'][^>]*content=["']([^"']+)["']""")


class GaveUp(Exception):
    """The server could not be reached for longer than a restart takes."""


class Client:
    """A robot's line to the server. Requests are repeated while the server is away: all of ours may be."""

    def __init__(
        self,
        base_url: str,
        meter: Meter,
        headers: dict[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ):
        """`transport` stands in for the network in tests."""
        self.patience_s = PATIENCE_S
        limits = httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=10.0)
        self.http = httpx.AsyncClient(
            base_url=base_url,
            headers=headers,
            transport=transport,
            limits=limits,
            timeout=httpx.Timeout(20.0, pool=60.0),
            trust_env=False,
            verify=False,
        )
        self.meter = meter

    async def close(self) -> None:
        await self.http.aclose()

    async def get(self, path: str, route: str = "", **options: Any) -> httpx.Response:
        return await self.call("GET", path, route, **options)

    async def post(self, path: str, body: dict[str, Any], route: str = "", **options: Any) -> httpx.Response:
        return await self.call("POST", path, route, json=body, **options)

    async def call(self, method: str, path: str, route: str = "", **options: Any) -> httpx.Response:
        """Send until the server is there to answer; GaveUp after `patience_s` real seconds."""
        deadline = clock.monotonic_s() + self.patience_s
        pause_s = FIRST_PAUSE_S
        while True:
            started = clock.monotonic_s()
            try:
                answer = await self.http.request(method, path, **options)
            except httpx.TransportError as error:
                self.meter.broke()
                if clock.monotonic_s() > deadline:
                    raise GaveUp(f"{method} {path}: {error!r}") from error
            else:
                self.meter.answered(f"{method} {route or path}", answer.status_code, clock.monotonic_s() - started)
                if not is_for_later(answer) or clock.monotonic_s() > deadline:
                    return answer
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    async def sign_in(self, email: str, password: str) -> None:
        """Sign in through the page's form; afterwards the session cookie and the CSRF header are set."""
        form = await self.get("/login")
        token = find_csrf_token(form.text)
        answer = await self.call("POST", "/login", data={"email": email, "password": password, "csrf_token": token})
        if answer.status_code not in (302, 303):
            raise GaveUp(f"{email} could not sign in: {answer.status_code}")
        page = await self.get("/login")
        self.http.headers["X-CSRFToken"] = find_csrf_token(page.text) or token


def is_for_later(answer: httpx.Response) -> bool:
    """Whether the server asks to be asked again: it is busy, or still at work on the same request sent before."""
    is_in_progress = answer.status_code == httpx.codes.CONFLICT and "idempotency_in_progress" in answer.text
    return is_in_progress or answer.status_code in (429, 502, 503)


def find_csrf_token(page: str) -> str:
    """The token in a page's form or head, empty if there is none."""
    found = CSRF_FIELD.search(page) or CSRF_META.search(page)
    return found.group(1) if found else ""
