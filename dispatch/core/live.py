"""Live streams: the relay writes events to one Redis stream, each web process follows it once and fans out as SSE.

Event ids are the relay's sequence. A browser that resumes from an id no longer kept gets `reset` and fetches anew.
No database connection is held while streaming.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import redis
import structlog
from flask import Response, request, stream_with_context
from redis.backoff import NoBackoff
from redis.retry import Retry

from .errors import TransientError

STREAM = "live"
KEPT = 20_000
HEARTBEAT_S = 15.0
QUEUE_LIMIT = 500

MOST_STREAMS = 224
"""Open streams of one web process. Each holds one of its threads (`dispatch.stack.processes.WEB_THREADS`); the others
are for short questions, which are answered however many pages are open."""

MOST_PUBLIC = 96
"""From so many on, people without a login look again by themselves instead: riders and coordinators go first."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEvent:
    """One event on its way to browsers. `seq` 0 marks a fleeting one (a position) that is never resumed."""

    seq: int
    before: int
    coop_id: UUID
    kind: str
    payload: dict[str, Any]

    def to_sse(self) -> str:
        """Server-sent event text."""
        head = f"id: {self.seq}\n" if self.seq else ""
        return f"{head}event: {self.kind}\ndata: {json.dumps(self.payload)}\n\n"


def connect(redis_url: str) -> redis.Redis:
    """A client that gives up quickly, so that a missing Redis never hangs a request.

    It never tries again by itself: a connection kept from before a restart is found out when it is taken from the pool.
    """
    return redis.Redis.from_url(
        redis_url, socket_connect_timeout=2, socket_timeout=30, health_check_interval=30, retry=Retry(NoBackoff(), 0)
    )


def publish(client: redis.Redis, event: LiveEvent) -> None:
    """Append to the stream; a repeat of an id that is there already is dropped."""
    fields = {
        "before": event.before,
        "coop": str(event.coop_id),
        "kind": event.kind,
        "payload": json.dumps(event.payload),
    }
    try:
        client.xadd(STREAM, fields, id=f"{event.seq}-1", maxlen=KEPT, approximate=True)  # type: ignore[arg-type]
    except redis.ResponseError as error:
        if "equal or smaller" not in str(error):
            raise


def publish_fleeting(client: redis.Redis, coop_id: UUID, kind: str, *payloads: dict[str, Any]) -> None:
    """Tell whoever listens now; nothing is kept, so that nothing is lost either while Redis is away."""
    try:
        with client.pipeline(transaction=False) as pipe:
            for payload in payloads:
                pipe.publish(STREAM, json.dumps({"coop": str(coop_id), "kind": kind, "payload": payload}))
            pipe.execute()
    except redis.RedisError as error:
        log.warning("live.redis_away", error=str(error)[:200])


def _from_stream(entry_id: bytes, fields: dict[bytes, bytes]) -> LiveEvent:
    return LiveEvent(
        seq=int(entry_id.split(b"-")[0]),
        before=int(fields[b"before"]),
        coop_id=UUID(fields[b"coop"].decode()),
        kind=fields[b"kind"].decode(),
        payload=json.loads(fields[b"payload"]),
    )


