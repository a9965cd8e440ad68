"""Listen to a live stream (server-sent events) and resume after every break."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from dispatch.demo.robots.client import Client

RECONNECT_S = 0.4
SILENCE_S = 40.0  # the server sends a beat every 15 s


@dataclass(frozen=True, slots=True)
class Heard:
    """One event: its kind, its data, and the id to resume after."""

    kind: str
    data: dict[str, Any]
    id: str = ""


async def listen(client: Client, path: str) -> AsyncIterator[Heard]:
    """Yield events for ever; `open` marks each (re)connection, after which a reader fetches anew."""
    last_id = ""
    while True:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_id} if last_id else {})
        try:
            timeout = httpx.Timeout(20.0, read=SILENCE_S, pool=60.0)
            async with client.http.stream("GET", path, headers=headers, timeout=timeout) as stream:
                if stream.status_code == httpx.codes.OK:
                    yield Heard("open", {})
                    async for heard in read_events(stream.aiter_lines()):
                        last_id = heard.id or last_id
                        yield heard
        except httpx.TransportError:
            client.meter.broke()
        await asyncio.sleep(RECONNECT_S)


async def read_events(lines: AsyncIterator[str]) -> AsyncIterator[Heard]:
    """Turn the lines of a stream into events; comments (beats) are dropped."""
    kind, data, event_id = "message", "", ""
    async for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield Heard(kind, json.loads(data), event_id)
            kind, data, event_id = "message", "", ""
        elif name == "event":
            kind = value
        elif name == "data":
            data += value
        elif name == "id":
            event_id = value