class Hub:
    """Follows Redis in one thread and hands events to the open streams of this process."""

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url
        self._listeners: dict[int, tuple[Callable[[LiveEvent], bool], queue.SimpleQueue[LiveEvent | None]]] = {}
        self._lock = threading.Lock()
        self._threads_started = False
        self._next_key = 0

    def open(
        self, wanted: Callable[[LiveEvent], bool], after: int | None
    ) -> tuple[int, queue.SimpleQueue[LiveEvent | None]]:
        """Register a listener; with `after`, first everything kept since then, or None (reset) if that has a gap."""
        box: queue.SimpleQueue[LiveEvent | None] = queue.SimpleQueue()
        self._start_once()
        with self._lock:
            self._next_key += 1
            key = self._next_key
            if after is not None:
                for event in self._missed(after):
                    if event is None or wanted(event):
                        box.put(event)
            self._listeners[key] = (wanted, box)
        return key, box

    def close(self, key: int) -> None:
        """Forget a listener."""
        with self._lock:
            self._listeners.pop(key, None)

    def count(self) -> int:
        """Open streams in this process."""
        return len(self._listeners)

    def _missed(self, after: int) -> list[LiveEvent | None]:
        try:
            entries = connect(self._url).xrange(STREAM, min=f"{after}-0")
        except redis.RedisError:
            return [None]
        events = [_from_stream(entry_id, fields) for entry_id, fields in entries]  # type: ignore[union-attr]
        if not events or (events[0].seq != after and events[0].before != after):
            return [None]
        return [event for event in events if event.seq > after]

    def _start_once(self) -> None:
        with self._lock:
            if self._threads_started:
                return
            self._threads_started = True
        for target in (self._follow_stream, self._follow_fleeting):
            threading.Thread(target=target, name=target.__name__, daemon=True).start()

    def _spread(self, event: LiveEvent | None) -> None:
        with self._lock:
            for wanted, box in self._listeners.values():
                if event is None or wanted(event):
                    if box.qsize() < QUEUE_LIMIT:
                        box.put(event)

    def _follow_stream(self) -> None:
        client = connect(self._url)
        last: int | None = None
        while True:
            try:
                if last is None:
                    newest = client.xrevrange(STREAM, count=1)
                    last = int(newest[0][0].split(b"-")[0]) if newest else 0  # type: ignore[index]
                answer = client.xread({STREAM: f"{last}-1"}, block=10_000, count=500)
                for _stream, entries in answer or []:  # type: ignore[union-attr]
                    for entry_id, fields in entries:
                        event = _from_stream(entry_id, fields)
                        if last and event.before != last:
                            self._spread(None)
                        last = event.seq
                        self._spread(event)
            except redis.RedisError as error:
                log.warning("live.redis_away", error=str(error)[:200])
                self._spread(None)
                last = None
                threading.Event().wait(1.0)

    def _follow_fleeting(self) -> None:
        while True:
            try:
                channel = connect(self._url).pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                channel.subscribe(STREAM)
                while True:
                    message = channel.get_message(timeout=20)
                    if message is None:
                        continue
                    body = json.loads(message["data"])
                    self._spread(
                        LiveEvent(
                            seq=0, before=0, coop_id=UUID(body["coop"]), kind=body["kind"], payload=body["payload"]
                        )
                    )
            except redis.RedisError:
                self._spread(None)
                threading.Event().wait(1.0)


def sse_response(
    hub: Hub, wanted: Callable[[LiveEvent], bool], *, lasts_s: float = 3600.0, most: int = MOST_STREAMS
) -> Response:
    """A `text/event-stream` of the wanted events, resuming after Last-Event-ID (header or `?last_event_id=`).

    Raises `TransientError` when this process has its `most` streams; the browser asks again, or looks now and then.
    """
    if hub.count() >= most:
        raise TransientError(f"{most} live pages are open here: this one looks again by itself", retry_after_s=5)
    text = request.headers.get("Last-Event-ID") or request.args.get("last_event_id", "")
    after = int(text) if text.isdecimal() else None
    key, box = hub.open(wanted, after)

    def lines() -> Iterator[str]:
        beats_left = int(lasts_s / HEARTBEAT_S)
        try:
            yield "retry: 2000\n: hello\n\n"
            while beats_left > 0:
                try:
                    event = box.get(timeout=HEARTBEAT_S)
                except queue.Empty:
                    beats_left -= 1
                    yield ": beat\n\n"
                    continue
                yield event.to_sse() if event is not None else "event: reset\ndata: {}\n\n"
        finally:
            hub.close(key)

    response = Response(stream_with_context(lines()), content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
